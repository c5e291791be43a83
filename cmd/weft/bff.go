package main

import (
	"cmp"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/weftql/weft/bff"
	"github.com/weftql/weft/config"
)

func bffCommand() *cobra.Command {
	c := &cobra.Command{Use: "bff", Short: "List, check and describe client profiles", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() }}
	c.AddCommand(bffListCommand(), bffLintCommand(), bffManifestCommand(), bffOpenAPICommand(), bffGenerateCommand())
	return c
}

func bffListCommand() *cobra.Command {
	var in inputs
	var form string
	c := &cobra.Command{
		Use: "list", Short: "Show the client profiles, who gets them and what they have",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := format(form, "text", "json"); err != nil {
				return err
			}
			all, err := in.profiles(c.Context())
			if all == nil {
				return err
			}
			rows := make([]bffRow, 0, len(all.All()))
			for _, p := range all.All() {
				rows = append(rows, rowOf(p))
			}
			printed := error(nil)
			if form == "json" {
				printed = encode(c.OutOrStdout(), rows)
			} else {
				printed = printRows(c.OutOrStdout(), rows)
			}
			if printed != nil {
				return printed
			}
			return err // what is wrong beside the profiles that work
		},
	}
	in.flags(c, true)
	c.Flags().StringVar(&form, "format", "text", "text or json")
	return c
}

// bffRow is one profile in the output of list.
type bffRow struct {
	Name       string `json:"name"`
	Owner      string `json:"owner"`
	Default    bool   `json:"default"`
	Broken     bool   `json:"broken"`
	Match      string `json:"match"`
	Mode       string `json:"mode"`
	Types      int    `json:"types"`
	Fields     int    `json:"fields"`
	Operations int    `json:"operations"`
	Paths      int    `json:"paths"`
}

func rowOf(p *bff.Profile) bffRow {
	c := &p.Config
	r := bffRow{Name: p.Name, Owner: c.Owner, Default: c.Default, Broken: p.Broken, Mode: c.Operations.Mode, Operations: len(p.Operations)}
	if r.Mode == "" {
		r.Mode = "open"
	}
	var ways []string
	for i := range c.Match {
		ways = append(ways, describeMatch(&c.Match[i]))
	}
	r.Match = strings.Join(ways, " or ")
	for _, e := range p.Endpoints() {
		if e.Operation != nil {
			r.Paths++
		}
	}
	if p.View == nil {
		return r
	}
	for _, def := range p.View.AST.Types {
		if def.BuiltIn {
			continue
		}
		r.Types++
		for _, f := range def.Fields {
			if !strings.HasPrefix(f.Name, "__") {
				r.Fields++
			}
		}
	}
	return r
}

func describeMatch(m *config.Match) string {
	var all []string
	add := func(kind, value string) {
		if value != "" {
			all = append(all, kind+" "+value)
		}
	}
	add("host", m.Host)
	add("path", m.Path)
	if m.Header.Name != "" {
		all = append(all, "header "+m.Header.Name+": "+m.Header.Value+m.Header.Pattern)
	}
	add("client", m.ClientName)
	add("key", m.APIKey)
	if m.Claim.Name != "" {
		all = append(all, "claim "+m.Claim.Name+" = "+m.Claim.Value)
	}
	return strings.Join(all, " and ")
}

// printRows aligns the columns.
func printRows(w io.Writer, rows []bffRow) error {
	table := [][]string{{"NAME", "OWNER", "MODE", "TYPES", "FIELDS", "OPERATIONS", "PATHS", "MATCH"}}
	for _, r := range rows {
		match := r.Match
		switch {
		case r.Broken:
			match = "broken, see below"
		case r.Default && match == "":
			match = "everybody else"
		case r.Default:
			match += ", and everybody else"
		}
		table = append(table, []string{r.Name, cmp.Or(r.Owner, "-"), r.Mode, strconv.Itoa(r.Types), strconv.Itoa(r.Fields), strconv.Itoa(r.Operations), strconv.Itoa(r.Paths), cmp.Or(match, "-")})
	}
	width := make([]int, len(table[0]))
	for _, line := range table {
		for i, cell := range line {
			width[i] = max(width[i], len(cell))
		}
	}
	for _, line := range table {
		var b strings.Builder
		for i, cell := range line[:len(line)-1] {
			fmt.Fprintf(&b, "%-*s  ", width[i], cell)
		}
		if _, err := fmt.Fprintln(w, b.String()+line[len(line)-1]); err != nil {
			return err
		}
	}
	return nil
}
