package compose

// finish returns the result.
func (c *composition) finish() *Result {
	if c.result.Errors == nil {
		c.result.Errors = []Diagnostic{}
	}
	if c.result.Hints == nil {
		c.result.Hints = []Diagnostic{}
	}
	if len(c.result.Errors) > 0 {
		c.result.Supergraph, c.result.API, c.result.Graph = "", "", nil
	}
	return &c.result
}
