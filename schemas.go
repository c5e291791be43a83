package weft

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/weftql/weft/bff"
	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/schema"
	"github.com/weftql/weft/schema/compose"
	"github.com/weftql/weft/subgraphs"
)

// schemas are the texts one snapshot is made of.
type schemas struct {
	supergraph string          // "" when it is to be composed
	name       string          // what messages call the supergraph
	inputs     []compose.Input // the subgraphs to compose
	files      *bff.Files
	digest     [32]byte // of all of it
}

// readSchemas reads every schema the options name, all at once, and the files of
// the client profiles. It reports every schema that could not be read and is not
// known; what is wrong with a profile's files is for the snapshot to find.
func readSchemas(ctx context.Context, o *Options, k *known) (*schemas, error) {
	texts, err := readGraph(ctx, o, k)
	if err != nil {
		return nil, err
	}
	texts.files = bff.Read(o.BFFs)
	profiles := texts.files.Digest()
	texts.digest = sha256.Sum256(append(texts.digest[:], profiles[:]...))
	return texts, nil
}

func readGraph(ctx context.Context, o *Options, k *known) (*schemas, error) {
	if o.Supergraph.given() {
		text, err := k.read("", o.Supergraph, func() (string, error) { return o.Supergraph.read(ctx, subgraphs.HTTPOptions{}) })
		if err != nil {
			return nil, err
		}
		return &schemas{supergraph: text, name: o.Supergraph.name(), digest: sha256.Sum256([]byte(text))}, nil
	}
	if len(o.Subgraphs) == 0 {
		return nil, &fault.Error{Code: fault.ConfigInvalid, Message: "there is neither a supergraph nor a subgraph"}
	}
	inputs, err := readSubgraphs(ctx, o.Subgraphs, k)
	if err != nil {
		return nil, err
	}
	hash := sha256.New()
	for i := range inputs {
		for _, text := range []string{inputs[i].Name, inputs[i].URL, inputs[i].SDL} {
			part := sha256.Sum256([]byte(text))
			hash.Write(part[:])
		}
	}
	return &schemas{inputs: inputs, digest: [32]byte(hash.Sum(nil))}, nil
}

// ReadSubgraphs reads the SDL of each entry, all at once, and returns what
// composition takes. It returns a fault.List with everything that could not be
// read: SCHEMA_UNAVAILABLE or CONFIG_INVALID.
func ReadSubgraphs(ctx context.Context, entries []Subgraph) ([]compose.Input, error) {
	return readSubgraphs(ctx, entries, nil)
}

func readSubgraphs(ctx context.Context, entries []Subgraph, k *known) ([]compose.Input, error) {
	inputs := make([]compose.Input, len(entries))
	failures := make([]error, len(entries))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(16)
	for i, entry := range entries {
		group.Go(func() error { // ends with the read, which ctx and a timeout bound
			inputs[i] = compose.Input{Name: entry.Name, URL: entry.HTTP.URL, File: entry.Schema.File}
			inputs[i].SDL, failures[i] = k.read(entry.Name, entry.Schema, func() (string, error) { return readSubgraph(ctx, entry) })
			return nil // the others go on: all failures are reported
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	var wrong fault.List
	for _, err := range failures {
		wrong = append(wrong, fault.Of(err)...)
	}
	if len(wrong) > 0 {
		return nil, wrong
	}
	return inputs, nil
}

func readSubgraph(ctx context.Context, entry Subgraph) (string, error) {
	h := entry.HTTP
	h.Name, h.Connections.ConnectTimeout = entry.Name, entry.Connect
	switch {
	case entry.Schema.given():
		return entry.Schema.read(ctx, h)
	case h.URL == "":
		return "", &fault.Error{Code: fault.ConfigInvalid, Message: "subgraph " + entry.Name + " has neither a URL nor a schema"}
	}
	return subgraphs.FetchSDL(ctx, h)
}

// read returns the text. A URL that names a document is read with GET, any
// other is asked as a subgraph.
func (s Schema) read(ctx context.Context, h subgraphs.HTTPOptions) (string, error) {
	switch {
	case s.Text != "":
		return s.Text, nil
	case s.File != "":
		text, err := os.ReadFile(s.File)
		if err != nil {
			return "", unreadable(s.File, err)
		}
		if len(bytes.TrimSpace(text)) == 0 {
			// Most likely somebody is writing it: a graph without the subgraph
			// would compose, and refuse its clients.
			return "", unreadable(s.File, errors.New("the file is empty"))
		}
		return string(text), nil
	}
	isSubgraph := h.Name != ""
	h.URL = s.URL
	if isSubgraph && !subgraphs.IsDocumentURL(s.URL) {
		return subgraphs.FetchSDL(ctx, h)
	}
	return subgraphs.FetchText(ctx, h)
}

// name is what messages call the schema.
func (s Schema) name() string {
	switch {
	case s.File != "":
		return s.File
	case s.URL != "":
		return subgraphs.Redacted(s.URL)
	}
	return "supergraph"
}

func unreadable(file string, err error) *fault.Error {
	var path *os.PathError
	if errors.As(err, &path) {
		err = path.Err
	}
	return &fault.Error{Code: fault.SchemaUnavailable, Message: file + ": " + err.Error(), Cause: err}
}

// load composes or loads the supergraph. Composition's errors come as faults
// whose message starts with file:line:column.
func (t *schemas) load() (*schema.Supergraph, error) {
	if t.inputs == nil {
		graph, err := LoadSupergraph(t.supergraph)
		return graph, Located(t.name, err)
	}
	result := Compose(t.inputs)
	if result.OK() {
		return result.Graph, nil
	}
	list := make(fault.List, 0, len(result.Errors))
	for i := range result.Errors {
		list = append(list, &fault.Error{Code: result.Errors[i].Code, Message: Describe(&result.Errors[i])})
	}
	return nil, list
}

// Located puts the file, and where known line and column, in front of the
// messages of err, which are about a text in that file. Located of nil is nil.
func Located(file string, err error) error {
	if err == nil {
		return nil
	}
	var list fault.List
	for _, f := range fault.Of(err) {
		told := *f
		told.Message = place(compose.Location{File: file}) + ": " + f.Message
		if len(f.Locations) > 0 {
			at := f.Locations[0]
			told.Message = place(compose.Location{File: file, Line: at.Line, Column: at.Column}) + ": " + f.Message
		}
		list = append(list, &told)
	}
	return list
}

// Describe returns a diagnostic as one paragraph: its first place, its message,
// and on lines of their own the other places, the facts it rests on, a query
// that shows it and what would mend it.
func Describe(d *compose.Diagnostic) string {
	var b strings.Builder
	for i, l := range d.Locations {
		if i == 1 {
			break
		}
		b.WriteString(place(l) + ": ")
	}
	b.WriteString(d.Message)
	for i := 1; i < len(d.Locations); i++ {
		b.WriteString("\n  also " + place(d.Locations[i]))
	}
	bullets(&b, "because", d.Because)
	if d.Example != "" {
		b.WriteString("\n  for example: " + d.Example)
	}
	bullets(&b, "to mend it, one of", d.Fix)
	return b.String()
}

func bullets(b *strings.Builder, title string, items []string) {
	for i, item := range items {
		if i == 0 {
			b.WriteString("\n  " + title + ":")
		}
		b.WriteString("\n    - " + item)
	}
}

func place(l compose.Location) string {
	file := l.File
	if file == "" {
		file = l.Subgraph
	}
	if l.Line == 0 {
		return file
	}
	return file + ":" + strconv.Itoa(l.Line) + ":" + strconv.Itoa(l.Column)
}
