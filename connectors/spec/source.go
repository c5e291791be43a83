package spec

import (
	"regexp"
	"slices"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/connectors/mapping"
)

var sourceName = regexp.MustCompile(`^[a-zA-Z][a-zA-Z0-9_-]{0,63}$`)

// readSources reads the applications on the schema.
func (r *reader) readSources() {
	seen := map[string]bool{}
	for _, a := range r.sources {
		if a.directive != dirSource && a.directive != dirGrpcSource {
			continue
		}
		s := &scope{reader: r}
		source := &Source{}
		name := a.arg("name")
		source.Name, _ = s.str(InvalidSourceName, "name", name)
		switch {
		case name == nil || isString(name) && source.Name == "":
			place := within(name, 0)
			if name == nil {
				place = at(a.pos)
			}
			s.fail(EmptySourceName, place, "A source needs a name: connectors say by it which source they use.")
		case isString(name) && !sourceName.MatchString(source.Name):
			s.fail(InvalidSourceName, within(name, 0), "The name %q of a source must begin with a letter and hold up to 64 letters, digits, - and _.", source.Name)
		case source.Name != "" && seen[source.Name]:
			s.fail(DuplicateSourceName, within(name, 0), "There are two sources called %q. Rename one of them.", source.Name)
		}
		seen[source.Name] = true
		if a.directive == dirSource {
			source.HTTP = s.httpSource(a)
			r.http = append(r.http, source.Name)
		} else {
			source.GRPC = s.grpcSource(a)
			r.grpc = append(r.grpc, source.Name)
		}
		source.Errors = s.errors(sourceAnswer, a.arg("errors"))
		source.IsSuccess = s.isSuccess(sourceAnswer, a.arg("isSuccess"))
		for _, p := range s.parts {
			r.checkScope(&draft{}, p)
		}
		r.out.Sources = append(r.out.Sources, source)
	}
}

func (s *scope) httpSource(a *application) *HTTPSource {
	http := s.object(InvalidUrl, "http", a.arg("http"))
	base := member(http, "baseURL")
	if base == nil {
		s.fail(InvalidUrl, at(a.pos), "A source needs http: {baseURL: …}.")
	}
	source := &HTTPSource{
		BaseURL:     s.template(InvalidUrl, sourceURL, "baseURL", base),
		Headers:     s.headers(sourceHeaders, "headers", member(http, "headers"), false),
		Path:        s.mapping(InvalidUrlProperty, sourceURL, "path", member(http, "path")),
		QueryParams: s.mapping(InvalidUrlProperty, sourceURL, "queryParams", member(http, "queryParams")),
	}
	s.urlProperties(http, source.Path, source.QueryParams)
	if source.BaseURL != nil {
		s.absoluteURL(base, newSkeleton(source.BaseURL), "baseURL")
	}
	return source
}

func (s *scope) urlProperties(http ast.ChildValueList, path, query *mapping.Mapping) {
	s.expect(InvalidUrlProperty, "path", member(http, "path"), path, mapping.ShapeList)
	s.expect(InvalidUrlProperty, "queryParams", member(http, "queryParams"), query, mapping.ShapeObject)
}

// source finds the source a connector names; ok is false if it names a wrong
// one.
func (s *scope) source(a *application) (source *Source, ok bool) {
	v := a.arg("source")
	name, given := s.str(SourceNameMismatch, "source", v)
	if !given {
		return nil, v == nil
	}
	names, directive := s.http, "@source"
	if a.directive == dirGrpc {
		names, directive = s.grpc, "@grpcSource"
	}
	if i := slices.IndexFunc(s.out.Sources, func(o *Source) bool {
		return o.Name == name && (o.GRPC != nil) == (a.directive == dirGrpc)
	}); i >= 0 {
		return s.out.Sources[i], true
	}
	if len(names) > 0 {
		s.fail(SourceNameMismatch, within(v, 0), "There is no %s(name: %q). Sources: %s.", directive, name, quoted(names))
		return nil, false
	}
	s.fail(NoSourcesDefined, within(v, 0), "The schema has no %s. Add %s(name: %q, …) to it.", directive, directive, name)
	if s.features.connect != nil && !s.features.sourceImported && a.directive == dirConnect {
		s.broken.add(NoSourceImport, "", at(s.features.connect.pos), "@source is not imported. Add \"@source\" to the import of this @link.")
	}
	return nil, false
}
