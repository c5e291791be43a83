package bff

// derivedField is a field that an overlay makes.
type derivedField struct{ Type, Field, Source string }

// derived returns the fields that the profile's overlay makes.
func (p *Profile) derived() []derivedField { return nil }
