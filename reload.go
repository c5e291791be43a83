package weft

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"github.com/fsnotify/fsnotify"
	"golang.org/x/sync/errgroup"

	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/server"
	"github.com/weftql/weft/subgraphs"
)

// reloading is the state of swaps: one at a time, and what became of the last.
type reloading struct {
	one     sync.Mutex // held for a whole reload
	known   known
	refused [32]byte // digest of the texts refused last, and why
	why     error

	mu     sync.Mutex
	failed error // of the last attempt, nil after a success
	since  time.Time
}

// Reload reads all schemas again and, if they changed, builds a snapshot and
// swaps it in. A change that is no graph leaves the running snapshot alone; a
// schema that cannot be read counts as unchanged. Either is returned, and stands
// in the readiness details until an attempt succeeds.
func (g *Gateway) Reload(ctx context.Context) error {
	_, err := g.reloadDue(ctx, due{all: true})
	return err
}

// reloadDue is Reload for what is due. It reports whether a new snapshot is in
// place, which it can be beside an error.
func (g *Gateway) reloadDue(ctx context.Context, d due) (bool, error) {
	g.reload.one.Lock()
	defer g.reload.one.Unlock()
	g.reload.known.due, g.reload.known.unreadable = d, nil
	swapped, err := g.swap(ctx)
	if unreadable := g.reload.known.unreadable; err == nil && len(unreadable) > 0 {
		err = unreadable
	}
	g.reload.mu.Lock()
	g.reload.failed = err
	if swapped {
		g.reload.since = time.Now()
	}
	g.reload.mu.Unlock()
	switch {
	case err != nil:
		g.metrics.reloads.WithLabelValues("error").Inc()
	case swapped:
		g.metrics.reloads.WithLabelValues("ok").Inc()
	}
	return swapped, err
}

// swap reports whether a new snapshot is in place.
func (g *Gateway) swap(ctx context.Context) (bool, error) {
	texts, err := readSchemas(ctx, g.options, &g.reload.known)
	if err != nil {
		return false, err
	}
	old := g.current.Load()
	if old != nil && old.digest == texts.digest {
		return false, nil
	}
	if g.reload.why != nil && g.reload.refused == texts.digest {
		return false, g.reload.why // nothing has changed since
	}
	s, err := g.build(texts)
	g.reload.refused, g.reload.why = texts.digest, err
	if err != nil {
		return false, err
	}
	for _, name := range s.strangers(g.options) {
		g.log.LogAttrs(ctx, slog.LevelWarn, "the supergraph has no such subgraph", slog.String("subgraph", name))
	}
	for _, name := range unenforced(s.Supergraph) {
		g.log.LogAttrs(ctx, slog.LevelWarn, "the graph uses a directive that is not enforced: its fields are open to every client", slog.String("directive", name))
	}
	g.current.Store(s)
	g.rebind(s)
	if old != nil {
		old.unpin()
	}
	return true, nil
}

// build makes a snapshot of texts. A panic is a bug in weft, but one that a
// subgraph's schema can provoke: the graph that runs must survive it.
func (g *Gateway) build(texts *schemas) (s *Snapshot, err error) {
	defer func() {
		if r := recover(); r != nil {
			s, err = nil, &fault.Error{Code: fault.InternalServerError, Message: "the schemas could not be processed because of a bug in weft: " + fmt.Sprint(r),
				Cause: fmt.Errorf("%v\n%s", r, debug.Stack())}
			g.log.LogAttrs(context.Background(), slog.LevelError, "panic while building a graph", slog.String("cause", fmt.Sprintf("%v\n%s", r, debug.Stack())))
		}
	}()
	graph, err := texts.load()
	if err != nil {
		return nil, err
	}
	return g.newSnapshot(graph, texts.digest)
}

// Run watches the schemas until ctx ends: files for changes if Options.Watch,
// URLs at the intervals they are given. It returns nil.
func (g *Gateway) Run(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	changes := newTriggers()
	if files := g.options.files(); g.options.Watch && len(files) > 0 {
		group.Go(func() error { return g.watch(ctx, files, changes) }) // ends with ctx
	}
	for _, interval := range g.options.intervals() {
		group.Go(func() error { // ends with ctx
			subgraphs.Poll(ctx, interval, func(context.Context) { changes.poll(interval) })
			return nil
		})
	}
	group.Go(func() error { // ends with ctx
		told := ""
		for {
			select {
			case <-ctx.Done():
				return nil
			case <-changes.wake:
				told = g.again(ctx, changes.take(), told)
			}
		}
	})
	return group.Wait()
}

// again reloads and says in the log what came of it, a trouble that lasts only
// once: told is the last one, as is the result.
func (g *Gateway) again(ctx context.Context, d due, told string) string {
	swapped, err := g.reloadDue(ctx, d)
	if swapped {
		g.log.LogAttrs(ctx, slog.LevelInfo, "schema change taken", slog.String("trigger", d.name()), slog.Int("subgraphs", g.Snapshot().Registered()))
	}
	switch {
	case err == nil:
		return ""
	case ctx.Err() != nil, err.Error() == told:
		return told
	case fault.CodeOf(err) == fault.SchemaUnavailable:
		g.log.LogAttrs(ctx, slog.LevelWarn, "schema cannot be read, the known one stays", slog.String("trigger", d.name()), slog.String("cause", err.Error()))
	default:
		g.log.LogAttrs(ctx, slog.LevelError, "schema change refused, the running graph stays", slog.String("trigger", d.name()), slog.String("cause", err.Error()))
	}
	return err.Error()
}

// files returns the schema files, sorted.
func (o Options) files() []string {
	var files []string
	if o.Supergraph.given() {
		files = append(files, o.Supergraph.File)
	} else {
		for i := range o.Subgraphs {
			files = append(files, o.Subgraphs[i].Schema.File)
		}
	}
	slices.Sort(files)
	return slices.DeleteFunc(slices.Compact(files), func(f string) bool { return f == "" })
}

// intervals returns the different polling intervals.
func (o Options) intervals() []time.Duration {
	var all []time.Duration
	if o.Supergraph.given() {
		all = append(all, o.Supergraph.Poll)
	} else {
		for i := range o.Subgraphs {
			all = append(all, o.Subgraphs[i].Schema.Poll)
		}
	}
	slices.Sort(all)
	return slices.DeleteFunc(slices.Compact(all), func(d time.Duration) bool { return d <= 0 })
}

// filePoll is how often files are compared although nothing was notified: some
// file systems notify nobody. Chosen, not measured.
const filePoll = 10 * time.Second

// settle is how long after a change the files are read: editors write in steps.
// Chosen, not measured.
const settle = 100 * time.Millisecond

// watch signals changes in the folders of the files. Folders, because a file
// that is replaced (an editor's rename, a Kubernetes symlink) loses its watch.
// Whether a text really changed is for the reload to find.
func (g *Gateway) watch(ctx context.Context, files []string, changes *triggers) error {
	var events chan fsnotify.Event
	var failures chan error
	watcher, err := fsnotify.NewWatcher()
	if err == nil {
		defer func() { _ = watcher.Close() }() // there is nothing left to lose
		events, failures = watcher.Events, watcher.Errors
		err = watchFolders(watcher, files)
	}
	if err != nil {
		g.log.LogAttrs(ctx, slog.LevelWarn, "files are compared instead of watched", slog.String("cause", err.Error()))
	}
	poll := time.NewTicker(filePoll)
	defer poll.Stop()
	quiet := time.NewTimer(settle)
	quiet.Stop()
	noticed, running := false, false
	for {
		if noticed && !running { // from the first change on, so that a file that never rests is read too
			running = true
			quiet.Reset(settle)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-failures: // events were lost: look
			noticed = true
		case <-events:
			noticed = true
		case <-quiet.C:
			noticed, running = false, false
			changes.files()
		case <-poll.C:
			changes.files()
		}
	}
}

func watchFolders(w *fsnotify.Watcher, files []string) error {
	for _, file := range files {
		if err := w.Add(filepath.Dir(file)); err != nil {
			return err
		}
	}
	return nil
}

// Health says whether the gateway can answer, and what it knows of its schemas.
func (g *Gateway) Health() (required, details []server.Check) {
	s := g.current.Load()
	required = append(required, server.Check{Name: "graph", OK: s != nil})
	g.reload.mu.Lock()
	defer g.reload.mu.Unlock()
	if s != nil {
		required[0].Detail = "serving since " + g.reload.since.UTC().Format(time.RFC3339)
	}
	reload := server.Check{Name: "reload", OK: g.reload.failed == nil}
	if g.reload.failed != nil {
		reload.Detail = "the last change was refused: " + g.reload.failed.Error()
		if fault.CodeOf(g.reload.failed) == fault.SchemaUnavailable {
			reload.Detail = "the last known schema is served: " + g.reload.failed.Error()
		}
	}
	return required, append(details, reload)
}
