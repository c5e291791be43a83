// Package mapping is the language in which connectors say how a backend's
// answer becomes GraphQL and how a request's parts are made: the selection
// language of the connect specification, versions 0.1 to 0.4.
//
// [Parse] makes a [Mapping], which knows what it reads ([Mapping.Uses]) and
// what it will yield ([Mapping.Shape]). [Mapping.Compile] makes a [Program] for
// one use of it, pruned to what is wanted; [Program.Append] runs it over the
// bytes of a JSON value. [Template] is text with mappings in braces: a URL or a
// header.
//
// Everything here is immutable once made and safe for concurrent use. Work is
// bounded by the size of mapping and input, whatever they say.
package mapping

// Version is the minor version of the connect specification; its major is 0.
type Version int

// The versions there are.
const (
	V1 Version = iota + 1
	V2
	V3
	V4
)

// Vars are the values of variables, named with their $, as JSON. A variable
// that is not there is a problem where it is used. The bytes are the caller's.
type Vars []Var

// Var is one of them.
type Var struct {
	Name string
	JSON []byte
}

// Output says what is wanted of a mapping's value: which of its keys, under
// which names, as which GraphQL types. A value that does not fit its type
// becomes null and a problem.
type Output struct {
	Kind  Kind
	Lists int // list levels around it
	// Values are the values of an Enum.
	Values []string
	// Lenient: a String takes numbers and booleans, too, as their text.
	Lenient bool
	// Typename is what __typename is, and Fields what is wanted, of an Object,
	// in the order they are written.
	Typename string
	Fields   []OutputField
}

// OutputField is one key of an object: Response is what it is called in the
// output, Name the mapping's key. Name "__typename" writes Typename. Output is
// of the value.
type OutputField struct {
	Response, Name string
	Output         *Output
}

// Kind is what a GraphQL type asks of JSON.
type Kind uint8

const (
	// Any is a custom scalar: every JSON value.
	Any Kind = iota
	// ID takes strings and integers and writes strings.
	ID
	// String takes strings.
	String
	// Int takes integral numbers of 32 bits.
	Int
	// Float takes numbers.
	Float
	// Boolean takes booleans.
	Boolean
	// Enum takes one of Values.
	Enum
	// Object takes objects.
	Object
)

// Error is a mistake in a mapping's text.
type Error struct {
	Offset  int // in bytes
	Message string
}

// Error returns the message.
func (e *Error) Error() string { return e.Message }

// Use is one place where a mapping reads something: $args.filter.name is
// Variable "$args", Path ["filter", "name"]; the input is Variable "$". A path
// leads through lists, and on in the braces behind it and in methods that hand
// on what they get: $args { id } and $args->map(@.id) read ["id"]. It ends at
// methods that make something else of it.
type Use struct {
	Variable string
	Path     []string
	Offset   int
}

// Shape is what a mapping will yield, as far as its text tells.
type Shape struct {
	Kind ShapeKind
	// Fields of an object, in order of first mention; Open says that there may
	// be more. A path into the input is Unknown.
	Fields []ShapeField
	Open   bool
	// Maps: the object comes from braces and is a list of objects where they are
	// applied to a list, as nothing in the text rules out.
	Maps bool
	// Item of a list.
	Item *Shape
	// From is the variable whose value, or a part of it, this is: "$" is the
	// input. It is empty of what the mapping makes.
	From string
	// Offset of the text it comes from.
	Offset int

	size int // of all below it
}

// ShapeField is one key of an object.
type ShapeField struct {
	Name   string
	Offset int
	Shape  *Shape
	// Group: the key has a selection in braces, so that its value is an object,
	// or a list of them, wherever the input has one.
	Group bool
}

// ShapeKind is what a value will be.
type ShapeKind uint8

const (
	// ShapeUnknown may be anything.
	ShapeUnknown ShapeKind = iota
	// ShapeObject has Fields. From a selection in braces it maps over lists.
	ShapeObject
	// ShapeList has an Item.
	ShapeList
	// ShapeString is a string, and so on.
	ShapeString
	// ShapeNumber is a number.
	ShapeNumber
	// ShapeBoolean is true or false.
	ShapeBoolean
	// ShapeNull is null.
	ShapeNull
)

// Reads is the part of an input that a program looks at: all of it, or some
// fields of it, through lists of any depth.
type Reads struct {
	All    bool
	Fields []ReadField // sorted by name
}

// ReadField is one of them.
type ReadField struct {
	Name string
	Sub  *Reads
}
