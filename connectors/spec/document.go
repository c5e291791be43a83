package spec

import (
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"

	"github.com/weftql/weft/schema"
)

// document reads the model from the SDL of a subgraph.
type document struct {
	*model
	federation map[string]string // name here → name in the federation spec
	roots      map[string]ast.Operation
	// runes and bytes are how far the text was gone through: see unblock.
	runes, bytes int
}

// parseDocument parses an SDL. A text that is no SDL is composition's to
// report.
func parseDocument(sdl string) (*ast.SchemaDocument, bool) {
	if schema.TooDeep(sdl, schema.MaxNesting) != nil {
		return nil, false
	}
	doc, err := parser.ParseSchema(&ast.Source{Name: "schema", Input: sdl})
	return doc, err == nil
}

// readDocument makes the model. Without a link to connectors it has features
// and nothing else.
func readDocument(doc *ast.SchemaDocument) *model {
	d := &document{model: &model{byName: map[string]*typeDef{}}, federation: map[string]string{}, roots: map[string]ast.Operation{}}
	var onSchema ast.DirectiveList
	for _, def := range append(append(ast.SchemaDefinitionList(nil), doc.Schema...), doc.SchemaExtension...) {
		onSchema = append(onSchema, def.Directives...)
		for _, op := range def.OperationTypes {
			d.roots[op.Type] = op.Operation
		}
	}
	d.readLinks(onSchema)
	if d.features.names == nil {
		return d.model
	}
	if len(d.roots) == 0 {
		d.roots = map[string]ast.Operation{"Query": ast.Query, "Mutation": ast.Mutation, "Subscription": ast.Subscription}
	}
	d.sources = d.ours(onSchema)
	for _, def := range append(append(ast.DefinitionList(nil), doc.Definitions...), doc.Extensions...) {
		if !d.machinery(def.Name) {
			d.readType(def)
		}
	}
	for _, name := range []string{"Int", "Float", "String", "Boolean", "ID"} {
		if d.byName[name] == nil {
			d.add(&typeDef{name: name, kind: ast.Scalar})
		}
	}
	return d.model
}

// readLinks reads what the schema links. Which directive is @link is told by
// what it links: no other one has the URL of a specification.
func (d *document) readLinks(list ast.DirectiveList) {
	for _, directive := range list {
		a := apply(directive)
		url := text(a.arg("url"))
		d.features.read(a)
		if !strings.HasPrefix(url, "https://specs.apollo.dev/federation/") {
			continue
		}
		space := text(a.arg("as"))
		if space == "" {
			space = "federation"
		}
		d.federation[space+"__key"], d.federation[space+"__external"] = "key", "external"
		if list := a.arg("import"); list != nil {
			for _, c := range list.Children {
				name, as := importOf(c.Value)
				d.federation[strings.TrimPrefix(as, "@")] = strings.TrimPrefix(name, "@")
				if name == "@context" || name == "@fromContext" {
					d.forbidden = append(d.forbidden, c.Value)
				}
			}
		}
	}
}

// machinery reports whether a type is there for the gateway only: federation's
// and the inputs of connectors.
func (d *document) machinery(name string) bool {
	if name == "_Any" || name == "_Entity" || name == "_Service" {
		return true
	}
	space, _, ok := strings.Cut(name, "__")
	return ok && (space == "federation" || space == "link" || d.features.names[space] != notOurs)
}

func (d *document) ours(list ast.DirectiveList) []*application {
	var found []*application
	for _, directive := range list {
		if kind := d.features.names[directive.Name]; kind != notOurs {
			a := apply(directive)
			a.directive = kind
			d.unblock(a.args)
			found = append(found, a)
		}
	}
	return found
}

// unblock makes strings of block strings. [text] could, but would go through
// the schema from its beginning for each: here one goes on from the last.
func (d *document) unblock(list ast.ChildValueList) {
	for _, c := range list {
		v := c.Value
		if v.Kind == ast.BlockValue && v.Position != nil && v.Position.Src != nil {
			input := v.Position.Src.Input
			if v.Position.Start < d.runes {
				d.runes, d.bytes = 0, 0
			}
			d.bytes += byteOffset(input[d.bytes:], v.Position.Start-d.runes)
			d.runes = v.Position.Start
			if l := readLiteral(input, d.bytes); l != nil {
				v.Raw, v.Kind = l.text, ast.StringValue
			}
		}
		d.unblock(v.Children)
	}
}

// rootName are the default names of root types.
var rootName = map[ast.Operation]string{ast.Query: "Query", ast.Mutation: "Mutation", ast.Subscription: "Subscription"}

func (d *document) typeName(name string) string {
	if op, ok := d.roots[name]; ok {
		return rootName[op]
	}
	return name
}

// readType adds a definition or an extension to the model.
func (d *document) readType(def *ast.Definition) {
	name := d.typeName(def.Name)
	t := d.byName[name]
	if t == nil {
		t = &typeDef{name: name, kind: def.Kind, root: d.roots[def.Name], pos: def.Position}
		d.add(t)
	}
	t.applied = append(t.applied, d.ours(def.Directives)...)
	t.interfaces = append(t.interfaces, def.Interfaces...)
	t.members = append(t.members, def.Types...)
	for _, directive := range def.Directives {
		switch d.federation[directive.Name] {
		case "key":
			t.keys = append(t.keys, readKey(directive))
		case "external":
			t.external = true
		}
	}
	for _, f := range def.Fields {
		machinery := t.root == ast.Query && (f.Name == "_entities" || f.Name == "_service")
		if t.field(f.Name) == nil && !machinery {
			t.fields = append(t.fields, d.readField(t, f))
		}
	}
}

func readKey(directive *ast.Directive) *keyDef {
	a := apply(directive)
	resolvable := a.arg("resolvable")
	return newKey(text(a.arg("fields")), resolvable == nil || resolvable.Raw != "false", directive.Position)
}

func newKey(fields string, resolvable bool, pos *ast.Position) *keyDef {
	k := &keyDef{text: fields, resolvable: resolvable, pos: pos}
	if schema.TooDeep(fields, schema.MaxNesting) != nil {
		return k
	}
	doc, err := parser.ParseQuery(&ast.Source{Input: "{" + fields + "}"})
	if err == nil && len(doc.Operations) == 1 {
		k.set = doc.Operations[0].SelectionSet
	}
	return k
}

func (d *document) readField(owner *typeDef, f *ast.FieldDefinition) *fieldDef {
	field := &fieldDef{
		owner: owner, name: f.Name, typ: d.rename(f.Type), applied: d.ours(f.Directives), pos: f.Position,
		optional: !f.Type.NonNull || f.DefaultValue != nil,
	}
	for _, a := range f.Arguments {
		field.args = append(field.args, &fieldDef{
			name: a.Name, typ: a.Type, pos: a.Position, optional: !a.Type.NonNull || a.DefaultValue != nil,
		})
	}
	for _, directive := range f.Directives {
		if d.federation[directive.Name] == "external" {
			field.external = true
		}
	}
	return field
}

// rename returns a type with the default name of a root type.
func (d *document) rename(t *ast.Type) *ast.Type {
	if t.Elem != nil {
		return &ast.Type{Elem: d.rename(t.Elem), NonNull: t.NonNull, Position: t.Position}
	}
	return &ast.Type{NamedType: d.typeName(t.NamedType), NonNull: t.NonNull, Position: t.Position}
}
