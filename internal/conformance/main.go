// Command conformance runs the executable vectors of a directory against weft
// and prints one line per suite, then every failure with a one-line reason.
//
//	go run ./internal/conformance -dir DIR [-suite NAME] [-run REGEX] [-v]
//
// A directory holds one folder per suite (composition, plans, execution,
// connectors), each in the layout its README defines; absent suites are
// skipped. The exit status is 1 if anything fails that deviations.yaml does not
// name, 2 for a wrong command line, 3 if there is nothing to run or it cannot be
// read. Each case runs alone; nothing is shared between cases but what a
// supergraph is built into.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
)

// settings are the command line.
type settings struct {
	dir, suite, compose string
	run                 *regexp.Regexp
	verbose             bool
}

// suite is one kind of vectors. Its run returns one report per line to print.
type suite struct {
	name string
	run  func(s *settings, dir string) ([]*report, error)
}

// suites in the order they are printed.
var suites = []suite{
	{"composition", runComposition},
	{"plans", runPlans},
	{"execution", runExecution},
	{"connectors", runConnectors},
}

// errUsage marks a wrong command line.
var errUsage = errors.New("usage")

func main() {
	ok, err := run(os.Args[1:], os.Stdout)
	switch {
	case errors.Is(err, flag.ErrHelp):
	case errors.Is(err, errUsage):
		fmt.Fprintln(os.Stderr, "conformance:", err)
		os.Exit(2)
	case err != nil:
		fmt.Fprintln(os.Stderr, "conformance:", err)
		os.Exit(3)
	case !ok:
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
	for _, u := range suites {
		dir := filepath.Join(s.dir, u.name)
		if s.suite != "" && s.suite != u.name {
			continue
		}
		if _, err := os.Stat(dir); err != nil {
			if s.suite != "" {
				return false, err
			}
			continue
		}
		list, err := u.run(s, dir)
		if err != nil {
			return false, fmt.Errorf("%s: %w", u.name, err)
		}
		for _, r := range list {
			r.excuse(known)
			r.printLine(out)
		}
		reports = append(reports, list...)
	}
	if len(reports) == 0 {
		return false, fmt.Errorf("no suite found below %s", s.dir)
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
		return nil, fmt.Errorf("%w: %w", errUsage, err)
	}
	var err error
	if s.run, err = regexp.Compile(*pattern); err != nil {
		return nil, fmt.Errorf("%w: -run: %w", errUsage, err)
	}
	if f.NArg() > 0 {
		return nil, fmt.Errorf("%w: unexpected %q", errUsage, f.Arg(0))
	}
	if s.suite != "" && !slices.ContainsFunc(suites, func(u suite) bool { return u.name == s.suite }) {
		return nil, fmt.Errorf("%w: -suite %s: want composition, plans, execution or connectors", errUsage, s.suite)
	}
	switch s.compose {
	case "given", "own", "both":
		return s, nil
	}
	return nil, fmt.Errorf("%w: -compose %s: want given, own or both", errUsage, s.compose)
}
