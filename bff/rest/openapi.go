package rest

import "net/http"

// Security is one way to authenticate, as OpenAPI describes it.
type Security struct {
	// Name in the document. Bearer is a token in Authorization, otherwise Header
	// names the header that carries a key.
	Name   string
	Bearer bool
	Header string
}

// OpenAPI returns the OpenAPI 3.1 document of a profile's endpoints as JSON. Its
// errors are those of New.
func OpenAPI(o Options) ([]byte, error) {
	o = o.withDefaults()
	routes, err := compile(o)
	if err != nil {
		return nil, err
	}
	return describe(o, routes)
}

// documentHandler serves the document.
func documentHandler(document []byte) http.Handler {
	tag := etag(document)
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		header := w.Header()
		header.Set("ETag", tag)
		header.Set("Cache-Control", "no-cache")
		if matches(req.Header["If-None-Match"], tag) {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		_ = write(w, req, jsonMedia, http.StatusOK, document) // a client that went away is nobody's failure
	})
}
