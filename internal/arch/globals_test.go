package arch

import (
	"go/ast"
	"go/token"
	"strings"
	"testing"
)

// TestGlobalsAreConstant keeps package variables what they are here: tables
// and fixed values. No function may assign to one or to a part of one, or take
// its address.
func TestGlobalsAreConstant(t *testing.T) {
	type source struct {
		path string
		file *ast.File
	}
	sources := map[string][]source{}
	globals := map[string]globalVars{}
	walk(t, func(pkg, path string, file *ast.File) {
		if strings.HasSuffix(path, "_gen.go") || strings.HasSuffix(path, ".pb.go") {
			return
		}
		if globals[pkg].names == nil {
			globals[pkg] = globalVars{names: map[string]bool{}, specs: map[any]bool{}}
		}
		globals[pkg].collect(file)
		sources[pkg] = append(sources[pkg], source{path, file})
	})
	for pkg, files := range sources {
		for _, s := range files {
			for _, write := range globals[pkg].writes(s.file) {
				t.Errorf("%s: %s", s.path, write)
			}
		}
	}
}

// globalVars are the variables of one package: their names, and their
// declarations, by which a local of the same name is told apart.
type globalVars struct {
	names map[string]bool
	specs map[any]bool
}

func (g globalVars) collect(file *ast.File) {
	for _, decl := range file.Decls {
		gen, ok := decl.(*ast.GenDecl)
		if !ok || gen.Tok != token.VAR {
			continue
		}
		for _, spec := range gen.Specs {
			g.specs[spec] = true
			if value, ok := spec.(*ast.ValueSpec); ok {
				for _, name := range value.Names {
					g.names[name.Name] = name.Name != "_"
				}
			}
		}
	}
}

// writes describes every write to a global in the file's functions.
func (g globalVars) writes(file *ast.File) []string {
	var found []string
	report := func(what string, e ast.Expr) {
		if name := base(e); name != nil && g.names[name.Name] && (name.Obj == nil || g.specs[name.Obj.Decl]) {
			found = append(found, what+" the package variable "+name.Name)
		}
	}
	for _, decl := range file.Decls {
		fn, ok := decl.(*ast.FuncDecl)
		if !ok || fn.Body == nil {
			continue
		}
		ast.Inspect(fn.Body, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.AssignStmt:
				for _, left := range n.Lhs {
					if n.Tok != token.DEFINE {
						report(fn.Name.Name+" assigns to", left)
					}
				}
			case *ast.IncDecStmt:
				report(fn.Name.Name+" changes", n.X)
			case *ast.UnaryExpr:
				if n.Op == token.AND {
					report(fn.Name.Name+" takes the address of", n.X)
				}
			}
			return true
		})
	}
	return found
}

// base returns the variable an expression starts at, nil if it is none.
func base(e ast.Expr) *ast.Ident {
	switch x := e.(type) {
	case *ast.Ident:
		return x
	case *ast.IndexExpr:
		return base(x.X)
	case *ast.SelectorExpr:
		return base(x.X)
	case *ast.StarExpr:
		return base(x.X)
	case *ast.ParenExpr:
		return base(x.X)
	default:
		return nil
	}
}
