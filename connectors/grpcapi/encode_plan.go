package grpcapi

import (
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// encMessage is what the encoder knows of a message type. Those of recursive
// types point at themselves.
type encMessage struct {
	name     protoreflect.FullName
	special  special
	fields   map[string]*encField
	first    *encField // the field numbered 1, for special types
	oneofs   int
	required []string // names of proto2's required fields
}

// encField is how one field is written from JSON.
type encField struct {
	name     string
	kind     protoreflect.Kind
	tag      []byte // of one value, or of all of them where packed
	end      []byte // the end tag of a group
	list     bool
	packed   bool
	implicit bool // no presence: the zero value is not sent
	oneof    int  // -1: in none
	required int  // -1: not required
	enum     *encEnum
	message  *encMessage
	key      *encField // of a map; value too
	value    *encField
}

// encEnum are an enum's numbers by name.
type encEnum struct {
	name    protoreflect.FullName
	numbers map[string]int32
	closed  bool
	known   map[int32]bool
}

// encoder returns what is compiled for md and everything it can contain.
func (t *types) encoder(md protoreflect.MessageDescriptor) *encMessage {
	t.mu.Lock()
	defer t.mu.Unlock()
	type job struct {
		md protoreflect.MessageDescriptor
		m  *encMessage
	}
	var queue []job
	get := func(md protoreflect.MessageDescriptor) *encMessage {
		m, ok := t.encoders[md.FullName()]
		if !ok {
			m = &encMessage{name: md.FullName(), special: specialOf(md), fields: map[string]*encField{}}
			t.encoders[md.FullName()] = m
			queue = append(queue, job{md, m})
		}
		return m
	}
	root := get(md)
	for len(queue) > 0 {
		next := queue[0]
		queue = queue[1:]
		next.m.fill(next.md, get)
	}
	return root
}

func (m *encMessage) fill(md protoreflect.MessageDescriptor, get func(protoreflect.MessageDescriptor) *encMessage) {
	oneofs := map[protoreflect.FullName]int{}
	for i := range md.Fields().Len() {
		fd := md.Fields().Get(i)
		f := encFieldOf(fd, get)
		if od := fd.ContainingOneof(); od != nil && od.Fields().Len() > 1 {
			if _, ok := oneofs[od.FullName()]; !ok {
				oneofs[od.FullName()] = len(oneofs)
			}
			f.oneof = oneofs[od.FullName()]
		}
		if fd.Cardinality() == protoreflect.Required {
			f.required = len(m.required)
			m.required = append(m.required, f.name)
		}
		if fd.IsMap() {
			f.key = encFieldOf(fd.MapKey(), get)
			f.value = encFieldOf(fd.MapValue(), get)
			f.key.implicit, f.value.implicit = false, false // entries are written in full
		}
		if fd.Number() == 1 {
			m.first = f
		}
		m.fields[f.name] = f
	}
	m.oneofs = len(oneofs)
}

// encFieldOf is fd, of a map as if it were a list of its entries.
func encFieldOf(fd protoreflect.FieldDescriptor, get func(protoreflect.MessageDescriptor) *encMessage) *encField {
	f := &encField{
		name: string(fd.Name()), kind: fd.Kind(), oneof: -1, required: -1,
		list: fd.IsList(), packed: fd.IsPacked(),
		implicit: !fd.HasPresence() && !fd.IsList() && !fd.IsMap(),
	}
	wire := wireType(fd.Kind())
	if f.packed {
		wire = protowire.BytesType
	}
	f.tag = protowire.AppendTag(nil, fd.Number(), wire)
	switch {
	case fd.IsMap(): // its entry type is never written as a message
	case fd.Kind() == protoreflect.EnumKind:
		f.enum = encEnumOf(fd.Enum())
	case fd.Message() != nil:
		f.message = get(fd.Message())
		if fd.Kind() == protoreflect.GroupKind {
			f.end = protowire.AppendTag(nil, fd.Number(), protowire.EndGroupType)
		}
	}
	return f
}

func encEnumOf(ed protoreflect.EnumDescriptor) *encEnum {
	e := &encEnum{name: ed.FullName(), numbers: map[string]int32{}, known: map[int32]bool{}, closed: ed.IsClosed()}
	for i := range ed.Values().Len() {
		v := ed.Values().Get(i)
		e.numbers[string(v.Name())] = int32(v.Number())
		e.known[int32(v.Number())] = true
	}
	return e
}
