// Package plan is the query plan as plain data: what the planner hands to the
// executor, and what printers, tests and caches read. It holds no behaviour
// but printing and checking, and imports nothing of weft.
//
// A Plan names subgraph requests ([Fetch]) in an order in which every
// dependency comes first, the shape of each answer ([Shape]), and the client's
// answer ([Object]) written from the records those shapes produce.
//
// Records. An answer object parsed by a Shape becomes a record: one slot per
// key, then Links slots. A later fetch that adds fields to the object stores
// its own record in one of these links; nothing is ever merged deeper.
package plan

// Kind is the kind of an operation.
type Kind uint8

// The operation kinds.
const (
	Query Kind = iota
	Mutation
	Subscription
)

// Plan answers one operation under one choice of conditions, labels and
// rights. It is immutable and shared.
type Plan struct {
	Kind Kind
	// Subgraphs and Variables are what Fetch.Subgraph and Fetch.Variables index.
	// Variables stand as in operation.Values. Subgraph "" is introspection.
	Subgraphs, Variables []string
	// Shapes say what answers look like, one per object place. Entry 0 is
	// unused, entry 1 is the first root.
	Shapes []Shape
	// Fetches form a DAG in start order: every index in After is smaller.
	Fetches []Fetch
	// Data is what the client gets.
	Data   Object
	Blocks []Block  // @defer
	Denied []Denied // removed by authorization, one error each
	// OmitNulls drops null members from the answer (a BFF's choice).
	OmitNulls bool
	// Inline holds if for any two unordered fetches i < j: whatever waits for j
	// waits for i too, or nothing waits for j. Then answers may be read in
	// Fetches order without delaying anybody.
	Inline bool
	// Tree is the portable view for printers; it is never executed.
	Tree Node
	// Touches lists the schema coordinates the plan rests on, sorted.
	Touches []string
	Metrics Metrics
}

// Fetch is one request to one subgraph.
type Fetch struct {
	Subgraph int
	Kind     Kind
	Name     string
	// Operation is the exact text to send, never rebuilt at run time.
	Operation string
	// Variables indexes Plan.Variables: the client's values the text uses.
	Variables []int
	// After indexes Plan.Fetches: what must be linked before this can start.
	After []int
	Guard Guard
	// Block is the @defer block, 0 for the initial answer. Round counts from 0.
	Block, Round int
	// Sets has several entries when look-ups share the request.
	Sets  []Set
	Joins []Join
	// Context takes values out of the answer (@fromContext). Targets that differ
	// in them go in separate requests.
	Context []Context
}

// connector is the connector the fetch asks, "" without one.
func (f *Fetch) connector() string {
	if len(f.Sets) == 0 {
		return ""
	}
	return f.Sets[0].Lookup
}

// Set is one list of objects a fetch asks for: data itself (Alias ""), one
// _entities field, or one connector look-up. Lookup is the connector that
// answers, the same in all sets of a fetch; of a connector's root field, Type is
// the root type.
type Set struct {
	Alias, Variable, Type, Lookup string
	Shape                         int
	Guard                         Guard
	Targets                       []Target
	// Apart keeps records of equal representations separate, because something
	// below depends on the way here.
	Apart bool
}

// Target says where a set's answers go: every record of Shape whose runtime
// type (at Type) is in On gets the answer in Link. On nil means all types, and
// Type is then not looked at.
//
// Shape 0 stands for the plan itself: the answer is the root record, the one of
// shape 1, of which there is exactly one. It exists from the start, empty, so
// that other root answers can be linked to it whatever comes first, and stays
// empty if its fetch fails or is guarded away.
type Target struct {
	Shape, Link int
	On          []string
	Type        Ref
	// Rep builds the representation; nil for a root answer attached as it is:
	// every record of Shape then shares the one answer. A representation opens
	// with "__typename": the set's Type, unless Rep itself has a member of that
	// name, which then comes first.
	Rep []RepField
}

// RepField is one member of a representation.
type RepField struct {
	Name string
	From Ref
	// Const is raw JSON used instead of From.
	Const string
	Sub   []RepField
	// Type is where the objects at From have their runtime type, relative to
	// them; read only when a Sub has On. A top-level On uses Target.Type.
	Type Ref
	// On limits the member to these runtime types of the object it is read from.
	On []string
	// Must marks a key leaf: null or missing suppresses the representation.
	Must bool
}

// Ref finds a value from a record: go Up enclosing objects, follow Links, take
// Key. Key -1 is the record itself. Above the record of an _entities answer is
// the record of the target it was linked to. A missing record on the way makes
// the value missing.
type Ref struct {
	Up    int
	Links []int
	Key   int
}

// Context fills a request variable from the answer. Without Value, From is the
// leaf. With it, From is an enclosing object (Key -1), and the first member of
// Value that applies to its runtime type, read at Type, is the variable's value
// without the object around it; so it is with the objects inside, level by
// level, and a list stays one. Where several entries fill one variable the
// first with a member that applies counts; if none has, it is null.
type Context struct {
	Variable int
	From     Ref
	Value    []RepField
	Type     Ref
}

// Join attaches right records to left ones by index: a field fetched twice.
// It runs for every record of Shape once the fetch it stands in and those of
// Needs are linked (the two sides may come from parallel fetches), in the order
// of Fetch.Joins; 0 means 1, the root. Whoever reads through Link has all of
// these fetches in After. Left and Right are paths from there, each Ref one step; lists of any
// level are walked in parallel. At the end Link of the left record becomes the
// right record. Keys are keys of the left shape that must agree with RightKeys
// of the right one, pair by pair.
type Join struct {
	Shape       int
	Needs       []int
	Left, Right []Ref
	Link        int
	Keys        []int
	RightKeys   []int
}

// Shape is what an answer object looks like, whatever its runtime type. Keys
// that would differ in kind between types get planner aliases.
type Shape struct {
	Keys  []Key
	Links int
	// Parent keeps a reference to the enclosing record, for Ref.Up.
	Parent bool
}

// Key is one member of an answer object. Shape 0 is a leaf. Lists is the
// number of list levels around it.
type Key struct {
	Name  string
	Lists uint8
	Shape int
	Class Class
	Enum  []string // the legal values when Class is Enum
}

// Class is what a leaf must be in JSON.
type Class uint8

// The leaf classes. Any also stands for whole JSON values.
const (
	Any Class = iota
	Int
	Float
	Boolean
	String
	Enum
	ID // a string; a whole number is turned into one
)

// Object is one object of the client's answer. Records[0] is the record the
// parent points to. The runtime type is read at Type, or is Static when
// Type.Record is -1. Where nothing depends on the type, Type.Record is -1 and
// Static is "".
type Object struct {
	Records []Record
	Type    Loc
	Static  string
	// Types are the runtime types the client may see here; another one is null
	// and an error. nil is no check; it is read only when Type.Record >= 0.
	Types  []string
	Fields []Field
}

// Record is found by following Link of Records[Of]. Entry 0 of a list of
// records is given and ignores both.
type Record struct {
	Of, Link int
}

// Loc is a key of a record of the object at hand. Key -1 stands for the
// enclosing object's own records. Record -1 is the object's Static type name
// (of a __typename field).
type Loc struct {
	Record, Key int
}

// Field is one member of a client object, in response order. A member whose
// value comes from different places for different runtime types or guards is
// several fields with the same Name, of which at most one applies.
type Field struct {
	Name string
	// On lists the runtime types that have the member; nil means all.
	On    []string
	Guard Guard
	// Unless takes the member away where it holds: an earlier field of the name
	// applies there. nil takes nothing away.
	Unless Guard
	From   Loc
	Lists  uint8
	// Nullable is the client schema's: bit 0 the value, bit i the items of list
	// level i.
	Nullable uint32
	// Object is nil for leaves.
	Object *Object
	// Write is nil for raw bytes as they stand.
	Write *Write
}

// Write changes how a value is written (BFF overlays, authorization). What is
// not set changes nothing; the rest applies in the order of the fields.
type Write struct {
	// Null writes null whatever was fetched: authorization removed the field.
	// From is then {-1, 0}, as for a field that Expr computes: nothing is read.
	Null bool
	// Expr, counted from 1, is the function whose result is the value; its
	// arguments are Uses, written as they would be for the client. Fields of one
	// name are one argument.
	Expr int
	Uses []Field
	// Where is a field of the objects in the outermost list: the first object
	// where it is true is taken; if there is none, null.
	Where []Field
	// Item, counted from 1, takes one item of the outermost list; beyond its end
	// is null. Cap cuts the outermost list.
	Item, Cap int
	// Flat: the value is an object, and its only field stands in its place.
	Flat bool
	// Enum has pairs: a value as it was fetched, and what to write for it.
	Enum []string
	// Quote writes a number as a string.
	Quote bool
	// Default is raw JSON to write instead of null.
	Default string
}

// Guard is an or of ands over Choice.Conditions; nil is true.
type Guard []Literals

// Literals is an and: every condition in Set holds and none in Clear.
type Literals struct {
	Set, Clear uint64
}

// Block is one @defer block.
type Block struct {
	Parent int
	Label  string
	Path   []string
	Needs  []int
	Data   Object
	Guard  Guard
}

// Denied is a place authorization removed. Path are response names, without
// list indices; a removed fragment adds "... on Type". Requirement indexes the
// requirements of the client's graph; Guard is when the place is asked for.
type Denied struct {
	Path        []string
	Requirement int
	Guard       Guard
}

// Metrics sum up a plan. Work counts planning work units.
type Metrics struct {
	Requests, Rounds, Subgraphs, Work int
	Approximate                       bool
}

// Holds reports whether the member stands in the answer under conditions, as
// far as these decide.
func (f *Field) Holds(conditions uint64) bool {
	return f.Guard.Holds(conditions) && (f.Unless == nil || !f.Unless.Holds(conditions))
}

// Holds reports whether the guard is true under conditions.
func (g Guard) Holds(conditions uint64) bool {
	if g == nil {
		return true
	}
	for _, l := range g {
		if conditions&l.Set == l.Set && conditions&l.Clear == 0 {
			return true
		}
	}
	return false
}
