package main

import (
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/weftql/weft/fault"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"weft": func() { os.Exit(run()) }})
}

// TestScripts runs testdata/script. Beside the usual commands there are
//
//	exits CODE COMMAND…      run a command and compare its exit code
//	freeaddress VAR          set VAR to a loopback address nobody listens on
//	ask ADDRESS OPERATION    POST the operation to /graphql, waiting for the
//	                         server to come up; its answer is stdout
//	listen ADDRESS OPERATION the same as a stream of server-sent events, to its end
//	get URL                  the same with GET
//	interrupt                send the background command SIGINT
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{Dir: "testdata/script", RequireExplicitExec: true, Cmds: map[string]func(*testscript.TestScript, bool, []string){
		"exits": exits, "freeaddress": freeAddress, "ask": ask, "listen": listen, "get": get, "interrupt": interrupt,
	}})
}

func exits(ts *testscript.TestScript, _ bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			ts.Fatalf("%v", err)
		}
		got = exit.ExitCode()
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

// freeAddress looks on a loopback address of its own where there is one: the
// backends of a demo that starts in between take ports of 127.0.0.1.
func freeAddress(ts *testscript.TestScript, _ bool, args []string) {
	l, err := net.Listen("tcp", "127.0.0.2:0")
	if err != nil {
		l, err = net.Listen("tcp", "127.0.0.1:0")
	}
	ts.Check(err)
	ts.Check(l.Close())
	ts.Setenv(args[0], l.Addr().String())
}

func ask(ts *testscript.TestScript, _ bool, args []string) {
	body := `{"query":` + string(fault.AppendString(nil, args[1])) + `}`
	send(ts, func() (*http.Response, error) {
		return http.Post("http://"+args[0]+"/graphql", "application/json", strings.NewReader(body))
	})
}

func listen(ts *testscript.TestScript, _ bool, args []string) {
	body := `{"query":` + string(fault.AppendString(nil, args[1])) + `}`
	send(ts, func() (*http.Response, error) {
		r, err := http.NewRequest(http.MethodPost, "http://"+args[0]+"/graphql", strings.NewReader(body))
		ts.Check(err)
		r.Header = http.Header{"Content-Type": {"application/json"}, "Accept": {"text/event-stream"}}
		return http.DefaultClient.Do(r)
	})
}

func get(ts *testscript.TestScript, _ bool, args []string) {
	send(ts, func() (*http.Response, error) { return http.Get(args[0]) })
}

// send tries until there is an answer; a command that just started may not
// listen yet.
func send(ts *testscript.TestScript, request func() (*http.Response, error)) {
	deadline := time.Now().Add(10 * time.Second)
	for {
		response, err := request()
		if err == nil {
			defer response.Body.Close()
			_, err = io.Copy(ts.Stdout(), response.Body)
			ts.Check(err)
			return
		}
		if time.Now().After(deadline) {
			ts.Fatalf("%v", err)
		}
		<-time.After(10 * time.Millisecond)
	}
}

func interrupt(ts *testscript.TestScript, _ bool, _ []string) {
	for _, c := range ts.BackgroundCmds() {
		ts.Check(c.Process.Signal(os.Interrupt))
	}
}
