package connectors

import (
	"fmt"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/connectors/mapping"
	"github.com/weftql/weft/schema"
)

const typename = "__typename"

// output says what a selection on a value of type t wants of a mapping.
func (p *prepared) output(t *ast.Type, below []ast.SelectionSet, depth int) (*mapping.Output, error) {
	if depth > maxDepth {
		return nil, errDepth
	}
	out := &mapping.Output{}
	for ; t.Elem != nil; t = t.Elem {
		out.Lists++
	}
	id := p.graph.TypeNamed(t.NamedType)
	if id == schema.NoType {
		return nil, fmt.Errorf("no type %s", t.NamedType)
	}
	named := &p.graph.Types[id]
	switch named.Kind {
	case ast.Scalar:
		out.Kind, out.Lenient = scalarKind(named.Name), p.lenient
	case ast.Enum:
		out.Kind = mapping.Enum
		out.Values = p.enumValues(named)
	case ast.Object, ast.Interface, ast.Union:
		return out, p.composite(out, named, below, depth)
	default:
		return nil, fmt.Errorf("%s is no output type", t.NamedType)
	}
	return out, nil
}

// scalarKind is what a scalar asks of JSON. The 64-bit integers that gRPC has
// are written as strings, like an ID: most readers of JSON would round them.
func scalarKind(name string) mapping.Kind {
	switch name {
	case "ID", "Int64", "UInt64":
		return mapping.ID
	case "String":
		return mapping.String
	case "Int":
		return mapping.Int
	case "Float":
		return mapping.Float
	case "Boolean":
		return mapping.Boolean
	}
	return mapping.Any
}

func (p *prepared) enumValues(t *schema.Type) []string {
	if in := t.InSubgraph(p.source.options.Spec.Index); in != nil && len(in.Values) > 0 {
		return in.Values
	}
	var values []string
	if def := p.graph.AST.Types[t.Name]; def != nil {
		for _, v := range def.EnumValues {
			values = append(values, v.Name)
		}
	}
	return values
}

// composite says what is wanted of a value that has fields, by what its type is
// in the subgraph: an interface object is an object there.
func (p *prepared) composite(out *mapping.Output, t *schema.Type, below []ast.SelectionSet, depth int) error {
	in := t.InSubgraph(p.source.options.Spec.Index)
	if t.Kind == ast.Object || in != nil && in.InterfaceObject {
		return p.object(out, t, below, depth)
	}
	return p.abstract(out, t, below, depth)
}

// object fills in what is wanted of an object. Conditions of fields below the
// root are not looked at: more is read than used.
func (p *prepared) object(out *mapping.Output, t *schema.Type, below []ast.SelectionSet, depth int) error {
	out.Kind, out.Typename = mapping.Object, t.Name
	fields, err := p.collect(below, t)
	if err != nil {
		return err
	}
	for i := range fields {
		f := &fields[i]
		if f.name == typename {
			out.Fields = append(out.Fields, mapping.OutputField{Response: f.response, Name: typename})
			continue
		}
		if len(f.arguments) > 0 {
			return fmt.Errorf("%s.%s is part of a connector's answer, so it takes no arguments", t.Name, f.name)
		}
		def, err := p.field(t, f.name)
		if err != nil {
			return err
		}
		sub, err := p.output(p.fieldType(def), f.below, depth+1)
		if err != nil {
			return fmt.Errorf("%s.%s: %w", t.Name, f.name, err)
		}
		out.Fields = append(out.Fields, mapping.OutputField{Response: f.response, Name: f.name, Output: sub})
	}
	return nil
}

// field finds a field of an object type; one that only an interface object of
// the supergraph gives it stands at the interface.
func (p *prepared) field(t *schema.Type, name string) (*schema.Field, error) {
	if id := p.graph.FieldNamed(t.ID, name); id != schema.NoField {
		return &p.graph.Fields[id], nil
	}
	return nil, fmt.Errorf("no field %s.%s", t.Name, name)
}

// fieldType is the field's type as the subgraph declares it.
func (p *prepared) fieldType(f *schema.Field) *ast.Type {
	if in := f.InSubgraph(p.source.options.Spec.Index); in != nil && in.Type != nil {
		return in.Type
	}
	return f.Type
}
