package weft

import (
	"context"
	"log/slog"
	"time"

	"github.com/fsnotify/fsnotify"
)

// filePoll is how often files are compared although nothing was notified: some
// file systems notify nobody. Chosen, not measured.
const filePoll = 10 * time.Second

// settle is how long after a change the files are read: editors write in steps.
// Chosen, not measured.
const settle = 100 * time.Millisecond

// watchFolders calls changed after something in one of the folders may have,
// until ctx ends. Folders, because a file that is replaced (an editor's rename, a
// Kubernetes symlink) loses its watch. Whether a text really changed is for
// changed to find.
func watchFolders(ctx context.Context, logger *slog.Logger, folders []string, changed func()) {
	var events chan fsnotify.Event
	var failures chan error
	watcher, err := fsnotify.NewWatcher()
	if err == nil {
		defer func() { _ = watcher.Close() }() // there is nothing left to lose
		events, failures = watcher.Events, watcher.Errors
		for _, folder := range folders {
			if err == nil {
				err = watcher.Add(folder)
			}
		}
	}
	if err != nil {
		logger.LogAttrs(ctx, slog.LevelWarn, "files are compared instead of watched", slog.String("cause", err.Error()))
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
			return
		case <-failures: // events were lost: look
			noticed = true
		case <-events:
			noticed = true
		case <-quiet.C:
			noticed, running = false, false
			changed()
		case <-poll.C:
			changed()
		}
	}
}
