package mapping

import "strconv"

// value is a JSON value or the absence of one. What comes from JSON text keeps
// it: a list or an object is read only when something looks into it, one level
// at a time, and a number is never anything but its text. Values are not
// changed once made, so that they share parts freely.
type value struct {
	kind kind
	raw  []byte   // JSON text; nil of a list or object that was built
	kids []member // of a list or object that was built or opened
}

// member is an element of a list, or with a key a member of an object.
type member struct {
	key []byte // decoded
	val value
}

type kind uint8

const (
	kindAbsent kind = iota
	kindNull
	kindFalse
	kindTrue
	kindNumber
	kindString
	kindList
	kindObject
)

var (
	absent     = value{}
	nullValue  = value{kind: kindNull, raw: []byte("null")}
	trueValue  = value{kind: kindTrue, raw: []byte("true")}
	falseValue = value{kind: kindFalse, raw: []byte("false")}
)

func boolValue(b bool) value {
	if b {
		return trueValue
	}
	return falseValue
}

func stringValue(s []byte) value {
	return value{kind: kindString, raw: appendQuoted(make([]byte, 0, len(s)+2), s)}
}

func intValue(n int64) value {
	return value{kind: kindNumber, raw: strconv.AppendInt(nil, n, 10)}
}

// rawValue is a value of valid JSON text without space around it.
func rawValue(raw []byte) value { return value{kind: kindOf(raw[0]), raw: raw} }

// kindOf is the kind of the value that begins with c.
func kindOf(c byte) kind {
	switch c {
	case '{':
		return kindObject
	case '[':
		return kindList
	case '"':
		return kindString
	case 'n':
		return kindNull
	case 't':
		return kindTrue
	case 'f':
		return kindFalse
	}
	return kindNumber
}

// open returns the value with its elements or members read, if it has any. Of
// members with one key the last counts, in the first's place.
func (v value) open() value {
	if v.raw == nil || v.kids != nil {
		return v
	}
	switch v.kind {
	case kindList:
		v.kids = openList(v.raw)
	case kindObject:
		v.kids = openObject(v.raw)
	default:
	}
	return v
}

// field is the value of a key of an object, absent without it.
func (v value) field(key string) value {
	if v.raw != nil && v.kids == nil {
		return findField(v.raw, key)
	}
	for i := range v.kids {
		if string(v.kids[i].key) == key {
			return v.kids[i].val
		}
	}
	return absent
}

// text is the decoded content of a string.
func (v value) text() []byte { return unquote(v.raw) }

// typeName is what messages call the kind.
func (k kind) typeName() string {
	switch k {
	case kindNull:
		return "null"
	case kindFalse, kindTrue:
		return "a boolean"
	case kindNumber:
		return "a number"
	case kindString:
		return "a string"
	case kindList:
		return "a list"
	case kindObject:
		return "an object"
	case kindAbsent:
	}
	return "nothing"
}
