package grpcapi

import (
	"fmt"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/weftql/weft/connectors/mapping"
	"github.com/weftql/weft/fault"
)

// checkMappings finds what the mappings name and the types do not have, as far
// as their text tells.
func (b *backend) checkMappings(bound *binding) fault.List {
	var c checker
	if m := b.connector.GRPC.Request; m != nil {
		shape := m.Shape()
		if bound.client && b.place == mutation {
			switch {
			case shape.Kind == mapping.ShapeList:
				shape = shape.Item
			case shape.Kind != mapping.ShapeUnknown && (!shape.Maps || b.alwaysObject()):
				c.report(StreamingKind, "request: a client-streaming method needs a list, one message for each element")
				shape = nil
			}
		}
		c.request("", bound.method.Input(), shape)
		if mask := b.connector.GRPC.FieldMask; mask != "" && shape != nil && hasField(shape, mask) {
			c.report(UnknownField, fmt.Sprintf("request: %s is given there and as fieldMask: leave one out", mask))
		}
	}
	if b.connector.Selection != nil {
		c.selection("", bound.method.Output(), b.connector.Selection.Compile(nil).Reads())
	}
	return c.found
}

// alwaysObject tells an object of its own, "id: $args.id", from braces around a
// variable, "$args.list { id }", which are a list where the variable is one: only
// the former is an object when there is nothing in the variables.
func (b *backend) alwaysObject() bool {
	var vars mapping.Vars
	for _, use := range b.connector.GRPC.Request.Uses() {
		vars = append(vars, mapping.Var{Name: use.Variable, JSON: jsonNull})
	}
	out, ok := b.request.Append(nil, []byte("{}"), vars, nil)
	return ok && out[0] == '{'
}

type checker struct {
	found fault.List
}

func (c *checker) report(code fault.Code, message string) {
	c.found = append(c.found, &fault.Error{Code: code, Message: message})
}

// request compares what a mapping yields with what a message has. The shape's
// depth is that of the mapping's text.
func (c *checker) request(path string, md protoreflect.MessageDescriptor, shape *mapping.Shape) {
	if shape == nil || shape.Kind != mapping.ShapeObject || specialOf(md) != ordinary && specialOf(md) != empty {
		return
	}
	for i := range shape.Fields {
		f := &shape.Fields[i]
		fd := md.Fields().ByName(protoreflect.Name(f.Name))
		if fd == nil {
			c.report(UnknownField, "request: "+path+unknown(md, f.Name))
			continue
		}
		inner := f.Shape
		if fd.IsList() && inner != nil && inner.Kind == mapping.ShapeList {
			inner = inner.Item
		}
		if fd.Message() != nil && !fd.IsMap() {
			c.request(path+f.Name+": ", fd.Message(), inner)
		}
	}
}

// selection compares what a mapping reads with what a message has. Well-known
// types are their own JSON and may hold anything.
func (c *checker) selection(path string, md protoreflect.MessageDescriptor, reads *mapping.Reads) {
	if reads == nil || reads.All || specialOf(md) != ordinary {
		return
	}
	for i := range reads.Fields {
		read := &reads.Fields[i]
		fd := md.Fields().ByName(protoreflect.Name(read.Name))
		if fd == nil && md.IsMapEntry() {
			c.report(UnknownField, fmt.Sprintf("selection: %s%s: a map is a list of entries with key and value", path, read.Name))
			continue
		}
		if fd == nil {
			c.report(UnknownField, "selection: "+path+unknown(md, read.Name))
			continue
		}
		if fd.Message() != nil {
			c.selection(path+read.Name+": ", fd.Message(), read.Sub)
		}
	}
}

func hasField(s *mapping.Shape, name string) bool {
	for i := range s.Fields {
		if s.Fields[i].Name == name {
			return true
		}
	}
	return false
}

// unknown says that md has no such field, and what was meant perhaps.
func unknown(md protoreflect.MessageDescriptor, name string) string {
	message := fmt.Sprintf("%s has no field %s", md.FullName(), name)
	if fd := md.Fields().ByJSONName(name); fd != nil {
		return message + fmt.Sprintf(": write %s, as in the proto", fd.Name())
	}
	var names []string
	for i := range md.Fields().Len() {
		names = append(names, string(md.Fields().Get(i).Name()))
	}
	if len(names) == 0 {
		return message + ": it has none"
	}
	return message + "; it has " + strings.Join(names, ", ")
}
