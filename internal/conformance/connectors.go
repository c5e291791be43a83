package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/weftql/weft/connectors/mapping"
	"github.com/weftql/weft/internal/testkit"
)

// runConnectors evaluates the vectors of the mapping language and those of the
// addresses that it makes.
func runConnectors(s *settings, dir string) ([]*report, error) {
	r := newReport("connectors")
	var file struct {
		Mapping []mappingVector
		URLs    json.RawMessage
	}
	if err := readJSON(filepath.Join(dir, "mapping.json"), &file); err != nil {
		return nil, err
	}
	for i := range file.Mapping {
		v := &file.Mapping[i]
		if name := v.ID + " " + v.Title; s.run.MatchString(name) {
			reason, detail := v.judge()
			r.add(name, reason, detail)
		}
	}
	if len(file.URLs) == 0 {
		r.skip("no vectors of URLs")
		return []*report{r}, nil
	}
	if err := runURLVectors(s, r, file.URLs); err != nil {
		return nil, err
	}
	return []*report{r}, nil
}

// mappingVector is a mapping, what it is applied to, and what comes of it.
type mappingVector struct {
	ID, Title, Spec, Selection string
	Input                      json.RawMessage
	Vars                       map[string]json.RawMessage
	Expect                     struct {
		ParseError bool
		Absent     bool
		Output     json.RawMessage
		ErrorPaths []any
	}
}

// mappingVersions are the versions as vectors write them.
var mappingVersions = map[string]mapping.Version{
	"0.1": mapping.V1, "0.2": mapping.V2, "0.3": mapping.V3, "0.4": mapping.V4,
}

// judge returns why the vector fails, "" if it does not, and what came out.
func (v *mappingVector) judge() (reason, detail string) {
	m, err := mapping.Parse(v.Selection, mappingVersions[v.Spec])
	if v.Expect.ParseError || err != nil {
		switch {
		case err == nil:
			return "want a parse error", ""
		case !v.Expect.ParseError:
			return "does not parse: " + err.Error(), ""
		}
		return "", ""
	}
	input := v.Input
	if len(input) == 0 {
		input = json.RawMessage("null")
	}
	var vars mapping.Vars
	for _, name := range slices.Sorted(maps.Keys(v.Vars)) {
		vars = append(vars, mapping.Var{Name: name, JSON: v.Vars[name]})
	}
	problems := &mapping.Problems{}
	out, ok := m.Compile(nil).Append(nil, input, vars, problems)
	detail = "output: " + string(out)
	for _, p := range problems.List() {
		detail += fmt.Sprintf("\nproblem at %v: %s", p.Path, p.Message)
	}
	if ok == v.Expect.Absent {
		return fmt.Sprintf("has a value: %v, want %v", ok, !ok), detail
	}
	if reason = v.judgeOutput(out, ok); reason == "" {
		reason = v.judgeProblems(problems.List())
	}
	return reason, detail
}

func (v *mappingVector) judgeOutput(out []byte, ok bool) string {
	if !ok {
		return ""
	}
	got, err := testkit.ParseJSON(out)
	if err != nil {
		return "the output is no JSON: " + err.Error()
	}
	want, err := testkit.ParseJSON(v.Expect.Output)
	if err != nil {
		return "the expected output is no JSON: " + err.Error()
	}
	if !sameJSON(got, want) {
		return fmt.Sprintf("want %s, got %s", testkit.FormatJSON(want), out)
	}
	return ""
}

// judgeProblems compares the paths in order.
func (v *mappingVector) judgeProblems(got []mapping.Problem) string {
	var have []string
	for _, p := range got {
		have = append(have, fmt.Sprint(p.Path))
	}
	var want []string
	for _, p := range v.Expect.ErrorPaths {
		want = append(want, fmt.Sprint(p))
	}
	if !slices.Equal(have, want) {
		return fmt.Sprintf("want problems at %v, got %v", want, have)
	}
	return ""
}

// sameJSON compares without the order of keys; numbers by value, but an integer
// only with an integer.
func sameJSON(a, b any) bool {
	switch a := a.(type) {
	case json.Number:
		b, ok := b.(json.Number)
		return ok && sameNumber(a, b)
	case []any:
		b, ok := b.([]any)
		return ok && slices.EqualFunc(a, b, sameJSON)
	case *testkit.Object:
		b, ok := b.(*testkit.Object)
		if !ok || a.Len() != b.Len() {
			return false
		}
		for _, name := range a.Names() {
			other, ok := b.Get(name)
			if !ok || !sameJSON(a.Value(name), other) {
				return false
			}
		}
		return true
	}
	return a == b
}

func sameNumber(a, b json.Number) bool {
	if isIntegral(a) != isIntegral(b) {
		return false
	}
	if a == b {
		return true
	}
	x, err1 := a.Float64()
	y, err2 := b.Float64()
	return err1 == nil && err2 == nil && !isIntegral(a) && x == y
}

func isIntegral(n json.Number) bool { return !strings.ContainsAny(string(n), ".eE") }
