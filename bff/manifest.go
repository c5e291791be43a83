package bff

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strconv"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"

	"github.com/weftql/weft/bff/rest"
	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/operation"
)

// manifestFormat is what Apollo's tools write into theirs.
const manifestFormat = "apollo-persisted-query-manifest"

// manifest is the file by which client builds tell their operations.
type manifest struct {
	Format     string            `json:"format"`
	Version    int               `json:"version"`
	Operations []manifestElement `json:"operations"`
}

type manifestElement struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Type string `json:"type"`
	Body string `json:"body"`
}

// Manifest returns the profile's operations as a manifest in Apollo's format.
func (p *Profile) Manifest() []byte {
	m := manifest{Format: manifestFormat, Version: 1, Operations: []manifestElement{}}
	for _, o := range p.Operations {
		m.Operations = append(m.Operations, manifestElement{ID: o.ID, Name: o.Name, Type: string(o.Kind), Body: o.Document})
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	_ = e.Encode(m) // texts alone cannot fail
	return b.Bytes()
}

// readManifest takes Apollo's format, or an object from id to text.
func readManifest(content string) ([]manifestElement, error) {
	var m manifest
	err := json.Unmarshal([]byte(content), &m)
	if err == nil && m.Format == manifestFormat {
		if m.Version != 1 {
			return nil, errors.New("is a manifest of version " + strconv.Itoa(m.Version) + ", and only 1 is known")
		}
		return m.Operations, nil
	}
	var byID map[string]string
	if err := json.Unmarshal([]byte(content), &byID); err != nil {
		return nil, errors.New("is neither a manifest in Apollo's format nor a JSON object from id to text")
	}
	var list []manifestElement
	for id, body := range byID {
		list = append(list, manifestElement{ID: id, Body: body})
	}
	slices.SortFunc(list, func(x, y manifestElement) int { return bytes.Compare([]byte(x.ID), []byte(y.ID)) })
	return list, nil
}

// manifest adds the operations of a manifest: known documents, but no names and
// no faces of their own.
func (f *folder) manifest(t *text, k *known) {
	start := &ast.Position{Src: &ast.Source{Name: t.file}, Line: 1, Column: 1}
	list, err := readManifest(t.content)
	if err != nil {
		f.fail(start, err.Error())
		return
	}
	for _, e := range list {
		title := "the operation " + strconv.Quote(e.ID)
		doc, err := parser.ParseQuery(&ast.Source{Name: t.file, Input: e.Body})
		if e.ID == "" || err != nil || len(doc.Operations) != 1 {
			f.fail(start, title+" is not one operation with an id")
			continue
		}
		_, err = f.profile.Prepare(context.Background(), &operation.Request{Document: []byte(e.Body)}, 0)
		for _, wrong := range fault.Of(err) {
			told := inFile(wrong.Code, start, title+": "+wrong.Message)
			f.faults = append(f.faults, told)
		}
		def := doc.Operations[0]
		k.add(&rest.Operation{Name: def.Name, Kind: def.Operation, Document: e.Body, ID: e.ID, File: t.file, Line: 1,
			Owner: f.profile.Config.Owner, Definition: def, Query: doc}, nil)
	}
}
