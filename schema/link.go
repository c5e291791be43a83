package schema

import (
	"net/url"
	"strconv"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// Feature is one specification the supergraph links: join, tag, inaccessible
// and so on.
type Feature struct {
	// Identity is the URL without its version.
	Identity string
	// Name is the last path segment of the identity.
	Name         string
	Major, Minor int
	// Namespace prefixes the feature's elements that are not imported.
	Namespace string
	// Purpose is "", SECURITY or EXECUTION.
	Purpose string

	imports  map[string]string // element → name here; directives with their @
	position *ast.Position
}

// Directive returns the name, without @, that a directive of the feature has
// in this schema. The directive called like the feature itself has the
// namespace as its name, others are prefixed unless imported.
func (f *Feature) Directive(element string) string {
	if as, ok := f.imports["@"+element]; ok {
		return as[1:]
	}
	if element == f.Name {
		return f.Namespace
	}
	return f.Namespace + "__" + element
}

// Type returns the name that a type of the feature has in this schema.
func (f *Feature) Type(element string) string {
	if as, ok := f.imports[element]; ok {
		return as
	}
	return f.Namespace + "__" + element
}

// specsHost is where the features known to every reader live.
const specsHost = "https://specs.apollo.dev/"

// known reports whether weft implements the feature in that version, as it
// must for features with a purpose.
func (f *Feature) known() bool {
	if f.Identity != specsHost+f.Name {
		return false
	}
	versions, ok := map[string]string{
		"link": "1.0", "core": "0.1 0.2", "join": "0.2 0.3 0.4 0.5",
		"tag": "0.1 0.2 0.3", "inaccessible": "0.1 0.2",
		"authenticated": "0.1", "requiresScopes": "0.1", "policy": "0.1",
		"context": "0.1", "cost": "0.1", "cacheTag": "0.1",
		"connect": "0.1 0.2 0.3 0.4",
	}[f.Name]
	if !ok {
		return false
	}
	for v := range strings.SplitSeq(versions, " ") {
		if v == f.version() {
			return true
		}
	}
	return false
}

func (f *Feature) version() string {
	return strconv.Itoa(f.Major) + "." + strconv.Itoa(f.Minor)
}

// features are the linked features of a schema and the names they own.
type features struct {
	list        []*Feature
	byNamespace map[string]*Feature
	types       map[string]bool // imported type names
	directives  map[string]bool // imported directive names
}

// named returns the feature of the specs host with that name, nil if it is not
// linked.
func (fs *features) named(name string) *Feature {
	for _, f := range fs.list {
		if f.Name == name && f.Identity == specsHost+name {
			return f
		}
	}
	return nil
}

// directive returns the local name of a feature's directive, "" if the feature
// is not linked.
func (fs *features) directive(feature, element string) string {
	if f := fs.named(feature); f != nil {
		return f.Directive(element)
	}
	return ""
}

// ownsType reports whether a type belongs to a linked feature.
func (fs *features) ownsType(name string) bool {
	return fs.types[name] || fs.prefixed(name)
}

// ownsDirective reports whether a directive, named without @, belongs to a
// linked feature.
func (fs *features) ownsDirective(name string) bool {
	return fs.directives[name] || fs.byNamespace[name] != nil || fs.prefixed(name)
}

func (fs *features) prefixed(name string) bool {
	space, _, ok := strings.Cut(name, "__")
	return ok && fs.byNamespace[space] != nil
}

// readFeatures reads @link, or the older @core, from the schema definition.
func readFeatures(s *ast.Schema, p *problems) *features {
	fs := &features{
		byNamespace: map[string]*Feature{},
		types:       map[string]bool{}, directives: map[string]bool{},
	}
	link, urlArg := bootstrap(s.SchemaDirectives)
	if link == "" {
		p.add(InvalidSupergraph, nil, "not a supergraph: the schema definition links no specification; "+
			"expected @link(url: \"%sjoin/v0.5\", for: EXECUTION)", specsHost)
		return fs
	}
	for _, d := range s.SchemaDirectives {
		if d.Name == link {
			if f := readFeature(d, urlArg, p); f != nil {
				fs.add(f, p)
			}
		}
	}
	return fs
}

// bootstrap finds the name under which the schema uses @link or @core: the
// application that links the link (or core) specification says so itself.
func bootstrap(list ast.DirectiveList) (name, urlArg string) {
	for _, arg := range []string{"url", "feature"} {
		for _, d := range list {
			identity, spec, _, _, ok := splitIdentity(stringArg(d, arg))
			if !ok || identity != specsHost+spec || (spec != "link" && spec != "core") {
				continue
			}
			as := stringArg(d, "as")
			if as == "" {
				as = spec
			}
			if d.Name == as {
				return d.Name, arg
			}
			for _, im := range importsOf(d) {
				if im.element == "@"+spec && im.as == "@"+d.Name {
					return d.Name, arg
				}
			}
		}
	}
	return "", ""
}

// splitIdentity splits https://host/path/NAME/vMAJOR.MINOR.
func splitIdentity(raw string) (identity, name string, major, minor int, ok bool) {
	u, err := url.Parse(raw)
	if err != nil || u.Scheme == "" || u.Host == "" {
		return "", "", 0, 0, false
	}
	cut := strings.LastIndexByte(raw, '/')
	version, isVersion := strings.CutPrefix(raw[cut+1:], "v")
	first, second, hasMinor := strings.Cut(version, ".")
	major, err1 := strconv.Atoi(first)
	minor, err2 := strconv.Atoi(second)
	if !isVersion || !hasMinor || err1 != nil || err2 != nil {
		return "", "", 0, 0, false
	}
	identity = raw[:cut]
	name = identity[strings.LastIndexByte(identity, '/')+1:]
	return identity, name, major, minor, name != "" && name != u.Host
}

func readFeature(d *ast.Directive, urlArg string, p *problems) *Feature {
	raw := stringArg(d, urlArg)
	identity, name, major, minor, ok := splitIdentity(raw)
	if !ok {
		p.add(InvalidSupergraph, d.Position, "@%s: %q does not end in NAME/vMAJOR.MINOR", d.Name, raw)
		return nil
	}
	f := &Feature{
		Identity: identity, Name: name, Major: major, Minor: minor,
		Namespace: stringArg(d, "as"), Purpose: stringArg(d, "for"),
		imports: map[string]string{}, position: d.Position,
	}
	if f.Namespace == "" {
		f.Namespace = name
	}
	for _, im := range importsOf(d) {
		if !im.valid() {
			p.add(InvalidSupergraph, d.Position, "@%s to %q: import of %q as %q is not possible", d.Name, raw, im.element, im.as)
			continue
		}
		f.imports[im.element] = im.as
	}
	return f
}

// add enters a feature and the names it owns, and refuses features that must
// be understood but are not.
func (fs *features) add(f *Feature, p *problems) {
	for _, other := range fs.list {
		if other.Identity == f.Identity {
			p.add(InvalidSupergraph, f.position, "feature %s is linked twice", f.Identity)
			return
		}
	}
	if f.Purpose != "" && f.Name != "join" && !f.known() {
		p.add(UnsupportedLinkedFeature, f.position,
			"feature %s/v%s is for: %s, but weft does not know it and must not ignore it", f.Identity, f.version(), f.Purpose)
	}
	fs.list = append(fs.list, f)
	fs.byNamespace[f.Namespace] = f
	for _, as := range f.imports {
		if name, ok := strings.CutPrefix(as, "@"); ok {
			fs.directives[name] = true
		} else {
			fs.types[as] = true
		}
	}
}

// linkImport is one entry of @link(import:).
type linkImport struct{ element, as string }

func (im linkImport) valid() bool {
	return len(im.element) > 1 && len(im.as) > 1 && (im.element[0] == '@') == (im.as[0] == '@')
}

func importsOf(d *ast.Directive) []linkImport {
	arg := d.Arguments.ForName("import")
	if arg == nil || arg.Value.Kind != ast.ListValue {
		return nil
	}
	var out []linkImport
	for _, c := range arg.Value.Children {
		switch c.Value.Kind {
		case ast.StringValue, ast.BlockValue:
			out = append(out, linkImport{c.Value.Raw, c.Value.Raw})
		case ast.ObjectValue:
			im := linkImport{element: rawOf(c.Value.Children.ForName("name"))}
			if im.as = rawOf(c.Value.Children.ForName("as")); im.as == "" {
				im.as = im.element
			}
			out = append(out, im)
		default:
			out = append(out, linkImport{element: c.Value.String()})
		}
	}
	return out
}

// stringArg returns a string or enum argument of a directive, "" if absent or
// null.
func stringArg(d *ast.Directive, name string) string {
	if arg := d.Arguments.ForName(name); arg != nil {
		return rawOf(arg.Value)
	}
	return ""
}

func rawOf(v *ast.Value) string {
	if v == nil || v.Kind == ast.NullValue {
		return ""
	}
	return v.Raw
}

// boolArg returns a Boolean argument of a directive.
func boolArg(d *ast.Directive, name string, absent bool) bool {
	arg := d.Arguments.ForName(name)
	if arg == nil || arg.Value.Kind != ast.BooleanValue {
		return absent
	}
	return arg.Value.Raw == "true"
}
