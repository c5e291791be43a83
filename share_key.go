package weft

import (
	"encoding/binary"
	"slices"

	"github.com/weftql/weft/caller"
	"github.com/weftql/weft/operation"
	"github.com/weftql/weft/planner/plan"
	"github.com/weftql/weft/subgraphs"
)

// shareKey is what makes two subscriptions one: the compiled plan (which stands
// for snapshot, operation and rights), and the bytes of everything of the
// request that can reach the answer.
type shareKey struct {
	program *program
	inputs  string
	lone    uint64 // not 0 for a subscription that is not shared
}

// identifying is optional on a subgraphs.Source that looks at a caller beside
// the headers its rules chose: it appends all of what it looks at, so that two
// callers with the same bytes may share an answer.
type identifying interface {
	AppendIdentity(dst []byte, c *caller.Caller) []byte
}

// identify is what one source adds to a share's key.
type identify func(dst []byte, c *caller.Caller) []byte

// identifiers returns what the sources of a plan look at. A source that does
// not say is taken to look at everything.
func (s *Snapshot) identifiers(p *plan.Plan) []identify {
	var all []identify
	for _, name := range p.Subgraphs {
		switch source := undecorated(s.sources[name]).(type) {
		case identifying:
			all = append(all, source.AppendIdentity)
		case *subgraphs.HTTPSource:
			if forwardsInit(s.options, name) {
				all = append(all, func(dst []byte, c *caller.Caller) []byte { return append(dst, c.Init...) })
			}
		default:
			if name != "" { // introspection asks nobody
				return []identify{appendCaller}
			}
		}
	}
	return all
}

// undecorated is the source that others stand in front of.
func undecorated(source subgraphs.Source) subgraphs.Source {
	for {
		outer, ok := source.(interface{ Unwrap() subgraphs.Source })
		if !ok {
			return source
		}
		source = outer.Unwrap()
	}
}

func forwardsInit(o *Options, subgraph string) bool {
	for i := range o.Subgraphs {
		if o.Subgraphs[i].Name == subgraph {
			return o.Subgraphs[i].HTTP.Subscriptions.ForwardInit
		}
	}
	return false
}

// shareKey returns the key of the call's subscription.
func (c *call) shareKey(doc *document, p *program) shareKey {
	key := binary.AppendUvarint(nil, c.choice.Conditions)
	for _, value := range c.values {
		if value == nil {
			key = append(key, 0) // not the same as an empty value, which is none
			continue
		}
		key = appendPart(key, value)
	}
	for _, list := range c.headersFor(p) {
		key = binary.AppendUvarint(key, uint64(len(list)))
		for _, h := range list {
			key = appendPart(appendPart(key, h.Name), h.Value)
		}
	}
	for _, identify := range p.identify {
		key = appendPart(key, identify(nil, c.request.Caller))
	}
	key = appendRead(key, doc.operation, c.request.Caller)
	key = appendPart(key, c.verdict.Extensions) // they may say what this caller lacks
	for _, e := range c.verdict.Errors {
		key = appendPart(key, e.Extensions)
	}
	return shareKey{program: p, inputs: string(key)}
}

// appendRead appends what the operation's own expressions look at.
func appendRead(dst []byte, op *operation.Operation, c *caller.Caller) []byte {
	if op.ReadsClient {
		dst = appendPart(appendPart(dst, c.Client.Name), c.Client.Version)
		dst = appendPart(dst, c.Header.Get("Accept-Language"))
	}
	if op.ReadsClaims {
		dst = appendPart(dst, c.Principal.Claims)
	}
	return dst
}

// appendPart appends bytes so that where they end is known.
func appendPart[T ~string | ~[]byte](dst []byte, part T) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(part))), part...)
}

// appendCaller appends everything a source may look at.
func appendCaller(dst []byte, c *caller.Caller) []byte {
	names := make([]string, 0, len(c.Header))
	for name := range c.Header {
		if !ofConnection(name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		dst = appendPart(dst, name)
		dst = binary.AppendUvarint(dst, uint64(len(c.Header[name])))
		for _, value := range c.Header[name] {
			dst = appendPart(dst, value)
		}
	}
	remote, _ := c.Remote.MarshalBinary() // of a netip.Addr, which never fails
	for _, part := range []string{c.Method, c.Host, c.Path, c.RequestID, c.Profile, string(remote), string(c.Init), c.Client.Name, c.Client.Version} {
		dst = appendPart(dst, part)
	}
	if p := c.Principal; p != nil {
		for _, part := range []string{p.Kind, p.Subject, p.Issuer, p.KeyID, p.Tenant, string(p.Claims)} {
			dst = appendPart(dst, part)
		}
		for _, list := range [][]string{p.Scopes, p.Roles} {
			dst = binary.AppendUvarint(dst, uint64(len(list)))
			for _, part := range list {
				dst = appendPart(dst, part)
			}
		}
		dst = binary.AppendVarint(dst, p.Expires.UnixNano())
	}
	if c.TLS != nil {
		for _, certificate := range c.TLS.PeerCertificates {
			dst = appendPart(dst, certificate.Raw)
		}
	}
	return dst
}

// ofConnection reports whether a header differs between any two connections
// and says nothing about who asks.
func ofConnection(name string) bool {
	switch name {
	case "Sec-Websocket-Key", "Sec-Websocket-Extensions", "Sec-Websocket-Version", "Connection", "Upgrade", "Content-Length":
		return true
	}
	return false
}

// cloneValues copies values that stand in a request's buffer.
func cloneValues(v operation.Values) operation.Values {
	copied := make(operation.Values, len(v))
	for i, value := range v {
		if value != nil {
			copied[i] = append([]byte{}, value...)
		}
	}
	return copied
}
