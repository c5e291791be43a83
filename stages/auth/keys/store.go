package keys

import (
	"context"
	"fmt"
	"log/slog"
	"reflect"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/weftql/weft/internal/filestamp"
)

// Store is the records of a file, kept at hand. It is safe for concurrent use.
type Store struct {
	o       Options
	byID    atomic.Pointer[map[string]*Entry]
	stamp   filestamp.Stamp // of what was read last, and what it was; of the loop
	records []Record
	told    string
	cancel  context.CancelFunc
	done    chan struct{}
}

// look is how often the file is looked at; a revoked key may live on for twice as
// long. Chosen, not measured.
const look = 2 * time.Second

// Options say what a Store reads.
type Options struct {
	// Path is the file.
	Path string
	// Authenticator is what the store's principals are found by.
	Authenticator string
	// Logger learns of failures and changes; nil discards.
	Logger *slog.Logger
}

// Open reads the file and keeps on looking at it until Close. A file that cannot
// be read is an error at first; later on the records last read stay.
func Open(o Options) (*Store, error) {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	s := &Store{o: o, done: make(chan struct{})}
	if err := s.read(); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.Background()) // ends with Close
	s.cancel = cancel
	go s.run(ctx) // ended by Close
	return s, nil
}

// Close stops looking at the file.
func (s *Store) Close() {
	s.cancel()
	<-s.done
}

// Find returns the record of an id, nil without one.
func (s *Store) Find(id string) *Entry { return (*s.byID.Load())[id] }

// Len returns the number of records.
func (s *Store) Len() int { return len(*s.byID.Load()) }

func (s *Store) run(ctx context.Context) {
	defer close(s.done)
	ticker := time.NewTicker(look)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		err := s.read()
		switch {
		case err == nil:
			s.told = ""
		case err.Error() != s.told:
			s.told = err.Error()
			s.o.Logger.Warn("the store of API keys cannot be read; what was read last holds", "error", err)
		}
	}
}

// read reads the file if it has changed.
func (s *Store) read() error {
	info, changed, err := s.stamp.Changed(s.o.Path)
	if err != nil || !changed {
		return err
	}
	records, err := Read(s.o.Path)
	if err != nil {
		return err
	}
	s.stamp.Read(info)
	if s.byID.Load() != nil && reflect.DeepEqual(records, s.records) {
		return nil
	}
	entries, err := index(records, s.o.Authenticator)
	if err != nil {
		return fmt.Errorf("%s: %w", s.o.Path, err)
	}
	s.records = records
	if s.byID.Swap(&entries) != nil {
		s.o.Logger.Info("the store of API keys was read again", "keys", len(entries))
	}
	return nil
}

// index checks records and orders them by id.
func index(records []Record, authenticator string) (map[string]*Entry, error) {
	entries := make(map[string]*Entry, len(records))
	for i := range records {
		e, err := records[i].compile(authenticator)
		if err != nil {
			return nil, fmt.Errorf("record %d: %w", i+1, err)
		}
		if entries[e.ID] != nil {
			return nil, fmt.Errorf("record %d: there is another record with id %s", i+1, strconv.Quote(e.ID))
		}
		entries[e.ID] = e
	}
	return entries, nil
}

// Check reports what is wrong with records, nil if nothing is.
func Check(records []Record) error {
	_, err := index(records, "")
	return err
}
