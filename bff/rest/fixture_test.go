package rest

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/formatter"
	"github.com/vektah/gqlparser/v2/parser"

	"github.com/weftql/weft/schema"
	"github.com/weftql/weft/schema/compose"
)

// shop is the schema of testdata/shop.graphql as clients see it.
func shop(t testing.TB) *schema.View {
	t.Helper()
	sdl, err := os.ReadFile("testdata/shop.graphql")
	if err != nil {
		t.Fatal(err)
	}
	return viewOf(t, string(sdl))
}

func viewOf(t testing.TB, sdl string) *schema.View {
	t.Helper()
	result := compose.Compose([]compose.Input{{Name: "shop", URL: "http://127.0.0.1:1", SDL: sdl}}, compose.Options{})
	if !result.OK() {
		t.Fatal(result.Errors)
	}
	graph, err := schema.Load(result.Supergraph)
	if err != nil {
		t.Fatal(err)
	}
	return graph.API
}

// read makes an operation of a file, as package bff does, without its checks.
func read(t testing.TB, file, text string) *Operation {
	t.Helper()
	query, err := parser.ParseQuery(&ast.Source{Name: file, Input: text})
	if err != nil {
		t.Fatal(err)
	}
	definition := query.Operations[0]
	op := &Operation{
		Name: definition.Name, Kind: definition.Operation, File: file, Line: definition.Position.Line,
		Description: definition.Description, Definition: definition, Query: query,
		Lifecycle: Lifecycle{Deprecated: day(argument(definition, "deprecated", "since")), Reason: argument(definition, "deprecated", "reason"),
			Sunset: day(argument(definition, "sunset", "date")), Successor: argument(definition, "sunset", "link")},
	}
	if d := definition.Directives.ForName("rest"); d != nil {
		op.REST = &Face{Method: argument(definition, "rest", "method"), Path: argument(definition, "rest", "path"),
			Unwrap: argument(definition, "rest", "unwrap"), Body: argument(definition, "rest", "body"),
			Line: d.Position.Line, Column: d.Position.Column}
		if status := d.Arguments.ForName("status"); status != nil {
			op.REST.Status = int(integer(status.Value.Raw))
		}
	}
	if definition.Directives.ForName("cache") != nil {
		ttl, _ := time.ParseDuration(argument(definition, "cache", "ttl"))
		stale, _ := time.ParseDuration(argument(definition, "cache", "swr"))
		op.Cache = &Cache{TTL: ttl, Stale: stale, Public: argument(definition, "cache", "scope") == "PUBLIC"}
	}
	if scope := argument(definition, "auth", "scope"); scope != "" {
		op.Scopes = [][]string{{scope}}
	}
	op.Document = plain(t, text)
	sum := sha256.Sum256([]byte(op.Document))
	op.ID = hex.EncodeToString(sum[:])
	return op
}

func integer(text string) int64 {
	var n int64
	for _, c := range text {
		n = n*10 + int64(c-'0')
	}
	return n
}

func argument(def *ast.OperationDefinition, directive, name string) string {
	d := def.Directives.ForName(directive)
	if d == nil || d.Arguments.ForName(name) == nil {
		return ""
	}
	return d.Arguments.ForName(name).Value.Raw
}

func day(text string) time.Time {
	at, _ := time.Parse(time.DateOnly, text) // "" is none
	return at
}

// plain is the document without the directives of the gateway.
func plain(t testing.TB, text string) string {
	t.Helper()
	query, err := parser.ParseQuery(&ast.Source{Input: text})
	if err != nil {
		t.Fatal(err)
	}
	query.Operations[0].Directives = nil
	for _, v := range query.Operations[0].VariableDefinitions {
		v.Directives = nil
	}
	var b strings.Builder
	formatter.NewFormatter(&b).FormatQueryDocument(query)
	return b.String()
}
