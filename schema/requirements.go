package schema

// Requirement is what a caller must bring to see an element: all that one
// Alternative asks for. It is what @authenticated, @requiresScopes and @policy
// on the element mean together.
type Requirement []Alternative

// Alternative is met by a caller who is authenticated, if that is asked for,
// has all Scopes, and whom all Policies let pass. Scopes ask for authentication
// too: nobody else has any.
type Alternative struct {
	Authenticated    bool
	Scopes, Policies []string // sorted
}
