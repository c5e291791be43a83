package rest

import (
	"time"

	"github.com/vektah/gqlparser/v2/ast"
)

// Operation is one operation of a client profile's folder, read from its file.
// It is immutable once loaded and shared.
type Operation struct {
	Name string
	Kind ast.Operation
	// Document is the text to run: the file's, with the fragments it uses and
	// without the directives that are for the gateway.
	Document string
	// ID is the lower-case hex SHA-256 of Document: what a client sends instead of
	// it.
	ID string
	// File is where it stands, Line the line of the operation in it.
	File string
	Line int
	// Description is the operation's own, or that of the file.
	Description string
	// REST is its path, nil if it has none.
	REST *Face
	// Cache says how long an answer stays true, nil if nothing does.
	Cache *Cache
	// Scopes of @auth: one of the lists must be held in full. Empty asks for none.
	Scopes [][]string
	// Owner is the team of @owner, "" the profile's.
	Owner string
	Lifecycle
	// Definition is the operation in Query; its VariableDefinitions carry the
	// directives of the file.
	Definition *ast.OperationDefinition
	// Query is the document as parsed from the file and those of its fragments,
	// with the positions there (Position.Src names the file).
	Query *ast.QueryDocument
}

// Face is @rest: where an operation is found.
type Face struct {
	// Method is GET, POST, PUT, PATCH or DELETE.
	Method string
	// Path begins with / and follows the profile's prefix; {name} is a variable.
	Path string
	// Status of an answer without errors; 0 is 200.
	Status int
	// Unwrap is the response name, or several with dots between, whose value
	// stands for the data; "" is all of it.
	Unwrap string
	// Body names the variable that the whole request body is; the others then
	// come by path and query. "" leaves it to the rule in [New].
	Body string
	// Line and Column of the directive in Operation.File.
	Line, Column int
}

// Cache is @cache: how long an answer without errors stays true.
type Cache struct {
	TTL time.Duration
	// Public lets caches keep the answer that several clients share: it is the
	// same for all of them.
	Public bool
	// Stale is how long past TTL an answer may be shown while a new one is fetched.
	Stale time.Duration
}

// Lifecycle is how far a thing is on its way out. Zero times are unset.
type Lifecycle struct {
	// Deprecated is since when, Reason why.
	Deprecated time.Time
	Reason     string
	// Sunset is from when on there are no more answers.
	Sunset time.Time
	// Successor is the URL of what to use instead.
	Successor string
}
