package spec

import (
	"strings"

	"github.com/weftql/weft/schema"
)

// FanOut is a connector that is asked once per element of lists, because
// nothing in its subgraph answers its fields for many objects at once.
type FanOut struct {
	Connector *Connector
	// Field is one that costs so much, as Type.field; Lists are the fields of
	// other subgraphs that return many objects of the type.
	Field string
	Lists []string
}

// FanOuts returns the connectors that lists of other subgraphs ask once per
// element, in the order of the connectors. Lists of the connector's own subgraph
// are the business of [Parse].
func FanOuts(g *schema.Supergraph, list []*Subgraph) []FanOut {
	var found []FanOut
	for _, s := range list {
		prices := pricesOf(s.Connectors)
		for _, c := range s.Connectors {
			field := prices.dear(c)
			if field == "" {
				continue
			}
			if lists := listsOf(g, g.TypeNamed(c.Type), s.Index); lists != nil {
				found = append(found, FanOut{Connector: c, Field: field, Lists: lists})
			}
		}
	}
	return found
}

// dear returns a field that only this connector brings, one object a request,
// "" if there is none. Who asks gives the fields of its key.
func (p prices) dear(c *Connector) string {
	key := map[string]bool{}
	for _, name := range strings.Fields(c.Key) {
		key[c.Type+"."+name] = true
	}
	for _, name := range c.yields() {
		if p.single[name] == c && !p.batched[name] && !key[name] {
			return name
		}
	}
	return ""
}

// listsOf returns the fields that return a list of the type and that some other
// subgraph answers.
func listsOf(g *schema.Supergraph, t schema.TypeID, subgraph int) []string {
	var lists []string
	for i := range g.Fields {
		f := &g.Fields[i]
		if t == schema.NoType || f.Result != t || !isList(f.Type) || f.Inaccessible {
			continue
		}
		for j := range f.In {
			in := &f.In[j]
			if s := &g.Subgraphs[in.Subgraph]; in.Subgraph != subgraph && s.Connector == "" && !s.Connected && !in.External {
				lists = append(lists, g.Types[f.Owner].Name+"."+f.Name)
				break
			}
		}
	}
	return lists
}
