// Command conformance runs the executable vectors of a directory against weft
// and prints one line per suite, then every failure with a one-line reason.
//
//	go run ./internal/conformance -dir DIR [-suite NAME] [-run REGEX] [-v]
//
// A directory holds one folder per suite (composition, plans, execution,
// connectors), each in the layout its README defines; absent suites are
// skipped. The exit status is 1 if anything fails that deviations.yaml does not
// name. Each case runs alone; nothing is shared between cases but what a
// supergraph is built into.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
)

// settings are the command line.
type settings struct {
	dir, suite, compose string
	run                 *regexp.Regexp
	verbose             bool
}

// suites in the order they are printed. A suite returns one report per line it
// prints.
var suites = []struct {
	name string
	run  func(s *settings, dir string) ([]*report, error)
}{
	{"composition", runComposition},
	{"plans", runPlans},
	{"execution", runExecution},
	{"connectors", runConnectors},
}

func main() {
	ok, err := run(os.Args[1:], os.Stdout)
	if err != nil {
		fmt.Fprintln(os.Stderr, "conformance:", err)
		os.Exit(2)
	}
	if !ok {
		os.Exit(1)
	}
}

func run(args []string, out io.Writer) (ok bool, err error) {
	s, err := parseSettings(args)
	if err != nil {
		return false, err
	}
	known, err := loadDeviations()
	if err != nil {
		return false, err
	}
	var reports []*report
	for _, suite := range suites {
		dir := filepath.Join(s.dir, suite.name)
		if s.suite != "" && s.suite != suite.name {
			continue
		}
		if _, err := os.Stat(dir); err != nil {
			continue
		}
		list, err := suite.run(s, dir)
		if err != nil {
			return false, fmt.Errorf("%s: %w", suite.name, err)
		}
		for _, r := range list {
			r.excuse(known)
			r.printLine(out)
		}
		reports = append(reports, list...)
	}
	ok = true
	for _, r := range reports {
		r.printFailures(out, s.verbose)
		ok = ok && (r.informative || r.unexcused() == 0)
	}
	return ok, nil
}

func parseSettings(args []string) (*settings, error) {
	f := flag.NewFlagSet("conformance", flag.ContinueOnError)
	s := &settings{}
	f.StringVar(&s.dir, "dir", "testdata", "directory of the suites")
	f.StringVar(&s.suite, "suite", "", "run only this suite")
	f.StringVar(&s.compose, "compose", "both", "supergraphs of the execution suite: given, own (composed here) or both")
	f.BoolVar(&s.verbose, "v", false, "print scores, and plan and requests of failing cases")
	pattern := f.String("run", "", "run only cases whose name matches this expression")
	if err := f.Parse(args); err != nil {
		return nil, err
	}
	var err error
	if s.run, err = regexp.Compile(*pattern); err != nil {
		return nil, err
	}
	switch s.compose {
	case "given", "own", "both":
		return s, nil
	}
	return nil, fmt.Errorf("-compose %s: want given, own or both", s.compose)
}
