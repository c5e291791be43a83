package connectors

import (
	"slices"

	"github.com/weftql/weft/connectors/mapping"
	"github.com/weftql/weft/connectors/spec"
)

// needs says which variables a connector's mappings use, so that only those are
// made.
type needs struct {
	args, this, batch, config, context, status bool

	env      members
	request  members // of $request.headers
	response members // of $response.headers
	trailers members // of $response.trailers
	// from are the client's headers that are copied.
	from []string
}

// members of an object that are used: some, or all of them.
type members struct {
	used, all bool
	names     []string // sorted
}

func (m *members) add(path []string) {
	m.used = true
	if len(path) == 0 {
		m.all = true
		return
	}
	if i, found := slices.BinarySearch(m.names, path[0]); !found {
		m.names = slices.Insert(m.names, i, path[0])
	}
}

// gather notes what all mappings of a connector and its source use.
func (n *needs) gather(c *spec.Connector) {
	if c.HTTP != nil {
		n.template(c.HTTP.URL)
		n.headers(c.HTTP.Headers)
		n.mappings(c.HTTP.Body, c.HTTP.Path, c.HTTP.QueryParams)
	}
	if c.GRPC != nil {
		n.mappings(c.GRPC.Request)
		n.headers(c.GRPC.Metadata)
	}
	if s := c.Source; s != nil && s.HTTP != nil {
		n.template(s.HTTP.BaseURL)
		n.headers(s.HTTP.Headers)
		n.mappings(s.HTTP.Path, s.HTTP.QueryParams)
	}
	if s := c.Source; s != nil && s.GRPC != nil {
		n.headers(s.GRPC.Metadata)
	}
	n.mappings(c.Selection, c.Errors.Message, c.Errors.Extensions, c.IsSuccess)
	if s := c.Source; s != nil {
		n.mappings(s.Errors.Message, s.Errors.Extensions, s.IsSuccess)
	}
}

func (n *needs) template(t *mapping.Template) {
	if t != nil {
		n.uses(t.Uses())
	}
}

func (n *needs) mappings(list ...*mapping.Mapping) {
	for _, m := range list {
		if m != nil {
			n.uses(m.Uses())
		}
	}
}

func (n *needs) headers(list []spec.Header) {
	for i := range list {
		if list[i].From != "" {
			n.from = append(n.from, list[i].From)
			continue
		}
		n.template(list[i].Value)
	}
}

func (n *needs) uses(list []mapping.Use) {
	for i := range list {
		u := &list[i]
		switch u.Variable {
		case "$args":
			n.args = true
		case "$this":
			n.this = true
		case "$batch":
			n.batch = true
		case "$config":
			n.config = true
		case "$context":
			n.context = true
		case "$status":
			n.status = true
		case "$env":
			n.env.add(u.Path)
		case "$request":
			below(u.Path, "headers", &n.request)
		case "$response":
			below(u.Path, "headers", &n.response)
			below(u.Path, "trailers", &n.trailers)
		}
	}
}

// below adds what a path reads of a member of a variable.
func below(path []string, member string, m *members) {
	switch {
	case len(path) == 0:
		m.add(nil)
	case path[0] == member:
		m.add(path[1:])
	}
}
