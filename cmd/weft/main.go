// Command weft is the federation router: it serves a graph, composes one, and
// shows what it would do with an operation.
//
// Exit codes: 0 all right, 1 the input is wrong (diagnostics on standard
// error), 2 the command line is wrong, 3 the environment failed (a file, the
// network).
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/weftql/weft/fault"
)

func main() { os.Exit(run()) }

// run is main with a result, so that tests can call it.
func run() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	// The first signal asks for an orderly end; the second ends at once.
	context.AfterFunc(ctx, stop)
	root := command()
	err := root.ExecuteContext(ctx)
	return report(os.Stderr, err)
}

func command() *cobra.Command {
	root := &cobra.Command{
		Use: "weft", Short: "A GraphQL federation router",
		SilenceErrors: true, SilenceUsage: true,
		RunE: func(c *cobra.Command, args []string) error { return c.Help() },
		Args: cobra.NoArgs,
	}
	root.CompletionOptions.HiddenDefaultCmd = true
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return &usageError{err} })
	root.AddCommand(serveCommand(), composeCommand(), planCommand(), configCommand(), keyCommand(), bffCommand(), demoCommand(), versionCommand())
	return root
}

// The exit codes.
const (
	exitOK          = 0
	exitInput       = 1
	exitUsage       = 2
	exitEnvironment = 3
)

// usageError is a command line that cannot be understood.
type usageError struct{ error }

// environmentError is a file or network failure outside of what faults cover.
type environmentError struct{ error }

func (e *environmentError) Unwrap() error { return e.error }

// reported is a failure whose diagnostics were printed already.
type reported struct{ code int }

func (r reported) Error() string { return "" }

// report prints an error, one diagnostic per line, and returns its exit code.
func report(w io.Writer, err error) int {
	var done reported
	var usage *usageError
	var environment *environmentError
	var list fault.List
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &done):
		return done.code
	case errors.As(err, &usage):
		fmt.Fprintln(w, "weft:", err)
		fmt.Fprintln(w, "Run weft --help, or weft COMMAND --help.")
		return exitUsage
	case errors.As(err, &environment):
		fmt.Fprintln(w, "weft:", err)
		return exitEnvironment
	case errors.As(err, &list) || fault.CodeOf(err) != "":
		return reportFaults(w, fault.Of(err))
	case isUsage(err):
		fmt.Fprintln(w, "weft:", err)
		return exitUsage
	}
	fmt.Fprintln(w, "weft:", err)
	return exitEnvironment
}

// reportFaults prints faults; only if the environment alone is to blame the
// exit code says so.
func reportFaults(w io.Writer, list fault.List) int {
	code, unasked := exitEnvironment, false
	for _, f := range list {
		unasked = unasked || f.Code == fault.SchemaUnavailable && f.Subgraph != ""
		if f.Code != fault.SchemaUnavailable {
			code = exitInput
		}
		fmt.Fprintln(w, f.Error())
	}
	if unasked {
		fmt.Fprintln(w, "weft: a subgraph that may be down needs its schema in a file: --subgraph NAME=URL,schema=FILE, or schema: FILE in the configuration")
	}
	return code
}

// isUsage recognises cobra's own complaints, which have no type.
func isUsage(err error) bool {
	for _, prefix := range []string{"unknown command", "required flag", "accepts ", "requires ", "invalid argument"} {
		if len(err.Error()) >= len(prefix) && err.Error()[:len(prefix)] == prefix {
			return true
		}
	}
	return false
}
