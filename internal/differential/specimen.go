package main

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/weftql/weft/internal/testkit"
)

// String prints all a developer needs.
func (s *specimen) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "DIFFERENCE %s: %s\n", s.verdict.kind, s.verdict.difference)
	b.Write(txtar.Format(s.archive()))
	fmt.Fprintf(&b, "-- want --\n%s\n-- got --\n%s\n-- plan --\n%s-- requests --\n%s", s.verdict.want, s.verdict.got, s.verdict.plan, s.verdict.log)
	return b.String()
}

// archive is the specimen as a txtar file.
func (s *specimen) archive() *txtar.Archive {
	a := &txtar.Archive{}
	reason, _, _ := strings.Cut(s.verdict.difference, "\n")
	a.Comment = fmt.Appendf(nil, "%s: %s\nseed: %d\nerrors: %v\nabsent: %v\nbatching: %d\nengine: %v\nstarts: %v\nlabels: %s\n",
		strings.ReplaceAll(s.verdict.kind, ":", " "), reason, s.traits.Seed, s.traits.Errors, s.traits.Absent, s.traits.Batching, s.traits.Engine, s.starts, strings.Join(s.question.labels, ","))
	if s.question.broken.subgraph != "" {
		a.Comment = fmt.Appendf(a.Comment, "broken: %s %d\n", s.question.broken.subgraph, s.question.broken.way)
	}
	add := func(name, text string) {
		a.Files = append(a.Files, txtar.File{Name: name, Data: []byte(strings.TrimRight(text, "\n") + "\n")})
	}
	for _, name := range slices.Sorted(maps.Keys(s.subgraphs)) {
		add("subgraphs/"+name+".graphql", s.subgraphs[name])
	}
	if s.whole != "" {
		add("whole.graphql", s.whole)
	}
	if s.connectors != "" {
		add("connectors", s.connectors)
	}
	add("query.graphql", s.question.query)
	if s.question.variables.Len() > 0 {
		add("variables.json", testkit.FormatJSON(s.question.variables))
	}
	return a
}

func (s *specimen) write(dir, name string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, name+".txtar"), txtar.Format(s.archive()), 0o644)
}

// readSpecimen reads what write wrote.
func readSpecimen(file string) (*specimen, error) {
	a, err := txtar.ParseFile(file)
	if err != nil {
		return nil, err
	}
	s := &specimen{subgraphs: map[string]string{}}
	if err := s.readHeader(string(a.Comment)); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	for _, f := range a.Files {
		switch f.Name {
		case "query.graphql":
			s.question.query = string(f.Data)
		case "whole.graphql":
			s.whole = string(f.Data)
		case "connectors":
			s.connectors = string(f.Data)
		case "variables.json":
			if s.question.variables, err = testkit.ParseObject(f.Data); err != nil {
				return nil, fmt.Errorf("%s: %w", file, err)
			}
		default:
			name, ok := strings.CutPrefix(f.Name, "subgraphs/")
			if !ok {
				return nil, fmt.Errorf("%s: unknown section %s", file, f.Name)
			}
			s.subgraphs[strings.TrimSuffix(name, ".graphql")] = string(f.Data)
		}
	}
	return s, nil
}

func (s *specimen) readHeader(comment string) error {
	var failures []error
	flag := func(text string) bool {
		v, err := strconv.ParseBool(text)
		failures = append(failures, err)
		return v
	}
	for _, line := range strings.Split(comment, "\n") {
		name, value, ok := strings.Cut(line, ": ")
		if !ok {
			continue
		}
		switch name {
		case "seed":
			v, err := strconv.ParseUint(value, 10, 64)
			failures = append(failures, err)
			s.traits.Seed = v
		case "errors":
			if value == "true" || value == "false" {
				s.traits.Errors = flag(value)
			}
		case "absent":
			s.traits.Absent = flag(value)
		case "broken":
			if n, _ := fmt.Sscan(value, &s.question.broken.subgraph, &s.question.broken.way); n != 2 || s.question.broken.way >= len(breakdowns) {
				s.question.broken = breakdown{} // the first line of a specimen may begin like this too
			}
		case "batching":
			v, err := strconv.Atoi(value)
			failures = append(failures, err)
			s.traits.Batching = v
		case "engine":
			s.traits.Engine = flag(value)
		case "starts":
			s.starts = flag(value)
		case "labels":
			if value != "" {
				s.question.labels = strings.Split(value, ",")
			}
		}
	}
	return errors.Join(failures...)
}

// replay asks a specimen's question again.
func (s *specimen) replay() error {
	l, err := build(s.subgraphs, s.connectors, s.whole, s.traits, s.starts)
	if err != nil {
		return err
	}
	if s.verdict = l.ask(&s.question); s.verdict.difference != "" {
		return errors.New(s.verdict.kind + ": " + s.verdict.difference)
	}
	return nil
}

func replayFile(file string, out io.Writer) (bool, error) {
	s, err := readSpecimen(file)
	if err != nil {
		return false, err
	}
	if err := s.replay(); err != nil {
		if s.verdict.difference == "" {
			return false, err
		}
		fmt.Fprint(out, s)
		return false, nil
	}
	fmt.Fprintln(out, "no difference")
	return true, nil
}
