package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// report is the outcome of one suite, or of one score of it.
type report struct {
	name string
	// informative reports never make the run fail.
	informative bool
	passed      int
	failures    []failure
	skipped     map[string]int // reason → cases
	notes       []string       // printed below the line
}

// failure is one failing case.
type failure struct {
	name, reason string
	detail       string // printed with -v
	excused      string // the deviation's reason
}

func newReport(name string) *report { return &report{name: name, skipped: map[string]int{}} }

// add counts a case; reason "" is a success.
func (r *report) add(name, reason, detail string) {
	if reason == "" {
		r.passed++
		return
	}
	reason, _, _ = strings.Cut(reason, "\n")
	r.failures = append(r.failures, failure{name: name, reason: reason, detail: detail})
}

func (r *report) skip(reason string) { r.skipped[reason]++ }

// excuse marks the failures that are decisions.
func (r *report) excuse(known []deviation) {
	for i := range r.failures {
		for _, d := range known {
			if d.Suite == r.name && d.Case == r.failures[i].name {
				r.failures[i].excused = d.Reason
			}
		}
	}
}

func (r *report) unexcused() int {
	n := 0
	for _, f := range r.failures {
		if f.excused == "" {
			n++
		}
	}
	return n
}

// printLine prints "name passed/total" and what was skipped.
func (r *report) printLine(out io.Writer) {
	fmt.Fprintf(out, "%s %d/%d", r.name, r.passed, r.passed+len(r.failures))
	if n := len(r.failures) - r.unexcused(); n > 0 {
		fmt.Fprintf(out, " (%d known deviations)", n)
	}
	for _, reason := range slices.Sorted(maps.Keys(r.skipped)) {
		fmt.Fprintf(out, " (%d skipped: %s)", r.skipped[reason], reason)
	}
	fmt.Fprintln(out)
	for _, note := range r.notes {
		fmt.Fprintln(out, "  "+note)
	}
}

func (r *report) printFailures(out io.Writer, verbose bool) {
	if r.informative && !verbose {
		return
	}
	for _, f := range r.failures {
		word := "FAIL"
		reason := f.reason
		if f.excused != "" {
			word, reason = "known", f.excused
		}
		fmt.Fprintf(out, "%s %s %s: %s\n", word, r.name, f.name, reason)
		if verbose && f.detail != "" && f.excused == "" {
			fmt.Fprintln(out, indent(f.detail))
		}
	}
}

func indent(text string) string {
	return "    " + strings.ReplaceAll(strings.TrimRight(text, "\n"), "\n", "\n    ")
}
