package telemetry

import (
	"io"
	"os"
	"sync"
	"time"
)

// lineWriter writes lines without making anybody wait: they are collected in
// memory, and one goroutine writes them, many at a time. Lines that do not fit,
// because whoever reads them is slow, are dropped and counted.
type lineWriter struct {
	path    string // "" is an output that is not ours to open
	dropped func()

	mu      sync.Mutex
	filling []byte
	closed  bool

	writing sync.Mutex // guards out
	out     io.Writer

	wake, closing chan struct{}
	done          chan struct{}
}

const (
	// maxWaiting bounds the bytes that wait to be written; chosen: some 2000
	// lines.
	maxWaiting = 1 << 20
	// pause is the least time between two writes, so that under load a write
	// takes many lines. Chosen.
	pause = 10 * time.Millisecond
	// patience is the time that closing gives a slow reader. Chosen.
	patience = 3 * time.Second
)

// newLineWriter starts a writer to a file, or to out. close ends it.
func newLineWriter(path string, out io.Writer, dropped func()) (*lineWriter, error) {
	w := &lineWriter{path: path, out: out, dropped: dropped, wake: make(chan struct{}, 1), closing: make(chan struct{}), done: make(chan struct{})}
	if path != "" {
		file, err := openAppend(path)
		if err != nil {
			return nil, err
		}
		w.out = file
	}
	go w.run() // ends with close
	return w, nil
}

func openAppend(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o640) //nolint:gosec // the operator names it
}

// put adds a line, or drops it. It keeps nothing of it.
func (w *lineWriter) put(line []byte) {
	w.mu.Lock()
	fits := !w.closed && len(w.filling)+len(line) <= maxWaiting
	first := fits && len(w.filling) == 0
	if fits {
		w.filling = append(w.filling, line...)
	}
	w.mu.Unlock()
	if !fits {
		w.dropped()
	}
	if first {
		select {
		case w.wake <- struct{}{}:
		default:
		}
	}
}

func (w *lineWriter) run() {
	defer close(w.done)
	timer := time.NewTimer(0)
	defer timer.Stop()
	var spare []byte
	for closing := false; !closing; {
		select {
		case <-w.wake:
		case <-w.closing:
			closing = true
		}
		w.mu.Lock()
		full := w.filling
		w.filling = spare
		w.mu.Unlock()
		w.write(full)
		spare = full[:0]
		timer.Reset(pause)
		select {
		case <-timer.C:
		case <-w.closing:
		}
	}
}

func (w *lineWriter) write(lines []byte) {
	if len(lines) == 0 {
		return
	}
	w.writing.Lock()
	defer w.writing.Unlock()
	if _, err := w.out.Write(lines); err != nil {
		w.dropped() // the disk is full, say: there is nobody else to be told
	}
}

// reopen opens the file again; the old one gets what is being written.
func (w *lineWriter) reopen() error {
	if w.path == "" {
		return nil
	}
	file, err := openAppend(w.path)
	if err != nil {
		return err
	}
	w.writing.Lock()
	old := w.out
	w.out = file
	w.writing.Unlock()
	if closer, ok := old.(io.Closer); ok {
		return closer.Close()
	}
	return nil
}

// close writes what waits. A reader that has stopped reading does not hold it
// up for ever.
func (w *lineWriter) close() {
	w.mu.Lock()
	already := w.closed
	w.closed = true
	w.mu.Unlock()
	if already {
		return
	}
	close(w.closing)
	late := time.NewTimer(patience)
	defer late.Stop()
	select {
	case <-w.done:
		if file, ok := w.out.(io.Closer); ok && w.path != "" {
			_ = file.Close() // everything was written
		}
	case <-late.C:
	}
}
