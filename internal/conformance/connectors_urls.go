package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/weftql/weft/connectors/mapping"
	"github.com/weftql/weft/connectors/restapi"
	"github.com/weftql/weft/connectors/spec"
)

// urlVector is one of the vectors for addresses of REST requests.
type urlVector struct {
	ID, Feature, Title, Spec string
	URL                      struct{ Source, Connect, SourcePath, ConnectPath, SourceQueryParams, ConnectQueryParams string }
	Vars                     map[string]json.RawMessage
	Expect                   urlExpectation
}

// urlExpectation is a URL and how many problems making it reports, or that the
// templates do not parse, or that nothing is sent.
type urlExpectation struct {
	URI               string
	Warnings          int
	ParseError, Error bool
}

// runURLVectors adds the vectors of a JSON list to r.
func runURLVectors(s *settings, r *report, urls json.RawMessage) error {
	var vectors []urlVector
	if err := json.Unmarshal(urls, &vectors); err != nil {
		return fmt.Errorf("urls: %w", err)
	}
	for i := range vectors {
		v := &vectors[i]
		name := v.ID + " " + v.Title
		if s.run.MatchString(name) {
			r.add(name, v.check(), "")
		}
	}
	return nil
}

// check returns why a vector fails, "" if it passes.
func (v *urlVector) check() string {
	got := v.make()
	if got != v.Expect {
		return fmt.Sprintf("want %+v, got %+v", v.Expect, got)
	}
	return ""
}

func (v *urlVector) make() urlExpectation {
	c, err := v.connector()
	if err != nil {
		return urlExpectation{ParseError: true}
	}
	var vars mapping.Vars
	for _, name := range slices.Sorted(maps.Keys(v.Vars)) {
		vars = append(vars, mapping.Var{Name: name, JSON: v.Vars[name]})
	}
	var problems mapping.Problems
	uri, err := restapi.URL(c, vars, &problems)
	if err != nil {
		return urlExpectation{Error: true}
	}
	return urlExpectation{URI: uri, Warnings: len(problems.List())}
}

func (v *urlVector) connector() (*spec.Connector, error) {
	p := mappingParser{version: mappingVersions[v.Spec]}
	c := &spec.Connector{HTTP: &spec.HTTP{Method: "GET", URL: p.template(v.URL.Connect), Path: p.mapping(v.URL.ConnectPath),
		QueryParams: p.mapping(v.URL.ConnectQueryParams)}}
	if v.URL.Source != "" {
		c.Source = &spec.Source{Name: "source", HTTP: &spec.HTTPSource{BaseURL: p.template(v.URL.Source),
			Path: p.mapping(v.URL.SourcePath), QueryParams: p.mapping(v.URL.SourceQueryParams)}}
	}
	return c, errors.Join(p.errs...)
}

// mappingParser collects what does not parse.
type mappingParser struct {
	version mapping.Version
	errs    []error
}

func (p *mappingParser) template(text string) *mapping.Template {
	t, err := mapping.ParseTemplate(text, p.version)
	if err != nil {
		p.errs = append(p.errs, err)
	}
	return t
}

// mapping returns nil for no text.
func (p *mappingParser) mapping(text string) *mapping.Mapping {
	if text == "" {
		return nil
	}
	m, err := mapping.Parse(text, p.version)
	if err != nil {
		p.errs = append(p.errs, err)
	}
	return m
}
