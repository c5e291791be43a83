package spec

import (
	"regexp"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/fault"
)

// grpcSource reads a @grpcSource.
func (s *scope) grpcSource(a *application) *GRPCSource {
	g := &GRPCSource{Timeout: s.duration(a.arg("timeout")), Metadata: s.headers(sourceHeaders, "metadata", a.arg("metadata"), true)}
	target := a.arg("target")
	g.Target, _ = s.str(InvalidGrpcTarget, "target", target)
	if target == nil || isString(target) && (g.Target == "" || strings.ContainsAny(g.Target, " \t\r\n")) {
		s.fail(InvalidGrpcTarget, orAt(target, a), "target must say where the service is, such as \"dns:///catalog:50051\".")
	}
	g.Plaintext = s.flag(InvalidGrpcTarget, "plaintext", a.arg("plaintext"))
	v := a.arg("descriptors")
	list := s.object(InvalidGrpcDescriptors, "descriptors", v)
	g.Descriptors = Descriptors{
		Reflection:  s.flag(InvalidGrpcDescriptors, "reflection", member(list, "reflection")),
		Protos:      s.strings(InvalidGrpcDescriptors, "protos", member(list, "protos")),
		ImportPaths: s.strings(InvalidGrpcDescriptors, "importPaths", member(list, "importPaths")),
	}
	g.Descriptors.Set, _ = s.str(InvalidGrpcDescriptors, "set", member(list, "set"))
	given := 0
	for _, is := range []bool{g.Descriptors.Reflection, g.Descriptors.Set != "", len(g.Descriptors.Protos) > 0} {
		if is {
			given++
		}
	}
	if given != 1 {
		s.fail(InvalidGrpcDescriptors, orAt(v, a), "descriptors needs exactly one of set, protos and reflection: true.")
	}
	return g
}

// orAt is the place of a value, of the directive where it is missing.
func orAt(v *ast.Value, a *application) spot {
	if v == nil {
		return at(a.pos)
	}
	return within(v, 0)
}

func (s *scope) flag(code fault.Code, what string, v *ast.Value) bool {
	if v != nil && v.Kind != ast.BooleanValue {
		s.fail(code, at(v.Position), "%s must be true or false.", what)
	}
	return v != nil && v.Kind == ast.BooleanValue && v.Raw == "true"
}

func (s *scope) strings(code fault.Code, what string, v *ast.Value) []string {
	if v == nil {
		return nil
	}
	if v.Kind != ast.ListValue {
		text, ok := s.str(code, what, v)
		if !ok {
			return nil
		}
		return []string{text} // GraphQL takes one value for a list of one
	}
	var list []string
	for _, c := range v.Children {
		if text, ok := s.str(code, what, c.Value); ok {
			list = append(list, text)
		}
	}
	return list
}

var grpcMethod = regexp.MustCompile(`^([A-Za-z_][A-Za-z0-9_]*\.)*[A-Za-z_][A-Za-z0-9_]*/[A-Za-z_][A-Za-z0-9_]*$`)

// readGrpc reads what a @grpc asks.
func (r *reader) readGrpc(d *draft) bool {
	a, before := d.application, len(r.broken.list)
	s := &scope{reader: r, coordinate: d.Coordinate}
	source, ok := s.source(a)
	if a.arg("source") == nil {
		s.fail(SourceNameMismatch, at(a.pos), "@%s needs a source: the name of a @grpcSource.", a.name)
	}
	d.Source, d.GRPC = source, &GRPC{Timeout: s.duration(a.arg("timeout"))}
	method := a.arg("method")
	d.GRPC.Method, _ = s.str(InvalidGrpcMethod, "method", method)
	if method == nil || isString(method) && !grpcMethod.MatchString(d.GRPC.Method) {
		s.fail(InvalidGrpcMethod, orAt(method, a), "method must be package.Service/Method.")
	}
	d.GRPC.Request = s.mapping(InvalidBody, request, "request", a.arg("request"))
	d.GRPC.Metadata = s.headers(request, "metadata", a.arg("metadata"), true)
	mask := a.arg("fieldMask")
	if d.GRPC.FieldMask, _ = s.str(InvalidGrpcMethod, "fieldMask", mask); mask != nil && isString(mask) && !connectorID.MatchString(d.GRPC.FieldMask) {
		s.fail(InvalidGrpcMethod, within(mask, 0), "fieldMask must be the name of a field of the request.")
	}
	d.BatchSize = s.batchSize(a.arg("batch"))
	d.parts = append(d.parts, s.parts...)
	return ok && source != nil && !r.brokenSince(before)
}
