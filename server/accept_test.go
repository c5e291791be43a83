package server

import "testing"

func TestChoose(t *testing.T) {
	for accept, want := range map[string]media{
		"":                                  legacyJSON,
		"*/*":                               legacyJSON,
		"application/*":                     legacyJSON,
		"application/json":                  legacyJSON,
		"Application/JSON":                  legacyJSON,
		"text/html":                         noMedia,
		"application/xml, */*":              legacyJSON,
		"application/graphql-response+json": graphqlJSON,
		"application/graphql+json":          graphqlJSON,
		"APPLICATION/GraphQL-Response+JSON ; q=0.5":                                                                         graphqlJSON,
		"application/graphql-response+json,application/json;q=0.9":                                                          graphqlJSON,
		"application/graphql-response+json; charset=utf-8, application/json; charset=utf-8":                                 graphqlJSON,
		"application/json, application/graphql-response+json":                                                               legacyJSON,
		"application/json;q=0.9, application/graphql-response+json":                                                         graphqlJSON,
		"application/json;q=0, */*":                                                                                         graphqlJSON,
		"application/json;q=0":                                                                                              noMedia,
		"application/json;q=0.000":                                                                                          noMedia,
		"application/graphql-response+json;q=0, application/json":                                                           legacyJSON,
		"application/graphql-response+json;q=0.2, */*;q=0.1":                                                                graphqlJSON,
		"application/json;q=2, application/graphql-response+json;q=0.1":                                                     graphqlJSON,
		"text/event-stream, multipart/mixed":                                                                                noMedia,
		"multipart/mixed;boundary=graphql;subscriptionSpec=1.0,application/graphql-response+json,application/json;q=0.9":    graphqlJSON,
		`multipart/mixed;x="a,b;\"";q=1, application/json`:                                                                  legacyJSON,
		"application/graphql-response+json, application/graphql+json, application/json, text/event-stream, multipart/mixed": graphqlJSON,
		"application/json; charset=latin1":                                                                                  noMedia,
		";;;, application/json":                                                                                             legacyJSON,
		",,":                                                                                                                legacyJSON,
	} {
		if got := choose([]string{accept}); got != want {
			t.Errorf("%q: got %d, want %d", accept, got, want)
		}
	}
	if got := choose([]string{"text/html", "application/graphql-response+json"}); got != graphqlJSON {
		t.Errorf("two lines: got %d", got)
	}
	if got := choose(nil); got != legacyJSON {
		t.Errorf("none: got %d", got)
	}
}

func TestPrefersHTML(t *testing.T) {
	for accept, want := range map[string]bool{
		"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8": true,
		"*/*":                               false,
		"application/json, text/html":       false,
		"text/html, application/json":       true,
		"text/html;q=0.5, application/json": false,
		"text/html;q=0":                     false,
		"":                                  false,
	} {
		if got := prefersHTML([]string{accept}); got != want {
			t.Errorf("%q: %v", accept, got)
		}
	}
}
