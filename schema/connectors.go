package schema

// Connector is what the planner has to know of a connector: a request to a
// backend that answers one field, or enters one type, and yields what Select
// says and nothing more.
type Connector struct {
	// ID names it in plans: plan.Set.Lookup.
	ID string
	// Subgraph is the registered subgraph that declares it.
	Subgraph int
	// Type is the type it enters with Key, or the root type of Field. Field is
	// the field it answers; NoField for a connector that enters the type itself.
	Type  TypeID
	Field FieldID
	// Key is what it must be asked with (GraphQL selection, without braces); ""
	// for a root field.
	Key string
	// Select is what its answer holds below Field or, without one, below Type
	// (GraphQL selection, without braces); "" for a leaf field.
	Select string
	// Batch is how many keys go in one backend request: 1 means one each, 0 any
	// number.
	Batch int
}
