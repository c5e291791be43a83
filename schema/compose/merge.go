package compose

// supergraph is the schema under construction; phase 5's own.
type supergraph struct{}

func (c *composition) merge() {}
