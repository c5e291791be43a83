package weft

import (
	"context"

	"github.com/weftql/weft/schema"
)

// ReadSupergraph reads the schemas the options name, and composes them if there
// are several, without starting anything: for tools. Errors are those of New
// about schemas.
func ReadSupergraph(ctx context.Context, o *Options) (*schema.Supergraph, error) {
	texts, err := readGraph(ctx, o, nil)
	if err != nil {
		return nil, err
	}
	return texts.load()
}
