package subgraphs

import "slices"

// Outgoing returns what a request carries besides its source's own headers:
// Header, and behind it Trace, which takes the place of lines of the same names
// that a client sent.
func (r *Request) Outgoing() []Header {
	if len(r.Trace) == 0 {
		return r.Header
	}
	all := make([]Header, 0, len(r.Header)+len(r.Trace))
	for _, h := range r.Header {
		if !slices.ContainsFunc(r.Trace, func(t Header) bool { return t.Name == h.Name }) {
			all = append(all, h)
		}
	}
	return append(all, r.Trace...)
}

// requestID returns the line that names the client's request, unless rules send
// one of that name; without one Value is "".
func (s *HTTPSource) requestID(req *Request) Header {
	name := s.options.RequestID
	if name == "" || req.Caller == nil || collected(req.Header, name) {
		return Header{}
	}
	return Header{Name: name, Value: req.Caller.RequestID}
}
