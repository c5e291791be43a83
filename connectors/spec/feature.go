package spec

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/connectors/mapping"
)

// directive is what a directive is, whatever a schema calls it.
type directive uint8

const (
	notOurs directive = iota
	dirSource
	dirConnect
	dirGrpcSource
	dirGrpc
)

// connectIdentity is the link of @source and @connect, without version. That of
// @grpcSource and @grpc is known by its last segments only.
const connectIdentity = "https://specs.apollo.dev/connect"

// features are what a subgraph links that this package reads.
type features struct {
	version mapping.Version // of connect, V2 for 0.1; of grpc alone the default
	names   map[string]directive
	// sourceImported: a @link brings @source or @grpcSource under a name of its
	// own, without prefix.
	sourceImported bool
	connect        *link // nil without
	grpc           bool
	unknown        []*link
}

// link is one @link to a feature of connectors.
type link struct {
	url   *ast.Value
	pos   *ast.Position
	grpc  bool
	major int
	minor int
}

// defaultVersion is the version of the mapping language where a schema does not
// say which: beside @grpc.
const defaultVersion = mapping.V3

var linkURL = regexp.MustCompile(`^(.*)/v([0-9]{1,6})\.([0-9]{1,6})/?$`)

// parseLink recognizes the URL of a feature of connectors.
func parseLink(url string) (l link, ok bool) {
	m := linkURL.FindStringSubmatch(url)
	if m == nil {
		return link{}, false
	}
	l.major, _ = strconv.Atoi(m[2]) // at most six digits
	l.minor, _ = strconv.Atoi(m[3])
	l.grpc = strings.HasSuffix(m[1], "/grpc") && !strings.HasPrefix(m[1], "https://specs.apollo.dev/")
	return l, l.grpc || m[1] == connectIdentity
}

// read enters a link: its version, and the names its directives have.
func (f *features) read(a *application) {
	l, ok := parseLink(text(a.arg("url")))
	if !ok {
		return
	}
	l.url, l.pos = a.arg("url"), a.pos
	newest := int(mapping.V4)
	if l.grpc {
		newest = 1
	}
	if l.major != 0 || l.minor < 1 || l.minor > newest {
		f.unknown = append(f.unknown, &l)
		return
	}
	if f.names == nil {
		f.names = map[string]directive{}
	}
	if l.grpc {
		f.grpc = true
		f.name(a, "grpc", map[string]directive{"grpc": dirGrpc, "grpcSource": dirGrpcSource})
		if f.version == 0 {
			f.version = defaultVersion
		}
		return
	}
	f.connect = &l
	f.version = max(mapping.Version(l.minor), mapping.V2)
	f.name(a, "connect", map[string]directive{"connect": dirConnect, "source": dirSource})
}

// name enters the names of a feature's directives. One that is imported has
// only the name it is imported under; another has the namespace as prefix, and
// the one called like its feature may be called by the namespace alone.
func (f *features) name(a *application, feature string, elements map[string]directive) {
	space := text(a.arg("as"))
	if space == "" {
		space = feature
	}
	imports := map[string]string{}
	if list := a.arg("import"); list != nil && list.Kind == ast.ListValue {
		for _, c := range list.Children {
			name, as := importOf(c.Value)
			imports[name] = as
		}
	}
	for element, d := range elements {
		as, imported := imports["@"+element]
		if !imported {
			f.names[space+"__"+element] = d
			if element == feature {
				f.names[space] = d
			}
			continue
		}
		f.names[strings.TrimPrefix(as, "@")] = d
		if d == dirSource || d == dirGrpcSource {
			f.sourceImported = true
		}
	}
}

// importOf reads "@name" or {name:, as:}.
func importOf(v *ast.Value) (name, as string) {
	if isString(v) {
		return text(v), text(v)
	}
	if v == nil || v.Kind != ast.ObjectValue {
		return "", ""
	}
	name, as = text(v.Children.ForName("name")), text(v.Children.ForName("as"))
	if as == "" {
		as = name
	}
	return name, as
}

// linked reports whether the schema links a feature of connectors at all.
func (f *features) linked() bool { return f.names != nil || f.unknown != nil }

// reportVersions adds a problem for each link of a version that does not exist.
func (f *features) reportVersions(p *problems) {
	for _, l := range f.unknown {
		known := "0.1, 0.2, 0.3 and 0.4"
		if l.grpc {
			known = "0.1"
		}
		p.add(UnknownConnectorsVersion, "", within(l.url, 0), "Version %d.%d of this feature is not known. Known versions: %s.", l.major, l.minor, known)
	}
}

// application is one use of a directive of ours, or of @link.
type application struct {
	directive directive
	name      string // as the schema calls it, without @
	args      ast.ChildValueList
	pos       *ast.Position
}

// arg returns the value of an argument, nil if it is absent or null.
func (a *application) arg(name string) *ast.Value { return member(a.args, name) }

// member returns a member of an object, nil if it is absent or null.
func member(list ast.ChildValueList, name string) *ast.Value {
	if v := list.ForName(name); v != nil && v.Kind != ast.NullValue {
		return v
	}
	return nil
}

// apply makes an application of a directive as written.
func apply(d *ast.Directive) *application {
	a := &application{name: d.Name, pos: d.Position}
	for _, arg := range d.Arguments {
		a.args = append(a.args, &ast.ChildValue{Name: arg.Name, Value: arg.Value, Position: arg.Position})
	}
	return a
}
