package testkit

import (
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// originalNames gives the federation directives of a document the names they
// have in the specification, where its @link imports them under others or not
// at all.
func originalNames(doc *ast.SchemaDocument) {
	names, prefix := linkedNames(doc)
	if names == nil {
		return
	}
	rename := func(list ast.DirectiveList) {
		for _, d := range list {
			if name, ok := names[d.Name]; ok {
				d.Name = name
			} else if name, ok := strings.CutPrefix(d.Name, prefix); ok {
				d.Name = name
			}
		}
	}
	for _, defs := range []ast.DefinitionList{doc.Definitions, doc.Extensions} {
		for _, def := range defs {
			rename(def.Directives)
			for _, f := range def.Fields {
				rename(f.Directives)
				for _, a := range f.Arguments {
					rename(a.Directives)
				}
			}
			for _, v := range def.EnumValues {
				rename(v.Directives)
			}
		}
	}
}

// linkedNames reads the @link to the federation specification: what imported
// names stand for, and the prefix of those that were not imported. It returns
// nil without such a @link.
func linkedNames(doc *ast.SchemaDocument) (names map[string]string, prefix string) {
	for _, list := range []ast.SchemaDefinitionList{doc.Schema, doc.SchemaExtension} {
		for _, schema := range list {
			for _, link := range schema.Directives.ForNames("link") {
				if !strings.Contains(text(link.Arguments, "url"), "/federation/") {
					continue
				}
				names, prefix = map[string]string{}, "federation__"
				if as := text(link.Arguments, "as"); as != "" {
					prefix = as + "__"
				}
				imports := link.Arguments.ForName("import")
				if imports == nil {
					continue
				}
				for _, item := range imports.Value.Children {
					if name := item.Value.Children.ForName("name"); name != nil {
						if as := item.Value.Children.ForName("as"); as != nil {
							names[strings.TrimPrefix(as.Raw, "@")] = strings.TrimPrefix(name.Raw, "@")
						}
					}
				}
			}
		}
	}
	return names, prefix
}

func text(arguments ast.ArgumentList, name string) string {
	if a := arguments.ForName(name); a != nil {
		return a.Value.Raw
	}
	return ""
}
