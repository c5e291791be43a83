package compose

import (
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// The join spec, as the supergraph defines it, by version.
var (
	join03 = version{0, 3}
	join04 = version{0, 4}
)

// joinDefinitions returns the directives of a version of the join spec.
func joinDefinitions(v version) []string {
	field := "graph: join__Graph, requires: join__FieldSet, provides: join__FieldSet, type: String, external: Boolean, override: String, usedOverridden: Boolean"
	if join03.less(v) {
		field += ", overrideLabel: String"
	}
	if join04.less(v) {
		field += ", contextArguments: [join__ContextArgument!]"
	}
	definitions := []string{
		"directive @join__enumValue(graph: join__Graph!) repeatable on ENUM_VALUE",
		"directive @join__field(" + field + ") repeatable on FIELD_DEFINITION | INPUT_FIELD_DEFINITION",
		"directive @join__graph(name: String!, url: String!) on ENUM_VALUE",
		"directive @join__implements(graph: join__Graph!, interface: String!) repeatable on OBJECT | INTERFACE",
		"directive @join__type(graph: join__Graph!, key: join__FieldSet, extension: Boolean! = false, resolvable: Boolean! = true, isInterfaceObject: Boolean! = false) repeatable on OBJECT | INTERFACE | UNION | ENUM | INPUT_OBJECT | SCALAR",
		"directive @join__unionMember(graph: join__Graph!, member: String!) repeatable on UNION",
	}
	if join03.less(v) {
		definitions = append(definitions, "directive @join__directive(graphs: [join__Graph!], name: String!, args: join__DirectiveArguments) repeatable on SCHEMA | OBJECT | INTERFACE | FIELD_DEFINITION")
	}
	return definitions
}

// specType is the definition of a type of a spec.
type specType struct{ name, text string }

// joinTypes returns the types of a version of the join spec and of link v1.0.
func joinTypes(v version, subgraphs []*subgraph) []specType {
	types := []specType{
		{"join__FieldSet", "scalar join__FieldSet"},
		{"join__Graph", graphEnum(subgraphs)},
		{"link__Import", "scalar link__Import"},
		{"link__Purpose", `enum link__Purpose {
  """
  SECURITY features provide metadata necessary to securely resolve fields.
  """
  SECURITY
  """
  EXECUTION features provide metadata necessary for operation execution.
  """
  EXECUTION
}`},
	}
	if join03.less(v) {
		types = append(types, specType{"join__DirectiveArguments", "scalar join__DirectiveArguments"})
	}
	if join04.less(v) {
		types = append(types,
			specType{"join__ContextArgument", "input join__ContextArgument {\n  name: String!\n  type: String!\n  context: String!\n  selection: join__FieldValue!\n}"},
			specType{"join__FieldValue", "scalar join__FieldValue"})
	}
	return types
}

func graphEnum(subgraphs []*subgraph) string {
	var b strings.Builder
	b.WriteString("enum join__Graph {\n")
	for _, s := range subgraphs {
		b.WriteString("  " + s.enum + " @join__graph(name: ")
		writeString(&b, s.name)
		b.WriteString(", url: ")
		writeString(&b, s.url)
		b.WriteString(")\n")
	}
	b.WriteString("}")
	return b.String()
}

// linkText returns the @link of a feature.
func linkText(f *featureLink) string {
	var b strings.Builder
	b.WriteString("@link(url: ")
	writeString(&b, f.identity+"/"+f.version.String())
	if f.as != "" {
		b.WriteString(`, as: "` + f.as + `"`)
	}
	if len(f.imports) > 0 {
		b.WriteString(", import: [")
		for i, imported := range f.imports {
			if i > 0 {
				b.WriteString(", ")
			}
			b.WriteString(imported.text())
		}
		b.WriteString("]")
	}
	if f.purpose != "" {
		b.WriteString(", for: " + f.purpose)
	}
	b.WriteString(")")
	return b.String()
}

func (i linkImport) text() string {
	sign := ""
	if i.directive {
		sign = "@"
	}
	if i.name == i.as {
		return `"` + sign + i.name + `"`
	}
	return `{name: "` + sign + i.name + `", as: "` + sign + i.as + `"}`
}

// elementName returns what the supergraph calls an element of the feature.
func (f *featureLink) elementName(element string, directive bool) string {
	for _, i := range f.imports {
		if i.name == element && i.directive == directive {
			return i.as
		}
	}
	namespace := f.as
	if namespace == "" {
		namespace = f.name
	}
	if directive && element == f.name {
		return namespace
	}
	return namespace + "__" + element
}

// definitionTexts returns the directives of a known feature; a custom feature's
// composed directives were merged.
func (f *featureLink) definitionTexts(g *supergraph) []string {
	s := book().find(f.identity, f.version)
	if s == nil || carriedFeature(f.identity) {
		return nil
	}
	var texts []string
	for _, d := range s.directives {
		name := f.elementName(d.Name, true)
		if g.definitionByName[name] != nil {
			continue
		}
		var b strings.Builder
		b.WriteString("directive @" + name)
		for i, a := range d.Arguments {
			if i == 0 {
				b.WriteString("(")
			} else {
				b.WriteString(", ")
			}
			b.WriteString(a.Name + ": " + f.typeText(s, a.Type))
			if a.DefaultValue != nil {
				b.WriteString(" = ")
				writeValue(&b, a.DefaultValue)
			}
		}
		if len(d.Arguments) > 0 {
			b.WriteString(")")
		}
		if d.IsRepeatable {
			b.WriteString(" repeatable")
		}
		b.WriteString(" on " + locationList(d.Locations))
		texts = append(texts, b.String())
	}
	return texts
}

func (f *featureLink) typeText(s *spec, t *ast.Type) string {
	name := t.Name()
	if !s.declares(name) {
		return t.String()
	}
	return strings.Replace(t.String(), name, f.elementName(name, false), 1)
}

// typeTexts returns the types of a known feature; all of them are scalars but
// connect's, which the supergraph does not define.
func (f *featureLink) typeTexts() []specType {
	s := book().find(f.identity, f.version)
	if s == nil || carriedFeature(f.identity) {
		return nil
	}
	var types []specType
	for _, t := range s.types {
		name := f.elementName(t.Name, false)
		types = append(types, specType{name, "scalar " + name})
	}
	return types
}
