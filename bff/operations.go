package bff

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/parser"

	"github.com/weftql/weft/bff/rest"
	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/operation"
)

// folder is the operations and fragments of one profile as they are read. It
// collects what is wrong.
type folder struct {
	profile    *Profile
	operations []*loaded
	fragments  map[string]*fragment
	faults     fault.List
}

// loaded is an operation with what its text is made of.
type loaded struct {
	*rest.Operation
	definition definition
	fragments  []*fragment // those it uses, in the order of first use
	file       *text
}

type fragment struct {
	*ast.FragmentDefinition
	definition definition
}

// operations reads, checks and validates the operations of a profile, whose
// view stands.
func (b *builder) operations(p *Profile, s *source) (*known, fault.List) {
	f := &folder{profile: p, fragments: map[string]*fragment{}}
	for i := range s.texts {
		f.parse(&s.texts[i])
	}
	slices.SortFunc(f.operations, func(x, y *loaded) int { return cmp.Compare(x.Name, y.Name) })
	k := newKnown(p)
	for i, o := range f.operations {
		if i > 0 && f.operations[i-1].Name == o.Name {
			f.fail(o.Definition.Position, "there is another operation "+o.Name+" in "+f.operations[i-1].File)
			continue
		}
		before := len(f.faults)
		f.assemble(o)
		annotate(o.Operation, &f.faults)
		f.validate(o, b.Auth.Require || requires(&p.Config) || len(p.Config.Auth.Scopes) > 0 || !p.open())
		if len(f.faults) > before {
			continue // the profile is not served, but the faces of others are looked at
		}
		k.add(o.Operation, o.file)
		p.Operations = append(p.Operations, o.Operation)
	}
	if s.manifest != nil {
		f.manifest(s.manifest, k)
	}
	p.unused = f.unused()
	return k, f.faults
}

// unused returns the fragments of the folder that no operation uses, by name.
func (f *folder) unused() []*ast.FragmentDefinition {
	used := map[string]bool{}
	for _, o := range f.operations {
		for _, use := range o.fragments {
			used[use.Name] = true
		}
	}
	var list []*ast.FragmentDefinition
	for name, own := range f.fragments {
		if !used[name] && !own.definition.text.shared {
			list = append(list, own.FragmentDefinition)
		}
	}
	slices.SortFunc(list, func(x, y *ast.FragmentDefinition) int { return cmp.Compare(x.Name, y.Name) })
	return list
}

func (f *folder) fail(at *ast.Position, message string) {
	f.faults = append(f.faults, inFile(fault.ConfigInvalid, at, message))
}

// parse takes in one file.
func (f *folder) parse(t *text) {
	found := definitions(t)
	if len(found) == 0 {
		return // blank, or comments alone
	}
	src := &ast.Source{Name: t.file, Input: t.content}
	doc, err := parser.ParseQuery(src)
	if err != nil {
		f.faults = append(f.faults, syntax(src, err))
		return
	}
	at := func(p *ast.Position) definition {
		start := offset(t.content, p)
		for _, d := range found {
			if d.start == start {
				return d
			}
		}
		// The parser takes four quotes for the end of a block string.
		f.fail(p, "a block string before this does not end as it should")
		return definition{text: t}
	}
	for i, def := range doc.Operations {
		switch {
		case t.shared:
			f.fail(def.Position, "a folder of shared fragments holds no operations")
		case i > 0:
			f.fail(def.Position, "a file holds one operation; move "+operationTitle(def)+" to a file of its own")
		case def.Name == "":
			f.fail(def.Position, "the operation needs a name")
		default:
			f.operations = append(f.operations, f.operation(t, def, at(def.Position)))
		}
	}
	for _, def := range doc.Fragments {
		if other := f.fragments[def.Name]; other != nil {
			f.fail(def.Position, "there is another fragment "+def.Name+" in "+other.definition.text.file)
			continue
		}
		f.fragments[def.Name] = &fragment{def, at(def.Position)}
	}
}

func operationTitle(def *ast.OperationDefinition) string {
	if def.Name == "" {
		return "the second"
	}
	return def.Name
}

// offset is the byte a position means: gqlparser counts lines and columns in
// runes, as editors do.
func offset(content string, p *ast.Position) int {
	at := 0
	for range p.Line - 1 {
		next := strings.IndexByte(content[at:], '\n')
		if next < 0 {
			return len(content)
		}
		at += next + 1
	}
	column := 1
	for i := range content[at:] {
		if column == p.Column {
			return at + i
		}
		column++
	}
	return len(content)
}

func syntax(src *ast.Source, err error) *fault.Error {
	var found *gqlerror.Error
	if !errors.As(err, &found) || len(found.Locations) == 0 {
		return &fault.Error{Code: fault.GraphQLParseFailed, Message: src.Name + ": " + err.Error()}
	}
	at := &ast.Position{Src: src, Line: found.Locations[0].Line, Column: found.Locations[0].Column}
	return inFile(fault.GraphQLParseFailed, at, "Syntax Error: "+found.Message)
}

func (f *folder) operation(t *text, def *ast.OperationDefinition, d definition) *loaded {
	return &loaded{file: t, definition: d, Operation: &rest.Operation{
		Name: def.Name, Kind: def.Operation, File: t.file, Line: def.Position.Line,
		Description: strings.TrimSpace(def.Description), Owner: f.profile.Config.Owner, Definition: def,
	}}
}

// assemble finds the fragments an operation uses and makes its text.
func (f *folder) assemble(o *loaded) {
	seen := map[string]bool{}
	queue := []ast.SelectionSet{o.Definition.SelectionSet}
	for len(queue) > 0 {
		set := queue[0]
		queue = queue[1:]
		for _, s := range set {
			switch s := s.(type) {
			case *ast.Field:
				queue = append(queue, s.SelectionSet)
			case *ast.InlineFragment:
				queue = append(queue, s.SelectionSet)
			case *ast.FragmentSpread:
				// One that is missing is found by validation.
				if use := f.fragments[s.Name]; use != nil && !seen[s.Name] {
					seen[s.Name] = true
					o.fragments = append(o.fragments, use)
					queue = append(queue, use.SelectionSet)
				}
			}
		}
	}
	o.Query = &ast.QueryDocument{Operations: ast.OperationList{o.Definition}, Position: o.Definition.Position}
	pieces := []string{o.definition.plain()}
	for _, use := range o.fragments {
		o.Query.Fragments = append(o.Query.Fragments, use.FragmentDefinition)
		pieces = append(pieces, use.definition.plain())
	}
	o.Document = strings.Join(pieces, "\n\n")
	o.ID = digest(o.Document)
}

// digest is the lower-case hex SHA-256 of a text.
func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// validate holds an operation against the view, and says where in the files it
// does not fit. What shared caches may keep must be for everybody, because they
// ask for no credentials.
func (f *folder) validate(o *loaded, credentials bool) {
	var s sheet
	s.add(&o.definition)
	for _, use := range o.fragments {
		s.add(&use.definition)
	}
	op, err := f.profile.Prepare(context.Background(), &operation.Request{Document: []byte(s.b.String())}, 0)
	if public := o.Cache != nil && o.Cache.Public; err == nil && public && (credentials || len(op.Needs) > 0 || op.ReadsClaims) {
		f.fail(o.Definition.Position, "operation "+o.Name+": @cache: what depends on credentials must not be PUBLIC: a shared cache asks for none")
	}
	for _, e := range fault.Of(err) {
		told := *e
		file, line, column := o.File, o.Line, 1
		if len(e.Locations) > 0 {
			file, line = s.origin(e.Locations[0].Line)
			column = e.Locations[0].Column
		}
		told.Message = filepath.ToSlash(file) + ":" + strconv.Itoa(line) + ":" + strconv.Itoa(column) + ": operation " + o.Name + ": " + e.Message
		told.Locations = []fault.Position{{Line: line, Column: column}}
		f.faults = append(f.faults, &told)
	}
}
