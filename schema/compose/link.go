package compose

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/fault"
)

// feature is what one @link brings into a schema.
type feature struct {
	featureURL
	// alias is its namespace here: the as argument, or its name.
	alias   string
	imports []linkImport
	purpose string
	// spec is nil if composition does not know the feature in that version.
	spec *spec
	pos  *ast.Position
}

// linkTable resolves the names a schema uses to features and their elements.
type linkTable struct {
	// directive is what @link is called here, "" if the schema links nothing.
	directive string
	features  []*feature // in source order

	byIdentity map[string]*feature
	byAlias    map[string]*feature
	// byImport is keyed by the name in the schema, with @ for directives.
	byImport map[string]imported
	// prefixed holds, by prefix, the first import whose name looks like
	// PREFIX__name for a prefix that was free at the time.
	prefixed map[string]string
}

// imported is the feature and the element (with @) behind an imported name.
type imported struct {
	feature *feature
	element string
}

// linkProblem is a broken rule of one @link.
type linkProblem struct {
	code    fault.Code
	message string
	pos     *ast.Position
}

func newLinkTable(directive string) *linkTable {
	return &linkTable{
		directive:  directive,
		byIdentity: map[string]*feature{},
		byAlias:    map[string]*feature{},
		byImport:   map[string]imported{},
		prefixed:   map[string]string{},
	}
}

// federation returns the federation feature, nil in a federation 1 schema.
func (t *linkTable) federation() *feature { return t.byIdentity[federationIdentity] }

// resolveDirective returns the feature and element a directive name stands
// for. It is nil for a name of no feature, and for the namespaced name of an
// element that is imported: such an element has only its imported name.
func (t *linkTable) resolveDirective(name string) (*feature, string) {
	if i, ok := t.byImport["@"+name]; ok {
		return i.feature, i.element[1:]
	}
	f, element := t.defaultName(name, true)
	if f == nil || f.importOf("@"+element) != nil {
		return nil, ""
	}
	return f, element
}

// resolveType is resolveDirective for types.
func (t *linkTable) resolveType(name string) (*feature, string) {
	if i, ok := t.byImport[name]; ok {
		return i.feature, i.element
	}
	f, element := t.defaultName(name, false)
	if f == nil || f.importOf(element) != nil {
		return nil, ""
	}
	return f, element
}

// defaultName takes apart a namespaced name: prefix__element, or for the
// directive called like its feature the prefix alone.
func (t *linkTable) defaultName(name string, directive bool) (*feature, string) {
	if prefix, element, ok := strings.Cut(name, "__"); ok {
		if f := t.byAlias[prefix]; f != nil {
			return f, element
		}
	}
	if f := t.byAlias[name]; directive && f != nil {
		return f, f.name
	}
	return nil, ""
}

// importOf returns the import of an element ("@key", "FieldSet"), nil if it is
// not imported.
func (f *feature) importOf(element string) *linkImport {
	for i := range f.imports {
		if f.imports[i].name == element {
			return &f.imports[i]
		}
	}
	return nil
}

// directiveName returns what a directive of the feature is called in the
// schema, without @.
func (f *feature) directiveName(element string) string {
	if i := f.importOf("@" + element); i != nil {
		return i.as[1:]
	}
	if element == f.name {
		return f.alias
	}
	return f.alias + "__" + element
}

// typeName returns what a type of the feature is called in the schema.
func (f *feature) typeName(element string) string {
	if i := f.importOf(element); i != nil {
		return i.as
	}
	return f.alias + "__" + element
}

var aliasForm = regexp.MustCompile(`^[_A-Za-z][_0-9A-Za-z.-]*$`)

// add links a feature, unless one of its names is taken or malformed.
func (t *linkTable) add(f *feature) *linkProblem {
	misuse := func(format string, args ...any) *linkProblem {
		return &linkProblem{InvalidLinkDirectiveUsage, fmt.Sprintf(format, args...), f.pos}
	}
	if first := t.byIdentity[f.identity]; first != nil {
		return misuse("The feature %s is linked twice, as %s and %s. Keep one @link and give it all imports.",
			quote(f.identity), first.version, f.version)
	}
	if problem := checkAlias(f); problem != "" {
		return misuse("The feature %s cannot have the namespace %s: %s. Choose another with the argument as.", quote(f.identity), quote(f.alias), problem)
	}
	if other := t.byAlias[f.alias]; other != nil {
		return misuse("The features %s and %s have the same namespace %s. Give one of them another with the argument as.",
			quote(other.identity), quote(f.identity), quote(f.alias))
	}
	for _, taken := range []string{t.prefixed[f.alias], "@" + f.alias} {
		if i, ok := t.byImport[taken]; ok {
			return misuse("The import of %s from %s as %s looks like a name of the feature %s. Rename the import, or give the feature another namespace with the argument as.",
				quote(i.element), quote(i.feature.identity), quote(taken), quote(f.identity))
		}
	}
	for i := range f.imports {
		if problem := t.addImport(f, &f.imports[i]); problem != "" {
			return misuse("%s", problem)
		}
	}
	t.byIdentity[f.identity], t.byAlias[f.alias] = f, f
	t.features = append(t.features, f)
	return nil
}

// checkAlias returns what is wrong with a feature's namespace, "" if nothing.
func checkAlias(f *feature) string {
	reexported := len(f.imports) == 0 && (f.identity == tagIdentity && f.alias == "federation__tag" ||
		f.identity == inaccessibleIdentity && f.alias == "federation__inaccessible")
	switch {
	case !aliasForm.MatchString(f.alias):
		return "it is not a GraphQL name"
	case strings.Contains(f.alias, "__") && !reexported:
		return `it contains "__"`
	case strings.HasSuffix(f.alias, "_"):
		return `it ends in "_"`
	}
	return ""
}

// addImport registers one imported name, or returns what it clashes with.
func (t *linkTable) addImport(f *feature, i *linkImport) string {
	element, inSchema := strings.TrimPrefix(i.name, "@"), strings.TrimPrefix(i.as, "@")
	what := quote(i.name)
	if i.as != i.name {
		what += " as " + quote(i.as)
	}
	looks := func(identity string) string {
		return fmt.Sprintf("The import of %s from %s looks like a name of the feature %s. Rename the import, or give the feature another namespace with the argument as.",
			what, quote(f.identity), quote(identity))
	}
	if prefix, rest, ok := strings.Cut(inSchema, "__"); ok {
		switch other := t.byAlias[prefix]; {
		case prefix == f.alias && rest != element, prefix != f.alias && other != nil && other != f:
			return looks(t.identityOf(prefix, f))
		case prefix != f.alias && t.prefixed[prefix] == "":
			t.prefixed[prefix] = i.as
		}
	}
	if i.directive {
		other := t.byAlias[inSchema]
		if inSchema == f.alias && element != f.name || inSchema != f.alias && other != nil {
			return looks(t.identityOf(inSchema, f))
		}
	}
	if first := f.importOf(i.name); first.as != i.as {
		return fmt.Sprintf("%s of %s is imported under two names, %s and %s. Keep one.", quote(i.name), quote(f.identity), quote(first.as), quote(i.as))
	}
	if taken, ok := t.byImport[i.as]; ok && (taken.feature != f || taken.element != i.name) {
		return fmt.Sprintf("%s is imported twice: as %s of %s and as %s of %s. Rename one import: {name: %s, as: …}.",
			quote(i.as), quote(taken.element), quote(taken.feature.identity), quote(i.name), quote(f.identity), quote(i.name))
	}
	t.byImport[i.as] = imported{f, i.name}
	return ""
}

// identityOf names the feature with a namespace, which may be f before it is
// registered.
func (t *linkTable) identityOf(alias string, f *feature) string {
	if other := t.byAlias[alias]; other != nil {
		return other.identity
	}
	return f.identity
}
