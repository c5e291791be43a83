package bff

import (
	"cmp"
	"net/http"
	"slices"

	"github.com/weftql/weft/bff/rest"
	"github.com/weftql/weft/config"
	"github.com/weftql/weft/fault"
)

// faces makes the REST endpoints of a profile. What is wrong with a face carries
// its place in the operation's file.
func (b *builder) faces(p *Profile) fault.List {
	c := &p.Config
	o := rest.Options{
		Profile: p.Name, Prefix: cmp.Or(c.REST.Prefix, "/"+p.Name), View: p.View, Operations: p.Operations,
		MaxBodyBytes: int64(cmp.Or(c.Limits.Document.MaxBody, b.Limits.Document.MaxBody)),
		MaxURLBytes:  int(cmp.Or(c.Limits.Document.MaxURL, b.Limits.Document.MaxURL)),
		Owner:        c.Owner, NoOpenAPI: !c.REST.OpenAPI, DropNulls: c.Shape.DropNulls, Now: b.Now,
	}
	o.Security, o.OtherQuery = b.security(c)
	o.Credentials = b.credentials()
	o.Anonymous = !b.Auth.Require && !requires(c)
	if p.overlay != nil {
		o.Vary = p.overlay.Varies()
	}
	for i := range p.versions {
		if v := &p.versions[i]; v.path == "" {
			o.Lifecycle = v.life
		}
	}
	if !slices.ContainsFunc(p.Operations, func(op *rest.Operation) bool { return op.REST != nil }) && !c.REST.OpenAPI {
		return nil
	}
	endpoints, err := rest.New(o)
	p.endpoints, p.face = endpoints, o
	return fault.Of(err)
}

// security is how a profile's clients authenticate, and in which parameters of
// a URL they may do it.
func (b *builder) security(c *config.BFF) (ways []rest.Security, query []string) {
	for i := range b.Auth.Authenticators {
		a := &b.Auth.Authenticators[i]
		if len(c.Auth.Authenticators) > 0 && !slices.Contains(c.Auth.Authenticators, a.Named()) {
			continue
		}
		switch {
		case a.JWT != nil:
			ways = append(ways, rest.Security{Name: a.Named()})
			for _, source := range a.JWT.Sources {
				if source.Query != "" {
					query = append(query, source.Query)
				}
			}
		case a.APIKey != nil:
			if a.APIKey.Query != "" {
				query = append(query, a.APIKey.Query)
			}
			if a.APIKey.Header != "" || a.APIKey.Cookie+a.APIKey.Query+a.APIKey.WSInit == "" {
				ways = append(ways, rest.Security{Name: a.Named(), Header: cmp.Or(a.APIKey.Header, "x-api-key")})
			}
		}
	}
	return ways, query
}

// credentials are the headers that say who asks, whichever of them a profile
// takes.
func (b *builder) credentials() []string {
	var names []string
	add := func(name string) {
		if name = http.CanonicalHeaderKey(name); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	for i := range b.Auth.Authenticators {
		switch a := &b.Auth.Authenticators[i]; {
		case a.JWT != nil:
			if len(a.JWT.Sources) == 0 {
				add("Authorization")
			}
			for _, source := range a.JWT.Sources {
				if source.Header != "" {
					add(source.Header)
				}
				if source.Cookie != "" {
					add("Cookie")
				}
			}
		case a.APIKey != nil:
			if a.APIKey.Cookie != "" {
				add("Cookie")
			}
			if a.APIKey.Header != "" || a.APIKey.Cookie+a.APIKey.Query+a.APIKey.WSInit == "" {
				add(cmp.Or(a.APIKey.Header, "x-api-key"))
			}
		}
	}
	return names
}

// Endpoints are the profile's REST face, empty without one. They are shared.
func (p *Profile) Endpoints() []rest.Endpoint { return p.endpoints }

// Face is what the endpoints were made from, for those that describe them.
func (p *Profile) Face() rest.Options { return p.face }

// Paths returns where GraphQL is served beside the graph's own path: the paths
// that profiles match by, sorted.
func (p *Profiles) Paths() []string {
	var paths []string
	for _, profile := range p.list {
		for i := range profile.entries {
			if path := profile.entries[i].path; path != "" && path != "/" {
				paths = append(paths, path)
			}
		}
	}
	slices.Sort(paths)
	return slices.Compact(paths)
}
