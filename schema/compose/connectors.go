package compose

import "fmt"

// Composition does not know connectors: it carries their directives. What they
// mean is told by the caller, who is asked here.

// checkCarried has the connectors of a sound subgraph checked.
func (c *composition) checkCarried(s *subgraph) {
	if c.options.Check == nil {
		return
	}
	for _, f := range s.links.features {
		switch {
		case !carriedFeature(f.identity):
			continue
		case s.fed1:
			c.fail(InvalidLinkDirectiveUsage, "", fmt.Sprintf(
				"Connectors need federation 2, which the schema does not link. Add @link(url: %s, import: [\"@key\"]).", quote(federationIdentity+"/v2.12")),
				place{s, f.pos})
			return
		default:
			c.ask(s)
			return
		}
	}
}

// checkVersions has a subgraph checked that links a version of connectors that
// composition does not know. Its directives are unknown then, and everything
// else that would be said about them is noise. It reports whether there were
// errors.
func (c *composition) checkVersions(s *subgraph) bool {
	if c.options.Check == nil {
		return false
	}
	before := len(c.result.Errors)
	for _, f := range s.links.features {
		if f.spec == nil && carriedFeature(f.identity) {
			c.ask(s)
			break
		}
	}
	return len(c.result.Errors) > before
}

// ask lets the caller check a subgraph.
func (c *composition) ask(s *subgraph) {
	in := c.inputs[s.index]
	in.File = s.file
	c.report(c.options.Check(in))
}

// extend lets the caller put its rows into the graph.
func (c *composition) extend() {
	if c.options.Extend == nil || c.result.Graph == nil {
		return
	}
	graph, found := c.options.Extend(c.result.Graph)
	if c.report(found); graph != nil {
		c.result.Graph = graph
	}
}

// report adds what the caller found.
func (c *composition) report(found []Diagnostic) {
	for _, d := range found {
		d.Message = sentence(d.Message)
		if d.Locations == nil {
			d.Locations = []Location{}
		}
		if d.Severity == SeverityError {
			c.result.Errors = append(c.result.Errors, d)
			continue
		}
		c.result.Hints = append(c.result.Hints, d)
	}
}
