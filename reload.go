package weft

import (
	"context"
	"fmt"
	"io/fs"
	"log/slog"
	"path/filepath"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/weftql/weft/bff"
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

	mu      sync.Mutex
	wanted  *Options      // what snapshots are built from
	changed chan struct{} // closed when they are others
	failed  error         // of the last attempt, nil after a success
	since   time.Time
	// misconfigured is what is wrong with the configuration file as it stands now.
	misconfigured error
}

// settings keeps what became of the configuration file, for the readiness
// details.
func (r *reloading) settings(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.misconfigured = err
}

// Reload reads all schemas again and, if they changed, builds a snapshot and
// swaps it in. A change that is no graph leaves the running snapshot alone; a
// schema that cannot be read counts as unchanged. Either is returned, and stands
// in the readiness details until an attempt succeeds.
func (g *Gateway) Reload(ctx context.Context) error {
	_, err := g.reloadDue(ctx, due{all: true})
	return err
}

// Reconfigure builds a snapshot from other options and swaps it in: requests
// under way finish on the old one. Options that give no snapshot change nothing,
// and what is wrong with them is returned, as by New. Logger and Metrics stay
// what they were.
func (g *Gateway) Reconfigure(ctx context.Context, o Options) error {
	o = o.withDefaults()
	g.reload.one.Lock()
	defer g.reload.one.Unlock()
	before, _ := g.reload.options()
	o.Logger, o.Metrics = before.Logger, before.Metrics
	known := g.reload.known.texts
	g.reload.known.texts = stillKnown(known, before, &o)
	g.reload.want(&o)
	g.reload.known.due, g.reload.known.unreadable = due{all: true}, nil
	swapped, err := g.swap(ctx)
	if !swapped {
		g.reload.known.texts = known
		g.reload.want(before)
		return err
	}
	g.reload.mu.Lock()
	g.reload.since, g.reload.failed = time.Now(), nil
	close(g.reload.changed)
	g.reload.changed = make(chan struct{})
	g.reload.mu.Unlock()
	return nil
}

// stillKnown are the texts whose places both options agree on: another place
// that cannot be read must not go unnoticed.
func stillKnown(texts map[string]string, before, now *Options) map[string]string {
	places := func(o *Options) map[string]Schema {
		all := map[string]Schema{"": o.Supergraph}
		for i := range o.Subgraphs {
			place := o.Subgraphs[i].Schema
			if !place.given() {
				place.URL = o.Subgraphs[i].HTTP.URL
			}
			all[o.Subgraphs[i].Name] = place
		}
		return all
	}
	old, kept := places(before), map[string]string{}
	for name, place := range places(now) {
		if text, ok := texts[name]; ok && old[name] == place {
			kept[name] = text
		}
	}
	return kept
}

// options returns what snapshots are built from, and a channel that is closed
// once it is something else.
func (r *reloading) options() (*Options, <-chan struct{}) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.wanted, r.changed
}

func (r *reloading) want(o *Options) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.wanted = o
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
		g.metrics.swaps.WithLabelValues("error").Inc()
	case swapped:
		g.metrics.swapped(g.current.Load())
	}
	return swapped, err
}

// swap reports whether a new snapshot is in place.
func (g *Gateway) swap(ctx context.Context) (bool, error) {
	options, _ := g.reload.options()
	texts, err := readSchemas(ctx, options, &g.reload.known)
	if err != nil {
		return false, err
	}
	old := g.current.Load()
	if old != nil && old.options == options {
		if old.digest == texts.digest {
			return false, nil
		}
		if g.reload.why != nil && g.reload.refused == texts.digest {
			return false, g.reload.why // nothing has changed since
		}
	}
	s, err := g.build(options, texts)
	g.reload.refused, g.reload.why = texts.digest, err
	if err != nil {
		return false, err
	}
	for _, name := range s.strangers() {
		g.log.LogAttrs(ctx, slog.LevelWarn, "the supergraph has no such subgraph", slog.String("subgraph", name))
	}
	for _, f := range fault.Of(s.profiles.err) {
		g.log.LogAttrs(ctx, slog.LevelError, "a client profile is broken", slog.String("cause", f.Message))
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
func (g *Gateway) build(o *Options, texts *schemas) (s *Snapshot, err error) {
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
	return g.newSnapshot(o, graph, texts.files, texts.digest)
}

// Run watches the schemas until ctx ends: files for changes if Options.Watch,
// URLs at the intervals they are given. It returns nil.
func (g *Gateway) Run(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	changes := newTriggers()
	group.Go(func() error { // ends with ctx
		for ctx.Err() == nil {
			g.watchOptions(ctx, changes)
		}
		return nil
	})
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

// watchOptions watches what the options name until they are others, or ctx
// ends.
func (g *Gateway) watchOptions(ctx context.Context, changes *triggers) {
	options, changed := g.reload.options()
	ctx, stop := context.WithCancel(ctx)
	var watching sync.WaitGroup
	defer watching.Wait()
	defer stop()
	if folders := options.folders(); options.Watch && len(folders) > 0 {
		watching.Go(func() { watchFolders(ctx, g.log, folders, changes.files) }) // ends with ctx
	}
	for _, interval := range options.intervals() {
		watching.Go(func() { // ends with ctx
			subgraphs.Poll(ctx, interval, func(context.Context) { changes.poll(interval) })
		})
	}
	select {
	case <-changed:
	case <-ctx.Done():
	}
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

// folders returns where the files are that options name, sorted.
func (o Options) folders() []string {
	var folders []string
	add := func(s Schema) {
		if s.File != "" {
			folders = append(folders, filepath.Dir(s.File))
		}
	}
	if o.Supergraph.given() {
		add(o.Supergraph)
	} else {
		for i := range o.Subgraphs {
			add(o.Subgraphs[i].Schema)
		}
	}
	for _, path := range bff.Read(o.BFFs).Watch() {
		folders = append(folders, foldersOf(path)...)
	}
	slices.Sort(folders)
	return slices.Compact(folders)
}

// foldersOf returns the folder of a file, or a folder with all below it.
func foldersOf(path string) []string {
	var folders []string
	// What cannot be read is not there to be watched; it is read again in a while.
	_ = filepath.WalkDir(path, func(at string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
		case entry.IsDir():
			folders = append(folders, at)
		case at == path:
			folders = append(folders, filepath.Dir(at))
		}
		return nil
	})
	return folders
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

// Health says whether the gateway can answer, and what it knows of its schemas.
func (g *Gateway) Health() (required, details []server.Check) {
	s := g.current.Load()
	required = append(required, server.Check{Name: "graph", OK: s != nil})
	g.reload.mu.Lock()
	defer g.reload.mu.Unlock()
	if s != nil {
		required[0].Detail = "serving since " + g.reload.since.UTC().Format(time.RFC3339)
	}
	reload := server.Check{Name: "reload", OK: g.reload.failed == nil && g.reload.misconfigured == nil}
	switch {
	case g.reload.misconfigured != nil:
		reload.Detail = "the last change was refused: " + g.reload.misconfigured.Error()
	case g.reload.failed != nil:
		reload.Detail = "the last change was refused: " + g.reload.failed.Error()
		if fault.CodeOf(g.reload.failed) == fault.SchemaUnavailable {
			reload.Detail = "the last known schema is served: " + g.reload.failed.Error()
		}
	}
	details = append(details, reload)
	if s != nil {
		details = append(details, s.profiles.health()...)
	}
	return required, details
}
