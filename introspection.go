package weft

import (
	"github.com/weftql/weft/schema"
	"github.com/weftql/weft/schema/introspect"
	"github.com/weftql/weft/subgraphs"
)

// introspection is the source that answers __schema and __type over a view.
func introspection(v *schema.View) subgraphs.Source { return introspect.New(v) }
