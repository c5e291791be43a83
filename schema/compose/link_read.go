package compose

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// schemaDirectives returns the directives on the schema definition and its
// extensions, in that order.
func schemaDirectives(doc *ast.SchemaDocument) ast.DirectiveList {
	var all ast.DirectiveList
	for _, d := range doc.Schema {
		all = append(all, d.Directives...)
	}
	for _, d := range doc.SchemaExtension {
		all = append(all, d.Directives...)
	}
	return all
}

// readLinks builds the link table of a schema. Without a @link to the link (or
// core) spec or to federation the schema counts as one that links nothing.
func readLinks(doc *ast.SchemaDocument) (*linkTable, []linkProblem) {
	applied := schemaDirectives(doc)
	core, problem := coreLink(doc, applied)
	if problem != nil {
		return newLinkTable(""), []linkProblem{*problem}
	}
	if core == nil {
		return newLinkTable(""), nil
	}
	table := newLinkTable(core.name())
	var problems []linkProblem
	if core.application == nil {
		table.mustAdd(&feature{featureURL: core.url, alias: core.name(), spec: book().find(core.url.identity, core.url.version)})
	}
	for _, d := range applied {
		if d.Name != table.directive {
			continue
		}
		f, found := readLink(d, core)
		if len(found) > 0 {
			problems = append(problems, found...)
			continue
		}
		if p := table.add(f); p != nil {
			problems = append(problems, *p)
		}
	}
	return table, problems
}

// coreSpec is the @link (or @core) that makes a schema link features: its
// application, nil if it is implied, and its argument for the url.
type coreSpec struct {
	url         featureURL
	application *ast.Directive
	argument    string
}

// name returns what the directive is called in the schema.
func (c *coreSpec) name() string {
	if c.application != nil {
		return c.application.Name
	}
	return "link"
}

// coreLink finds the link of the link spec itself, or implies link v1.0 if the
// schema links federation. It returns nil for a schema without either.
func coreLink(doc *ast.SchemaDocument, applied ast.DirectiveList) (*coreSpec, *linkProblem) {
	federation := false
	var core *coreSpec
	for _, d := range applied {
		if d.Name == "link" && strings.HasPrefix(stringArgument(d, "url"), federationIdentity) {
			federation = true
		}
		argument := urlArgument(doc, d)
		if argument == "" {
			continue
		}
		text := stringArgument(d, argument)
		url, err := parseFeatureURL(text)
		if err != nil || core != nil || url.identity != linkIdentity && url.identity != coreIdentity {
			continue
		}
		if as := stringArgument(d, "as"); d.Name == as || as == "" && d.Name == url.name {
			core = &coreSpec{url, d, argument}
		}
	}
	if core != nil && book().find(core.url.identity, core.url.version) == nil {
		if federation && core.name() == "link" {
			return nil, &linkProblem{InvalidLinkDirectiveUsage, fmt.Sprintf(
				"The schema links version %s of the link spec, which does not exist. Use %s, or leave the link out.",
				core.url.version, quote(linkIdentity+"/v1.0")), core.application.Position}
		}
		return nil, &linkProblem{UnknownLinkVersion, fmt.Sprintf(
			"Version %s of the %s spec does not exist. Known versions: link v1.0, core v0.1 and v0.2.",
			core.url.version, core.url.name), core.application.Position}
	}
	if core != nil && federation && core.name() != "link" {
		return nil, &linkProblem{InvalidLinkDirectiveUsage, fmt.Sprintf(
			"The schema links features with @%s, so it cannot use @link as well. Write all links with @%s.", core.name(), core.name()), core.application.Position}
	}
	if core == nil && federation {
		core = &coreSpec{url: featureURL{linkIdentity, "link", version{1, 0}}, argument: "url"}
	}
	return core, nil
}

// urlArgument returns the argument that holds the feature's url if the
// directive can be a @link: @link without a definition, or one that is
// defined as a link directive.
func urlArgument(doc *ast.SchemaDocument, d *ast.Directive) string {
	def := doc.Directives.ForName(d.Name)
	if def == nil {
		if d.Name == "link" {
			return "url"
		}
		return ""
	}
	if !def.IsRepeatable || len(def.Locations) != 1 || def.Locations[0] != ast.LocationSchema {
		return ""
	}
	for _, name := range []string{"url", "feature"} {
		if arg := def.Arguments.ForName(name); arg != nil && arg.Type.Name() == "String" && arg.Type.Elem == nil {
			return name
		}
	}
	return ""
}

func stringArgument(d *ast.Directive, name string) string {
	if a := d.Arguments.ForName(name); a != nil && isString(a.Value) {
		return a.Value.Raw
	}
	return ""
}

func isString(v *ast.Value) bool {
	return v != nil && (v.Kind == ast.StringValue || v.Kind == ast.BlockValue)
}

// mustAdd adds a feature to a table in which nothing can clash with it yet.
func (t *linkTable) mustAdd(f *feature) {
	if p := t.add(f); p != nil {
		panic("compose: " + p.message)
	}
}

// readLink turns one application into a feature.
func readLink(d *ast.Directive, core *coreSpec) (*feature, []linkProblem) {
	text := stringArgument(d, core.argument)
	url, err := parseFeatureURL(text)
	if err != nil {
		return nil, []linkProblem{{InvalidLinkIdentifier, "@" + d.Name + " cannot be resolved: " + err.Error() + ".", d.Position}}
	}
	f := &feature{featureURL: url, alias: url.name, pos: d.Position, spec: book().linkable(url.identity, url.version)}
	if as := d.Arguments.ForName("as"); as != nil && as.Value.Kind != ast.NullValue {
		f.alias = as.Value.Raw
	}
	if purpose := d.Arguments.ForName("for"); purpose != nil {
		f.purpose = purpose.Value.Raw
	}
	list := d.Arguments.ForName("import")
	if list == nil || list.Value.Kind == ast.NullValue || core.argument != "url" {
		return f, nil
	}
	return f, f.readImports(list.Value)
}

var importForm = regexp.MustCompile(`^@?[_A-Za-z][_0-9A-Za-z]*$`)

// readImports fills f.imports from the value of the import argument.
func (f *feature) readImports(list *ast.Value) []linkProblem {
	var problems []linkProblem
	report := func(v *ast.Value, format string, args ...any) {
		problems = append(problems, linkProblem{InvalidLinkDirectiveUsage, fmt.Sprintf(format, args...), v.Position})
	}
	if list.Kind != ast.ListValue {
		report(list, "The argument import of the @link to %s must be a list, such as [\"@key\"].", quote(f.identity))
		return problems
	}
	for _, child := range list.Children {
		i, wrong := readImport(child.Value)
		if wrong == "" {
			wrong = f.checkElement(i.name)
		}
		if wrong != "" {
			report(child.Value, "In the @link to %s: %s", quote(f.identity), wrong)
			continue
		}
		f.imports = append(f.imports, i)
	}
	return problems
}

// readImport reads "@name", "Name" or {name:, as:}, or says what is wrong.
func readImport(v *ast.Value) (linkImport, string) {
	i := linkImport{pos: v.Position}
	switch {
	case isString(v):
		i.name = v.Raw
	case v.Kind == ast.ObjectValue:
		for _, child := range v.Children {
			if child.Name != "name" && child.Name != "as" {
				return i, "an import has no field " + quote(child.Name) + ", only name and as"
			}
			if !isString(child.Value) || !importForm.MatchString(child.Value.Raw) {
				return i, "the " + child.Name + " of an import must be a string with a GraphQL name, not " + child.Value.String()
			}
			if child.Name == "name" {
				i.name = child.Value.Raw
			} else {
				i.as = child.Value.Raw
			}
		}
		if i.name == "" {
			return i, "the import " + v.String() + " has no name"
		}
	default:
		return i, "an import must be a string or {name:, as:}, not " + v.String()
	}
	if i.name == "" || i.name == "@" {
		return i, "an import needs a name"
	}
	if i.as == "" {
		i.as = i.name
	}
	i.directive = strings.HasPrefix(i.name, "@")
	if i.directive != strings.HasPrefix(i.as, "@") {
		return i, quote(i.name) + " cannot be imported as " + quote(i.as) + ": names of directives start with @ on both sides, names of types on neither"
	}
	return i, ""
}

// checkElement returns what is wrong with importing an element, "" if nothing.
func (f *feature) checkElement(name string) string {
	if f.spec == nil {
		return ""
	}
	elements := f.spec.elements()
	for _, e := range elements {
		if e == name {
			return ""
		}
	}
	for _, e := range elements {
		if e == "@"+name {
			return quote(name) + " cannot be imported. Directives are imported with @: write " + quote(e)
		}
	}
	message := fmt.Sprintf("%s %s has no element %s to import", f.name, f.version, quote(name))
	if later := f.since(name); later != (version{}) {
		return message + "; it came with " + later.String() + ". Raise the version in the url"
	}
	return message + "." + didYouMean(name, elements)
}

// since returns the first version of the feature that has an element, zero if
// none has.
func (f *feature) since(element string) version {
	for _, source := range specSources {
		if source.identity != f.identity {
			continue
		}
		for _, v := range source.versions {
			for _, e := range book().find(f.identity, v.version).elements() {
				if e == element {
					return v.version
				}
			}
		}
	}
	return version{}
}
