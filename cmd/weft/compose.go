package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/weftql/weft"
	"github.com/weftql/weft/schema/compose"
)

func composeCommand() *cobra.Command {
	var in inputs
	var output, form string
	c := &cobra.Command{
		Use: "compose", Short: "Compose subgraph schemas into a supergraph",
		Long: `Compose subgraph schemas into a supergraph, or say what keeps them apart:

  weft compose --subgraph accounts=accounts.graphql --subgraph products=http://127.0.0.1:4002/graphql -o supergraph.graphql
  weft compose --config weft.yaml --format json`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := format(form, "text", "json"); err != nil {
				return err
			}
			settings, err := in.load()
			if err != nil {
				return err
			}
			if len(settings.Subgraphs.List) == 0 {
				return &usageError{errors.New("name the subgraphs with --config or --subgraph")}
			}
			schemas, err := weft.ReadSubgraphs(c.Context(), weft.FromConfig(settings, false).Subgraphs)
			if err != nil {
				return err
			}
			result := weft.Compose(schemas)
			if form == "json" {
				return printJSON(c.OutOrStdout(), result, output)
			}
			return printText(c.OutOrStdout(), c.ErrOrStderr(), result, output)
		},
	}
	in.flags(c, false)
	c.Flags().StringVarP(&output, "output", "o", "", "file to write the supergraph to (default standard output)")
	c.Flags().StringVar(&form, "format", "text", "text or json")
	return c
}

// printText writes the supergraph, and hints and errors as diagnostics.
func printText(stdout, stderr io.Writer, r *compose.Result, output string) error {
	for i := range r.Hints {
		if d := &r.Hints[i]; d.Severity != compose.SeverityDebug {
			fmt.Fprintf(stderr, "%s: %s: %s\n", d.Severity, d.Code, weft.Describe(d))
		}
	}
	for i := range r.Errors {
		fmt.Fprintf(stderr, "error: %s: %s\n", r.Errors[i].Code, weft.Describe(&r.Errors[i]))
	}
	if !r.OK() {
		count := strconv.Itoa(len(r.Errors)) + " errors"
		if len(r.Errors) == 1 {
			count = "1 error"
		}
		fmt.Fprintln(stderr, count+", no supergraph")
		return reported{exitInput}
	}
	return write(stdout, output, r.Supergraph)
}

// composeJSON is the output of --format json. Lists are never null.
type composeJSON struct {
	OK         bool                 `json:"ok"`
	Errors     []compose.Diagnostic `json:"errors"`
	Hints      []compose.Diagnostic `json:"hints"`
	Supergraph string               `json:"supergraph"`
	API        string               `json:"api"`
}

func printJSON(stdout io.Writer, r *compose.Result, output string) error {
	out := composeJSON{OK: r.OK(), Errors: r.Errors, Hints: r.Hints, Supergraph: r.Supergraph, API: r.API}
	if out.Errors == nil {
		out.Errors = []compose.Diagnostic{}
	}
	if out.Hints == nil {
		out.Hints = []compose.Diagnostic{}
	}
	if err := encode(stdout, out); err != nil {
		return err
	}
	if !r.OK() {
		return reported{exitInput}
	}
	if output == "" {
		return nil
	}
	return write(stdout, output, r.Supergraph)
}

// encode prints indented JSON and leaves < and > readable.
func encode(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

// write puts a text into a file, or on stdout.
func write(stdout io.Writer, file, text string) error {
	if file == "" {
		_, err := io.WriteString(stdout, text)
		return err
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		return &environmentError{err}
	}
	return nil
}
