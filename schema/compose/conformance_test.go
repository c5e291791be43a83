package compose

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
)

// vectors returns the directory of the conformance vectors. They are kept apart
// from the repository: WEFT_CONFORMANCE names the place, else ../shared beside
// it. Without vectors the test cannot run.
func vectors(t *testing.T, suite string) string {
	t.Helper()
	root := os.Getenv("WEFT_CONFORMANCE")
	if root == "" {
		root = filepath.Join("..", "..", "..", "shared", "conformance")
	}
	dir := filepath.Join(root, suite)
	if _, err := os.Stat(dir); err != nil {
		t.Skip("no conformance vectors: set WEFT_CONFORMANCE to their directory")
	}
	return dir
}

// deviations are the cases of a suite whose expectation weft does not meet on
// purpose, with the reason.
func deviations(t *testing.T, suite string) map[string]string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "internal", "conformance", "testdata", "deviations.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var list []struct{ Suite, Case, Reason string }
	if err := yaml.Unmarshal(text, &list); err != nil {
		t.Fatal(err)
	}
	known := map[string]string{}
	for _, d := range list {
		if d.Suite == suite {
			known[d.Case] = d.Reason
		}
	}
	return known
}

type expectation struct {
	OK           bool
	Codes, Hints []string
	API          string
	Supergraph   map[string][]string
	Descriptions bool
}

// TestConformance composes every vector and gives five scores: the verdict, the
// error codes, the API schema, the directives of the supergraph, the hints.
func TestConformance(t *testing.T) {
	dir := vectors(t, "composition")
	known := deviations(t, "composition")
	dirs, err := filepath.Glob(filepath.Join(dir, "*", "expected.json"))
	if err != nil || len(dirs) == 0 {
		t.Fatalf("no cases in %s: %v", dir, err)
	}
	scores := map[string][2]int{}
	for _, file := range dirs {
		name := filepath.Base(filepath.Dir(file))
		var want expectation
		readJSON(t, file, &want)
		got := Compose(readSubgraphs(t, filepath.Dir(file), "http://%s"), Options{})
		for _, v := range compare(&want, got) {
			score := scores[v.score]
			score[1]++
			switch {
			case v.difference == "":
				score[0]++
			case known[name] == "":
				t.Errorf("%s: %s: %s", name, v.score, v.difference)
			}
			scores[v.score] = score
		}
	}
	for _, s := range []string{"verdict", "codes", "api", "supergraph", "hints"} {
		t.Logf("%-10s %d of %d", s, scores[s][0], scores[s][1])
	}
	t.Logf("%d cases, %d deviations on purpose", len(dirs), len(known))
}

func readJSON(t *testing.T, file string, into any) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, into); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
}

// readSubgraphs reads subgraphs/NAME.graphql below a case's directory.
func readSubgraphs(t *testing.T, dir, url string) []Input {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "subgraphs", "*.graphql"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no subgraphs in %s: %v", dir, err)
	}
	var inputs []Input
	for _, file := range files {
		sdl, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		name := strings.TrimSuffix(filepath.Base(file), ".graphql")
		inputs = append(inputs, Input{Name: name, URL: fmt.Sprintf(url, name), SDL: string(sdl)})
	}
	return inputs
}

// judgement is one score of one case; difference is "" if it is right.
type judgement struct{ score, difference string }

func compare(want *expectation, got *Result) []judgement {
	verdict := judgement{score: "verdict"}
	if want.OK != got.OK() {
		verdict.difference = fmt.Sprintf("composes: want %v, got %v %s", want.OK, got.OK(), summary(got.Errors))
		return []judgement{verdict}
	}
	if !want.OK {
		codes := judgement{score: "codes"}
		if have := codesOf(got.Errors); len(want.Codes) > 0 && !slices.Equal(want.Codes, have) {
			codes.difference = fmt.Sprintf("want %v, got %v %s", want.Codes, have, summary(got.Errors))
		}
		return []judgement{verdict, codes}
	}
	hints := judgement{score: "hints"}
	if have := codesOf(got.Hints); !slices.Equal(want.Hints, have) {
		hints.difference = fmt.Sprintf("want %v, got %v %s", want.Hints, have, summary(got.Hints))
	}
	return []judgement{
		verdict,
		{"api", differences(apiFacts(want.API, want.Descriptions), apiFacts(got.API, want.Descriptions))},
		{"supergraph", differences(expectedFacts(want.Supergraph), supergraphFacts(got.Supergraph))},
		hints,
	}
}

func codesOf(list []Diagnostic) []string {
	codes := []string{}
	for _, d := range list {
		codes = append(codes, string(d.Code))
	}
	slices.Sort(codes)
	return slices.Compact(codes)
}

func summary(list []Diagnostic) string {
	var b strings.Builder
	for _, d := range list {
		fmt.Fprintf(&b, "\n    %s %s: %s", d.Code, d.Coordinate, d.Message)
	}
	return b.String()
}

// differences compares two sets of facts.
func differences(want, got map[string]bool) string {
	var lines []string
	for w := range want {
		if !got[w] {
			lines = append(lines, "- "+w)
		}
	}
	for g := range got {
		if !want[g] {
			lines = append(lines, "+ "+g)
		}
	}
	sort.Strings(lines)
	if len(lines) == 0 {
		return ""
	}
	return "\n    " + strings.Join(lines, "\n    ")
}

// expectedFacts are the directives of an expectation, a fact each.
func expectedFacts(want map[string][]string) map[string]bool {
	f := factSet{}
	for coordinate, list := range want {
		for _, text := range list {
			doc, err := parser.ParseSchema(&ast.Source{Input: "scalar X " + text})
			if err != nil {
				f[err.Error()] = true
				continue
			}
			f.directives(coordinate, doc.Definitions[0].Directives)
		}
	}
	return f.withGraphNames()
}

// supergraphFacts are the directives of a supergraph SDL. The definitions of
// the join and link specs do not count, but join__Graph does.
func supergraphFacts(sdl string) map[string]bool {
	f := factSet{}
	doc, err := parser.ParseSchema(&ast.Source{Input: sdl})
	if err != nil {
		return factSet{err.Error(): true}
	}
	for _, s := range doc.Schema {
		f.directives("schema", s.Directives)
	}
	for _, d := range doc.Definitions {
		if d.Name != "join__Graph" && (strings.HasPrefix(d.Name, "join__") || strings.HasPrefix(d.Name, "link__")) {
			continue
		}
		f.directives(d.Name, d.Directives)
		for _, v := range d.EnumValues {
			f.directives(d.Name+"."+v.Name, v.Directives)
		}
		for _, field := range d.Fields {
			f.directives(d.Name+"."+field.Name, field.Directives)
			for _, a := range field.Arguments {
				f.directives(d.Name+"."+field.Name+"("+a.Name+":)", a.Directives)
			}
		}
	}
	return f.withGraphNames()
}

// apiFacts says all that a client can tell about an API schema.
func apiFacts(sdl string, descriptions bool) map[string]bool {
	f := factSet{}
	doc, err := parser.ParseSchema(&ast.Source{Input: sdl})
	if err != nil {
		return factSet{err.Error(): true}
	}
	for _, s := range doc.Schema {
		for _, o := range s.OperationTypes {
			if strings.EqualFold(string(o.Operation), o.Type) {
				continue // the default, which may go without saying
			}
			f.add("%s is %s", o.Operation, o.Type)
		}
	}
	describe := func(at, text string) {
		if descriptions && text != "" {
			f.add("%s: %q", at, text)
		}
	}
	arguments := func(at string, list ast.ArgumentDefinitionList) {
		for _, a := range list {
			f.add("%s(%s:) %s = %s", at, a.Name, a.Type, canonical("", a.DefaultValue))
			f.directives(at+"("+a.Name+":)", a.Directives)
			describe(at+"("+a.Name+":)", a.Description)
		}
	}
	for _, d := range doc.Definitions {
		f.add("%s %s", d.Kind, d.Name)
		f.directives(d.Name, d.Directives)
		describe(d.Name, d.Description)
		for _, name := range append(append([]string{}, d.Interfaces...), d.Types...) {
			f.add("%s > %s", d.Name, name)
		}
		for _, v := range d.EnumValues {
			f.add("%s.%s", d.Name, v.Name)
			f.directives(d.Name+"."+v.Name, v.Directives)
			describe(d.Name+"."+v.Name, v.Description)
		}
		for _, field := range d.Fields {
			at := d.Name + "." + field.Name
			f.add("%s: %s = %s", at, field.Type, canonical("", field.DefaultValue))
			f.directives(at, field.Directives)
			describe(at, field.Description)
			arguments(at, field.Arguments)
		}
	}
	for _, d := range doc.Directives {
		locations := slices.Clone(d.Locations)
		slices.Sort(locations)
		f.add("@%s repeatable %v on %v", d.Name, d.IsRepeatable, locations)
		arguments("@"+d.Name, d.Arguments)
	}
	return f
}

type factSet map[string]bool

func (f factSet) add(format string, args ...any) { f[fmt.Sprintf(format, args...)] = true }

func (f factSet) directives(at string, list ast.DirectiveList) {
	for _, d := range list {
		var args []string
		for _, a := range d.Arguments {
			args = append(args, a.Name+": "+canonical(a.Name, a.Value))
		}
		sort.Strings(args)
		f.add("%s @%s(%s)", at, d.Name, strings.Join(args, ", "))
	}
}

// withGraphNames replaces the values of join__Graph, which are only handles, by
// the names of the subgraphs.
func (f factSet) withGraphNames() factSet {
	const prefix = "join__Graph."
	names := map[string]string{}
	for fact := range f {
		if rest, ok := strings.CutPrefix(fact, prefix); ok {
			value, rest, _ := strings.Cut(rest, " @join__graph(name: ")
			name, _, _ := strings.Cut(rest, ", url")
			names[value] = name
		}
	}
	renamed := factSet{}
	for fact := range f {
		for value, name := range names {
			fact = strings.ReplaceAll(fact, prefix+value+" ", prefix+name+" ")
			fact = strings.ReplaceAll(fact, "graph: "+value+",", "graph: "+name+",")
			fact = strings.ReplaceAll(fact, "graph: "+value+")", "graph: "+name+")")
		}
		renamed[fact] = true
	}
	return renamed
}

// canonical prints a value so that equal ones look equal: field sets as
// selections, objects in name order.
func canonical(name string, v *ast.Value) string {
	if v == nil {
		return "-"
	}
	switch v.Kind {
	case ast.ListValue, ast.ObjectValue:
		var items []string
		for _, c := range v.Children {
			items = append(items, c.Name+":"+canonical(c.Name, c.Value))
		}
		if v.Kind == ast.ObjectValue {
			sort.Strings(items)
		}
		return "[" + strings.Join(items, " ") + "]"
	case ast.StringValue, ast.BlockValue:
		switch name {
		case "key", "requires", "provides", "selection":
			if doc, err := parser.ParseQuery(&ast.Source{Input: "{" + v.Raw + "}"}); err == nil {
				return canonicalSelection(doc.Operations[0].SelectionSet)
			}
		}
		return fmt.Sprintf("%q", v.Raw)
	}
	return v.Raw
}

func canonicalSelection(set ast.SelectionSet) string {
	var items []string
	for _, s := range set {
		switch s := s.(type) {
		case *ast.Field:
			item := s.Name
			for _, a := range s.Arguments {
				item += "(" + a.Name + ":" + canonical("", a.Value) + ")"
			}
			items = append(items, item+canonicalSelection(s.SelectionSet))
		case *ast.InlineFragment:
			items = append(items, "..."+s.TypeCondition+canonicalSelection(s.SelectionSet))
		}
	}
	sort.Strings(items)
	if len(items) == 0 {
		return ""
	}
	return "{" + strings.Join(items, " ") + "}"
}

// TestExecutionCorpus composes the subgraphs of every execution scenario and
// compares with the supergraph that comes with it.
func TestExecutionCorpus(t *testing.T) {
	dir := vectors(t, "execution")
	dirs, err := filepath.Glob(filepath.Join(dir, "*", "supergraph.graphql"))
	if err != nil || len(dirs) == 0 {
		t.Fatalf("no scenarios in %s: %v", dir, err)
	}
	for _, file := range dirs {
		t.Run(filepath.Base(filepath.Dir(file)), func(t *testing.T) {
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got := Compose(readSubgraphs(t, filepath.Dir(file), "http://%s.test/graphql"), Options{})
			if !got.OK() {
				t.Fatalf("does not compose:%s", summary(got.Errors))
			}
			if d := differences(withoutLinks(supergraphFacts(string(want))), withoutLinks(supergraphFacts(got.Supergraph))); d != "" {
				t.Errorf("directives differ:%s", d)
			}
			if d := differences(typeFacts(string(want)), typeFacts(got.Supergraph)); d != "" {
				t.Errorf("types differ:%s", d)
			}
		})
	}
}

// withoutLinks drops the versions of specs: the corpus was composed by another
// version of the reference.
func withoutLinks(f map[string]bool) map[string]bool {
	kept := map[string]bool{}
	for fact := range f {
		if !strings.HasPrefix(fact, "schema @link(") {
			kept[fact] = true
		}
	}
	return kept
}

// typeFacts says what types a supergraph has, without its directives and
// specs.
func typeFacts(sdl string) map[string]bool {
	kept := map[string]bool{}
	for fact := range apiFacts(sdl, true) {
		if !strings.Contains(fact, "@") && !strings.Contains(fact, "__") {
			kept[fact] = true
		}
	}
	return kept
}
