package config

// Directives are what becomes of fields a client has no right to.
type Directives struct{}

// Policies are what the names in @policy stand for.
type Policies struct{}
