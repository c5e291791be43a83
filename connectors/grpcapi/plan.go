package grpcapi

import (
	"strconv"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/weftql/weft/connectors/mapping"
)

// plan is what the walker knows of a message type, pruned to the fields that
// are read. Plans of recursive types point at themselves.
type plan struct {
	name    protoreflect.FullName
	special special
	// fields are written in this order; a walk has one slot for each.
	fields []planField
	// entries are the field numbers a walk must notice: the fields, and the other
	// members of their oneofs, which unset them. dense and sparse find them:
	// index+1, 0 for none.
	entries []planEntry
	dense   [64]int32
	sparse  map[protowire.Number]int32
	oneofs  int
}

// missing returns the name of a type that p can meet and the descriptors do not
// have, "" without one.
func (p *plan) missing() protoreflect.FullName {
	seen := map[*plan]bool{}
	queue := []*plan{p}
	for len(queue) > 0 {
		p := queue[0]
		queue = queue[1:]
		if seen[p] {
			continue
		}
		seen[p] = true
		if p.special == absent {
			return p.name
		}
		for i := range p.fields {
			if m := p.fields[i].message; m != nil {
				queue = append(queue, m)
			}
			if pairs := p.fields[i].pairs; pairs != nil {
				queue = append(queue, pairs.entry)
			}
		}
	}
	return ""
}

// planEntry is a field number a walk must notice.
type planEntry struct {
	slot     int32 // -1: only unsets the others of its oneof
	oneof    int32 // -1: in none
	wire     protowire.Type
	packable bool
}

// planField is how one field is written.
type planField struct {
	key      []byte // "name":
	num      protowire.Number
	kind     protoreflect.Kind
	wire     protowire.Type
	list     bool
	packable bool
	unset    []byte     // what stands for it when it is not set
	enum     *enumNames // of an enum
	message  *plan      // of a message or group
	pairs    *planPairs // of a map
}

// planPairs is how a map is written. entry has the slots 0, the key, and 1, the
// value.
type planPairs struct {
	entry                *plan
	wantKey, wantValue   bool
	keyField, valueField *planField
}

var (
	jsonNull      = []byte("null")
	jsonEmptyList = []byte("[]")
)

// find returns the entry of a field number, nil when nobody cares.
func (p *plan) find(num protowire.Number) (*planEntry, int32) {
	at := int32(0)
	if num < protowire.Number(len(p.dense)) {
		at = p.dense[num]
	} else if p.sparse != nil {
		at = p.sparse[num]
	}
	if at == 0 {
		return nil, 0
	}
	return &p.entries[at-1], at
}

// notice adds an entry for fd.
func (p *plan) notice(fd protoreflect.FieldDescriptor, slot, oneof int32) {
	p.entries = append(p.entries, planEntry{
		slot: slot, oneof: oneof, wire: wireType(fd.Kind()), packable: fd.IsList() && packable(fd.Kind()),
	})
	if at := int32(len(p.entries)); fd.Number() < protowire.Number(len(p.dense)) {
		p.dense[fd.Number()] = at
	} else {
		if p.sparse == nil {
			p.sparse = map[protowire.Number]int32{}
		}
		p.sparse[fd.Number()] = at
	}
}

// whole returns the plan of everything in md.
func (t *types) whole(md protoreflect.MessageDescriptor) *plan {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.wholeLocked(md)
}

// wholeLocked fills the plans of md and of everything it can contain, one after
// the other: the graph of types may be deep and may have cycles.
func (t *types) wholeLocked(md protoreflect.MessageDescriptor) *plan {
	type job struct {
		md protoreflect.MessageDescriptor
		p  *plan
	}
	var queue []job
	get := func(md protoreflect.MessageDescriptor) *plan {
		p, ok := t.plans[md.FullName()]
		if !ok {
			p = &plan{name: md.FullName(), special: specialOf(md)}
			t.plans[md.FullName()] = p
			queue = append(queue, job{md, p})
		}
		return p
	}
	root := get(md)
	for len(queue) > 0 {
		next := queue[0]
		queue = queue[1:]
		fields := next.md.Fields()
		all := make([]wanted, fields.Len())
		for i := range all {
			fd := fields.Get(i)
			all[i] = wanted{fd: fd, key: true, value: true, message: func(sub protoreflect.MessageDescriptor) *plan { return get(sub) }}
		}
		next.p.fill(all)
	}
	return root
}

// pruned returns the plan of what reads names. Names md does not have are left
// out: reads covers error mappings too, which look at another input; the
// connector's own selection is checked by check.go.
func (t *types) pruned(md protoreflect.MessageDescriptor, reads *mapping.Reads) *plan {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.prunedLocked(md, reads, 0)
}

func (t *types) prunedLocked(md protoreflect.MessageDescriptor, reads *mapping.Reads, depth int) *plan {
	if reads == nil || reads.All || depth == maxDepth || specialOf(md) != ordinary {
		return t.wholeLocked(md)
	}
	p := &plan{name: md.FullName()}
	var fields []wanted
	for i := range reads.Fields {
		read := &reads.Fields[i]
		fd := md.Fields().ByName(protoreflect.Name(read.Name))
		if fd == nil {
			continue
		}
		w := wanted{fd: fd, key: true, value: true}
		sub := read.Sub
		if fd.IsMap() {
			sub = w.pair(sub)
		}
		w.message = func(inner protoreflect.MessageDescriptor) *plan { return t.prunedLocked(inner, sub, depth+1) }
		fields = append(fields, w)
	}
	p.fill(fields)
	return p
}

// wanted is a field to write and how to come by the plan of its message.
type wanted struct {
	fd         protoreflect.FieldDescriptor
	key, value bool // of a map's entries
	message    func(protoreflect.MessageDescriptor) *plan
}

// pair prunes a map's entries to what is read of them and returns what is read
// of their values.
func (w *wanted) pair(reads *mapping.Reads) *mapping.Reads {
	if reads == nil || reads.All {
		return reads
	}
	w.key, w.value = false, false
	var sub *mapping.Reads
	for i := range reads.Fields {
		switch f := &reads.Fields[i]; f.Name {
		case "key":
			w.key = true
		case "value":
			w.value, sub = true, f.Sub
		}
	}
	return sub
}

// fill makes p write the fields.
func (p *plan) fill(fields []wanted) {
	oneofs := map[protoreflect.FullName]int32{}
	has := map[protoreflect.FieldNumber]bool{}
	for i := range fields {
		has[fields[i].fd.Number()] = true
	}
	for i := range fields {
		fd := fields[i].fd
		oneof := int32(-1)
		if od := fd.ContainingOneof(); od != nil && od.Fields().Len() > 1 {
			known, ok := oneofs[od.FullName()]
			if !ok {
				known = int32(len(oneofs))
				oneofs[od.FullName()] = known
				for k := range od.Fields().Len() {
					if member := od.Fields().Get(k); !has[member.Number()] {
						p.notice(member, -1, known)
					}
				}
			}
			oneof = known
		}
		p.notice(fd, int32(len(p.fields)), oneof)
		p.fields = append(p.fields, planFieldOf(&fields[i]))
	}
	p.oneofs = len(oneofs)
}

func planFieldOf(w *wanted) planField {
	fd := w.fd
	f := scalarField(fd)
	f.list = fd.IsList()
	f.packable = f.list && packable(fd.Kind())
	if fd.IsMap() {
		f.pairs = pairsOf(w)
	} else if fd.Message() != nil {
		f.message = w.message(fd.Message())
	}
	switch {
	case fd.IsList() || fd.IsMap():
		f.unset = jsonEmptyList
	case fd.HasPresence():
		f.unset = jsonNull
	}
	return f
}

// scalarField is fd as if it were neither list nor map nor message.
func scalarField(fd protoreflect.FieldDescriptor) planField {
	f := planField{
		key: append(strconv.AppendQuote(nil, string(fd.Name())), ':'),
		num: fd.Number(), kind: fd.Kind(), wire: wireType(fd.Kind()),
	}
	switch fd.Kind() {
	case protoreflect.EnumKind:
		f.enum = enumNamesOf(fd.Enum())
		f.unset = f.enum.name(0)
		if f.unset == nil {
			f.unset = jsonNull
		}
	case protoreflect.StringKind, protoreflect.BytesKind:
		f.unset = []byte(`""`)
	case protoreflect.BoolKind:
		f.unset = []byte("false")
	case protoreflect.MessageKind, protoreflect.GroupKind:
		f.unset = jsonNull
	default:
		f.unset = []byte("0")
	}
	return f
}

func pairsOf(w *wanted) *planPairs {
	pairs := &planPairs{entry: &plan{}, wantKey: w.key, wantValue: w.value}
	for slot, fd := range []protoreflect.FieldDescriptor{w.fd.MapKey(), w.fd.MapValue()} {
		f := scalarField(fd)
		if fd.Message() != nil {
			f.message = w.message(fd.Message())
		}
		pairs.entry.notice(fd, int32(slot), -1)
		pairs.entry.fields = append(pairs.entry.fields, f)
	}
	pairs.keyField, pairs.valueField = &pairs.entry.fields[0], &pairs.entry.fields[1]
	return pairs
}

// enumNames are an enum's names as JSON, by number; of aliases the first.
type enumNames struct {
	dense  [][]byte
	sparse map[int32][]byte
}

func enumNamesOf(ed protoreflect.EnumDescriptor) *enumNames {
	names := &enumNames{sparse: map[int32][]byte{}}
	values := ed.Values()
	for i := range values.Len() {
		number := int32(values.Get(i).Number())
		if names.name(number) != nil {
			continue
		}
		text := strconv.AppendQuote(nil, string(values.Get(i).Name()))
		if ed.FullName() == "google.protobuf.NullValue" {
			text = jsonNull
		}
		if number == int32(len(names.dense)) {
			names.dense = append(names.dense, text)
		} else {
			names.sparse[number] = text
		}
	}
	return names
}

// name returns nil for a number that has none.
func (e *enumNames) name(number int32) []byte {
	if number >= 0 && int(number) < len(e.dense) {
		return e.dense[number]
	}
	return e.sparse[number]
}

// wireType is how a value of a kind stands on the wire when it is not packed.
func wireType(kind protoreflect.Kind) protowire.Type {
	switch kind {
	case protoreflect.Fixed32Kind, protoreflect.Sfixed32Kind, protoreflect.FloatKind:
		return protowire.Fixed32Type
	case protoreflect.Fixed64Kind, protoreflect.Sfixed64Kind, protoreflect.DoubleKind:
		return protowire.Fixed64Type
	case protoreflect.StringKind, protoreflect.BytesKind, protoreflect.MessageKind:
		return protowire.BytesType
	case protoreflect.GroupKind:
		return protowire.StartGroupType
	default:
		return protowire.VarintType
	}
}

// packable tells whether values of a kind may stand packed: both forms are read
// whichever the descriptor says.
func packable(kind protoreflect.Kind) bool {
	wire := wireType(kind)
	return wire != protowire.BytesType && wire != protowire.StartGroupType
}
