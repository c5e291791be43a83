package bff

import "github.com/weftql/weft/bff/overlay"

// lay puts the client's own names and shapes over the contract.
func (b *builder) lay(p *Profile, s *source) error {
	if s.overlay == nil || len(tokens(s.overlay.content)) == 0 {
		return nil
	}
	o, err := overlay.Compile(p.Contract, s.overlay.file, []byte(s.overlay.content))
	if err != nil {
		return err
	}
	p.overlay, p.View = o, o.View
	return nil
}

// derived returns the fields that the profile's overlay makes.
func (p *Profile) derived() []overlay.Derived {
	if p.overlay == nil {
		return nil
	}
	return p.overlay.Derived
}
