package schema

import (
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// readFields fills Fields, grouped by type, and where each is declared.
func (r *reader) readFields() {
	g := r.g
	n := 1
	for _, t := range g.Types {
		if t.Kind == ast.Object || t.Kind == ast.Interface {
			n += len(g.AST.Types[t.Name].Fields)
		}
	}
	g.Fields = make([]Field, 1, n)
	g.fieldByName = make(map[fieldKey]FieldID, n)
	hidden := r.linked.directive("inaccessible", "inaccessible")
	for i := range g.Types {
		t := &g.Types[i]
		if t.Kind != ast.Object && t.Kind != ast.Interface {
			continue
		}
		def := g.AST.Types[t.Name]
		t.Fields = make([]FieldID, 0, len(def.Fields))
		for _, fd := range def.Fields {
			if strings.HasPrefix(fd.Name, "__") {
				continue
			}
			f := r.field(t, fd)
			f.Inaccessible = hidden != "" && fd.Directives.ForName(hidden) != nil
			g.fieldByName[fieldKey{t.ID, fd.Name}] = f.ID
			t.Fields = append(t.Fields, f.ID)
			g.Fields = append(g.Fields, f)
		}
	}
}

func (r *reader) field(t *Type, fd *ast.FieldDefinition) Field {
	result := r.g.typeByName[fd.Type.Name()]
	f := Field{
		ID: FieldID(len(r.g.Fields)), Owner: t.ID, Name: fd.Name, Type: fd.Type,
		Result: result, Arguments: fd.Arguments, Definition: fd,
	}
	if result == NoType {
		r.add(ReferencedInaccessible, fd.Position, "%s.%s returns %s, which belongs to a linked feature", t.Name, fd.Name, fd.Type.Name())
		return f
	}
	f.Leaf = r.g.Types[result].Kind == ast.Scalar || r.g.Types[result].Kind == ast.Enum
	r.fieldsIn(t, &f)
	return f
}

// fieldsIn reads the @join__field applications of a field. Without any, it is
// in every subgraph of its type. An application without a graph marks a copy
// of an interface object's field and declares nothing.
func (r *reader) fieldsIn(t *Type, f *Field) {
	found := false
	for _, d := range f.Definition.Directives {
		if d.Name != r.join.field {
			continue
		}
		found = true
		if stringArg(d, "graph") == "" {
			f.FromInterfaceObject = true
			continue
		}
		s, ok := r.graphArg(d)
		if !ok {
			continue
		}
		if t.InSubgraph(s) == nil {
			r.add(InvalidSupergraph, d.Position, "%s.%s is said to be in subgraph %q, which has no type %s",
				t.Name, f.Name, r.g.Subgraphs[s].Name, t.Name)
			continue
		}
		if f.InSubgraph(s) != nil {
			r.add(InvalidSupergraph, d.Position, "%s.%s has two @%s for subgraph %q", t.Name, f.Name, d.Name, r.g.Subgraphs[s].Name)
			continue
		}
		f.In = append(f.In, r.fieldIn(t, f, s, d))
	}
	if !found {
		f.In = make([]FieldIn, len(t.In))
		for i, in := range t.In {
			f.In[i] = FieldIn{Subgraph: in.Subgraph, Type: f.Type}
		}
	}
	slices.SortFunc(f.In, func(a, b FieldIn) int { return a.Subgraph - b.Subgraph })
}

func (r *reader) fieldIn(t *Type, f *Field, s int, d *ast.Directive) FieldIn {
	in := FieldIn{
		Subgraph: s, Type: f.Type,
		External: boolArg(d, "external", false),
		Override: stringArg(d, "override"), Label: stringArg(d, "overrideLabel"),
	}
	// With a label the source answers while the label is off, so it is an
	// ordinary field then.
	in.UsedOverridden = boolArg(d, "usedOverridden", false) && in.Label == ""
	if text := stringArg(d, "type"); text != "" {
		typ, ok := parseType(text)
		if !ok || r.g.AST.Types[typ.Name()] == nil {
			r.add(InvalidSupergraph, d.Position, "%s.%s: %q is not a type of this schema", t.Name, f.Name, text)
		} else {
			in.Type = typ
		}
	}
	// Resolved in readFieldSets, once every field has its id.
	if text := stringArg(d, "requires"); text != "" {
		in.Requires = &FieldSet{Text: text}
	}
	if text := stringArg(d, "provides"); text != "" {
		in.Provides = &FieldSet{Text: text}
	}
	if arg := d.Arguments.ForName("contextArguments"); arg != nil {
		for _, c := range arg.Value.Children {
			in.Contexts = append(in.Contexts, ContextArgument{
				Name:      rawOf(c.Value.Children.ForName("name")),
				Type:      rawOf(c.Value.Children.ForName("type")),
				Context:   rawOf(c.Value.Children.ForName("context")),
				Selection: rawOf(c.Value.Children.ForName("selection")),
			})
		}
	}
	return in
}

// parseType reads a type reference such as [Int!]!. It builds from the inside
// out, so that depth costs no stack.
func parseType(text string) (*ast.Type, bool) {
	text = strings.TrimSpace(text)
	inner := strings.TrimLeft(text, "[")
	depth := len(text) - len(inner)
	end := 0
	for end < len(inner) && isNameByte(inner[end]) {
		end++
	}
	if end == 0 || depth > maxListDepth {
		return nil, false
	}
	typ := ast.NamedType(inner[:end], nil)
	for _, c := range inner[end:] {
		switch {
		case c == '!' && !typ.NonNull:
			typ.NonNull = true
		case c == ']' && depth > 0:
			typ = ast.ListType(typ, nil)
			depth--
		default:
			return nil, false
		}
	}
	return typ, depth == 0
}

// maxListDepth bounds list nesting in @join__field(type:). The GraphQL parser
// already bounds what the field itself may have.
const maxListDepth = 64

func isNameByte(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}
