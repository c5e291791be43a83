package testkit

import (
	"fmt"
	"strings"
	"sync"
)

// FetchRecord is one request a source received.
type FetchRecord struct {
	Subgraph, Operation, Variables, Answer string
}

// FetchLog collects requests. A nil log discards them; it is safe for
// concurrent use.
type FetchLog struct {
	mu      sync.Mutex // guards records
	records []FetchRecord
}

func (l *FetchLog) add(r FetchRecord) {
	if l == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.records = append(l.records, r)
}

// Records returns what was logged so far.
func (l *FetchLog) Records() []FetchRecord {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]FetchRecord(nil), l.records...)
}

// Reset forgets everything.
func (l *FetchLog) Reset() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.records = nil
}

// String prints the requests in the order they were answered.
func (l *FetchLog) String() string {
	var b strings.Builder
	for _, r := range l.Records() {
		fmt.Fprintf(&b, "%s ← %s %s\n  → %s\n", r.Subgraph, r.Operation, r.Variables, r.Answer)
	}
	return b.String()
}

// String prints the answer on one line.
func (e *Exchange) String() string {
	switch {
	case e.Refused:
		return "connection refused"
	case e.Status != 200:
		return fmt.Sprintf("%d %s", e.Status, e.Body)
	}
	return string(e.Body)
}
