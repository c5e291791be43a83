package compose

import (
	"fmt"
	"path/filepath"
	"sort"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/weftql/weft/internal/golden"
)

// TestSubgraphs runs the phases before the merge on each case's subgraphs. A
// case that says "show: model" also has the subgraphs as they then are.
func TestSubgraphs(t *testing.T) {
	golden.Run(t, "testdata/subgraphs", []string{"model.txt", "errors.txt", "hints.txt"}, func(t *testing.T, c *golden.Case) {
		inputs := caseInputs(t, c)
		run := beforeMerge(inputs)
		if c.Header("show") == "model" {
			c.Output(t, "model.txt", modelText(run))
		}
		c.Output(t, "errors.txt", diagnosticsText(run.result.Errors))
		c.Output(t, "hints.txt", diagnosticsText(run.result.Hints))
		other := beforeMerge(reversed(inputs))
		if got, want := diagnosticsText(other.result.Errors), diagnosticsText(run.result.Errors); got != want {
			t.Errorf("another order of the subgraphs gives other errors:\n%s", got)
		}
		checkPlaces(t, run.result.Errors)
	})
}

// FuzzSubgraph runs the phases before the merge on any text. Nothing may panic,
// and every error is a sentence with a place.
func FuzzSubgraph(f *testing.F) {
	files, err := filepath.Glob(filepath.Join("testdata", "*", "*.txtar"))
	if err != nil || len(files) == 0 {
		f.Fatalf("no seeds: %v", err)
	}
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			f.Fatal(err)
		}
		for _, section := range archive.Files {
			if strings.HasPrefix(section.Name, "subgraphs/") {
				f.Add(string(section.Data))
			}
		}
	}
	f.Fuzz(func(t *testing.T, sdl string) {
		checkPlaces(t, beforeMerge([]Input{{Name: "a", SDL: sdl}}).result.Errors)
	})
}

// beforeMerge runs the phases up to and without the merge.
func beforeMerge(inputs []Input) *composition {
	c := &composition{inputs: sortedByName(inputs)}
	for _, p := range phases {
		if p.name == "merge" {
			break
		}
		if p.run(c); len(c.result.Errors) > 0 {
			break
		}
	}
	return c
}

// checkPlaces checks that every error names a subgraph, and a line unless it is
// about the subgraph as a whole.
func checkPlaces(t *testing.T, list []Diagnostic) {
	t.Helper()
	for _, d := range list {
		if len(d.Locations) == 0 || d.Locations[0].Line == 0 && d.Code != InvalidSubgraphName {
			t.Errorf("%s has no place: %s", d.Code, d.Message)
		}
		if !strings.HasSuffix(d.Message, ".") && !strings.HasSuffix(d.Message, "?") {
			t.Errorf("the message of %s is no sentence: %s", d.Code, d.Message)
		}
	}
}

// modelText shows what later phases see of the subgraphs.
func modelText(c *composition) string {
	var b strings.Builder
	for _, s := range c.subgraphs {
		fmt.Fprintf(&b, "subgraph %s (%s) federation %s\n", s.name, s.enum, s.version)
		for _, t := range s.types {
			fmt.Fprintf(&b, "  %s %s%s\n", strings.ToLower(string(t.kind)), t.name, typeMarks(t))
			for _, f := range t.fields {
				fmt.Fprintf(&b, "    %s: %s%s\n", f.name, f.typ, fieldMarks(f))
			}
		}
	}
	if c.specs == nil {
		return b.String()
	}
	fmt.Fprintf(&b, "federation %s, join %s\n", c.specs.federation, c.specs.join)
	for _, d := range c.specs.composed {
		fmt.Fprintf(&b, "  @%s is %s of %s %s", d.name, d.id, d.feature.identity, d.feature.version)
		if d.feature.as != "" {
			fmt.Fprintf(&b, " as %s", d.feature.as)
		}
		for _, i := range d.feature.imports {
			fmt.Fprintf(&b, " (import %s as %s)", i.name, i.as)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func typeMarks(t *typeDecl) string {
	var marks []string
	if t.interfaceObject {
		marks = append(marks, "interface object")
	}
	if t.isExtension() {
		marks = append(marks, "extension")
	}
	for _, k := range t.keys {
		mark := fmt.Sprintf("key %q", k.fields.text)
		if !k.resolvable {
			mark += " not resolvable"
		}
		if k.extension {
			mark += " on extension"
		}
		marks = append(marks, mark)
	}
	for _, name := range t.contexts {
		marks = append(marks, "sets "+name)
	}
	return suffix(append(marks, otherDirectives(t.directives)...))
}

func fieldMarks(f *fieldDecl) string {
	var marks []string
	for _, m := range []struct {
		is   bool
		name string
	}{
		{f.external, "external"}, {f.fakeExternal, "fake external"}, {f.provided, "provided"}, {f.used, "used"}, {f.shareable, "shareable"},
	} {
		if m.is {
			marks = append(marks, m.name)
		}
	}
	if f.requires != nil {
		marks = append(marks, fmt.Sprintf("requires %q", f.requires.text))
	}
	if f.provides != nil {
		marks = append(marks, fmt.Sprintf("provides %q", f.provides.text))
	}
	if f.override != nil {
		marks = append(marks, fmt.Sprintf("override %q %q", f.override.from, f.override.label))
	}
	for _, a := range f.args {
		if a.fromContext != nil {
			marks = append(marks, fmt.Sprintf("%s from %s%s", a.name, a.fromContext.context, a.fromContext.selection))
		}
	}
	return suffix(append(marks, otherDirectives(f.directives)...))
}

// otherDirectives names the directives that no other mark stands for.
func otherDirectives(list applications) []string {
	var names []string
	for _, a := range list {
		switch a.id {
		case idKey, idExternal, idRequires, idProvides, idShareable, idOverride, idContext, idInterfaceObject:
		default:
			names = append(names, "@"+string(a.id))
		}
	}
	sort.Strings(names)
	return names
}

func suffix(marks []string) string {
	if len(marks) == 0 {
		return ""
	}
	return "  # " + strings.Join(marks, ", ")
}
