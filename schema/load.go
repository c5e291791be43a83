package schema

import "errors"

// Load reads a supergraph SDL.
func Load(sdl string) (*Supergraph, error) {
	return nil, errors.New("schema: not implemented")
}
