package weft_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"github.com/weftql/weft"
	"github.com/weftql/weft/config"
	"github.com/weftql/weft/examples/shop"
)

// TestIdleSubscriptions opens 2 000 subscriptions, each on a WebSocket of its
// own, to a gateway in a process of its own: it may need 32 KiB for each, be
// they all the same or all different, and no goroutine is left of them.
func TestIdleSubscriptions(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("reads /proc")
	}
	if testing.Short() {
		t.Skip("opens 4 000 sockets")
	}
	for _, c := range []struct{ name, id string }{{"shared", "1"}, {"distinct", "%d"}} {
		t.Run(c.name, func(t *testing.T) {
			const count = 2000
			child := startChild(t)
			// What the first ones cost is the process's, not theirs.
			warm := child.subscribe(t, c.id, 20)
			goroutines, before := child.ask(t, "goroutines"), child.rss(t)
			sockets := child.subscribe(t, c.id, count)
			during, after := child.ask(t, "goroutines"), child.rss(t)
			each := float64(after-before) / count
			t.Logf("%.1f KiB and %.2f goroutines per subscription; %d KiB before, %d KiB after", each, float64(during-goroutines)/count, before, after)
			if each > 32 && !raceEnabled {
				t.Errorf("%.1f KiB per subscription", each)
			}
			for _, s := range sockets {
				s.Close()
			}
			until(t, "goroutines end", func() bool { return child.ask(t, "goroutines") <= goroutines })
			for _, s := range warm {
				s.Close()
			}
		})
	}
}

// child is a gateway over the shop in another process.
type child struct {
	command *exec.Cmd
	address string
	in      io.WriteCloser
	out     *bufio.Reader
}

func startChild(t *testing.T) *child {
	t.Helper()
	s, err := shop.Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() }) // the child has gone
	var subgraphs []string
	for _, g := range s.Subgraphs {
		if g.Source == "" {
			subgraphs = append(subgraphs, g.Name+"="+g.URL)
		}
	}
	c := &child{command: exec.Command(os.Args[0], "-test.run=^TestIdleChild$")}
	c.command.Env = append(os.Environ(), "WEFT_IDLE_CHILD="+strings.Join(subgraphs, " "))
	c.command.Stderr = os.Stderr
	if c.in, err = c.command.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := c.command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	c.out = bufio.NewReader(out)
	if err := c.command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = c.in.Close()
		if err := c.command.Wait(); err != nil {
			t.Errorf("the child ended with %v", err)
		}
	})
	c.address = c.line(t)
	return c
}

func (c *child) line(t *testing.T) string {
	t.Helper()
	text, err := c.out.ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(text)
}

// ask returns a number the child counts.
func (c *child) ask(t *testing.T, what string) int {
	t.Helper()
	if _, err := io.WriteString(c.in, what+"\n"); err != nil {
		t.Fatal(err)
	}
	n, err := strconv.Atoi(c.line(t))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// rss returns the resident memory of the child in KiB.
func (c *child) rss(t *testing.T) int {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", c.command.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), "VmRSS:")
	n, err := strconv.Atoi(strings.Fields(rest)[0])
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// subscribe opens sockets with a subscription each and waits until all run.
func (c *child) subscribe(t *testing.T, id string, count int) []net.Conn {
	t.Helper()
	before := c.ask(t, "subscriptions")
	var sockets []net.Conn
	dialer := websocket.Dialer{Subprotocols: []string{"graphql-transport-ws"}}
	for i := range count {
		ws, response, err := dialer.Dial("ws://"+c.address+"/graphql", http.Header{"User-Agent": {"a client"}})
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		product := strings.ReplaceAll(id, "%d", strconv.Itoa(i+before))
		for _, message := range []string{`{"type":"connection_init"}`, `{"id":"1","type":"subscribe","payload":{"query":"subscription($id: ID) { reviewAdded(productId: $id) { body product { name } } }","variables":{"id":"` + product + `"}}}`} {
			if err := ws.WriteMessage(websocket.TextMessage, []byte(message)); err != nil {
				t.Fatal(err)
			}
		}
		sockets = append(sockets, ws.NetConn())
	}
	until(t, "all subscribed", func() bool { return c.ask(t, "subscriptions") == before+count })
	return sockets
}

// TestIdleChild is the other process of TestIdleSubscriptions.
func TestIdleChild(t *testing.T) {
	list := os.Getenv("WEFT_IDLE_CHILD")
	if list == "" {
		return
	}
	settings := &config.Config{}
	settings.Listeners.Public.Address, settings.Listeners.Admin.Address = "127.0.0.1:0", "127.0.0.1:0"
	settings.Subgraphs.Defaults.Subscriptions.IdleTimeout = config.Duration(100 * time.Millisecond) // connections to subgraphs have goroutines too
	for _, entry := range strings.Fields(list) {
		name, url, _ := strings.Cut(entry, "=")
		settings.Subgraphs.List = append(settings.Subgraphs.List, config.Subgraph{Name: name, URL: url})
	}
	ctx, stop := context.WithCancel(t.Context())
	p, err := weft.Start(ctx, settings, false, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- p.Run(ctx) }() // ends with stop
	fmt.Println(p.Addr())
	for commands := bufio.NewScanner(os.Stdin); commands.Scan(); {
		switch commands.Text() {
		case "goroutines":
			fmt.Println(runtime.NumGoroutine())
		case "subscriptions":
			fmt.Println(metric(t, p.AdminAddr(), `weft_subscriptions_active{side="client"}`))
		}
	}
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// metric reads a number from the admin listener.
func metric(t *testing.T, admin, name string) int {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Get("http://" + admin + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(text), "\n"+name+" ")
	if !found {
		t.Fatalf("no metric %s", name)
	}
	value, _, _ := strings.Cut(rest, "\n")
	n, err := strconv.ParseFloat(value, 64)
	if err != nil {
		t.Fatal(err)
	}
	return int(n)
}
