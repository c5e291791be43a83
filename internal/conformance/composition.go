package main

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/weftql/weft/schema/compose"
)

// expectedComposition is expected.json of a composition case.
type expectedComposition struct {
	OK           bool                `json:"ok"`
	Codes        []string            `json:"codes"`
	API          string              `json:"api"`
	Descriptions bool                `json:"descriptions"`
	Hints        []string            `json:"hints"`
	Supergraph   map[string][]string `json:"supergraph"`
	Note         string              `json:"note"`
}

// score is one of the five things a composition is judged by.
type score struct {
	name         string
	right, total int
}

// runComposition composes every case and compares verdict, codes, API schema,
// supergraph directives and hints.
func runComposition(s *settings, dir string) ([]*report, error) {
	r := newReport("composition")
	cases, err := subdirs(dir)
	if err != nil {
		return nil, err
	}
	scores := []score{{name: "verdict"}, {name: "codes"}, {name: "api"}, {name: "supergraph"}, {name: "hints"}}
	for _, name := range cases {
		if !s.run.MatchString(name) {
			continue
		}
		var want expectedComposition
		if err := readJSON(filepath.Join(dir, name, "expected.json"), &want); err != nil {
			return nil, err
		}
		sdls, err := readSDLs(filepath.Join(dir, name))
		if err != nil {
			return nil, err
		}
		reasons, detail := judgeComposition(&want, sdls)
		first := ""
		for i := range scores {
			reason, judged := reasons[scores[i].name]
			if !judged {
				continue
			}
			scores[i].total++
			if reason == "" {
				scores[i].right++
			} else if first == "" {
				first = scores[i].name + ": " + reason
			}
		}
		r.add(name, first, detail+"note: "+want.Note)
	}
	if s.verbose {
		var parts []string
		for _, sc := range scores {
			parts = append(parts, fmt.Sprintf("%s %d/%d", sc.name, sc.right, sc.total))
		}
		r.notes = []string{strings.Join(parts, "  ")}
	}
	return []*report{r}, nil
}

// judgeComposition returns, by score, why it is wrong ("" when right); scores
// that do not apply are absent.
func judgeComposition(want *expectedComposition, sdls map[string]string) (reasons map[string]string, detail string) {
	result, err := composeSafely(sdls)
	if err != nil {
		return map[string]string{"verdict": err.Error()}, err.Error() + "\n"
	}
	detail = diagnosticsText(result)
	codes := codesOf(result.Errors)
	reasons = map[string]string{"verdict": ""}
	switch {
	case want.OK && !result.OK():
		reasons["verdict"] = "want a supergraph, got " + detailLine(result.Errors)
		return reasons, detail
	case !want.OK && result.OK():
		reasons["verdict"] = "want " + strings.Join(want.Codes, ", ") + ", got a supergraph"
		return reasons, detail
	case !want.OK:
		reasons["codes"] = ""
		if len(want.Codes) > 0 && !slices.Equal(want.Codes, codes) {
			reasons["codes"] = fmt.Sprintf("want %v, got %v", want.Codes, codes)
		}
		return reasons, detail
	}
	reasons["api"] = diffAPI(want.API, result.API, want.Descriptions)
	reasons["supergraph"] = diffDirectives(want.Supergraph, result.Supergraph)
	reasons["hints"] = ""
	if hints := codesOf(result.Hints); !slices.Equal(want.Hints, hints) {
		reasons["hints"] = fmt.Sprintf("want %v, got %v", want.Hints, hints)
	}
	return reasons, detail
}

// composeSafely turns a panic into an error, so that one case does not end the
// run.
func composeSafely(sdls map[string]string) (result *compose.Result, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	return composeSDLs(sdls, "http://%s"), nil
}

// codesOf returns the sorted, unique codes.
func codesOf(list []compose.Diagnostic) []string {
	codes := []string{}
	for _, d := range list {
		codes = append(codes, string(d.Code))
	}
	slices.Sort(codes)
	return slices.Compact(codes)
}

func detailLine(list []compose.Diagnostic) string {
	if len(list) == 0 {
		return "nothing"
	}
	return fmt.Sprintf("%s: %s", list[0].Code, list[0].Message)
}

func diagnosticsText(r *compose.Result) string {
	var b strings.Builder
	for _, d := range append(slices.Clone(r.Errors), r.Hints...) {
		fmt.Fprintf(&b, "%s %s %s: %s\n", d.Severity, d.Code, d.Coordinate, d.Message)
	}
	return b.String()
}
