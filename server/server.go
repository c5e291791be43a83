package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
)

// ListenOptions configure a Server. The zero value works.
type ListenOptions struct {
	// Address of the public listener; default 127.0.0.1:4000.
	Address string
	// AdminAddress of the admin listener; default 127.0.0.1:9090, "-" is none.
	AdminAddress string
	// ReadHeaderTimeout, default 10 s, and RequestTimeout, default 60 s, bound a
	// slow client; IdleTimeout, default 75 s, an unused connection.
	ReadHeaderTimeout, RequestTimeout, IdleTimeout time.Duration
	// OperationTimeout, default 30 s, is what the handler may need beside
	// RequestTimeout: a client must get the answer of the slowest operation.
	OperationTimeout time.Duration
	// MaxHeaderBytes bounds a request's head; default 64 KiB.
	MaxHeaderBytes int
	// PreDrain is how long a stopping server goes on serving while it reports
	// itself not ready; Drain, default 30 s, how long it then waits for requests
	// under way.
	PreDrain, Drain time.Duration
	Logger          *slog.Logger // nil discards
}

func (o ListenOptions) withDefaults() ListenOptions {
	if o.Address == "" {
		o.Address = "127.0.0.1:4000"
	}
	if o.AdminAddress == "" {
		o.AdminAddress = "127.0.0.1:9090"
	}
	if o.ReadHeaderTimeout == 0 {
		o.ReadHeaderTimeout = 10 * time.Second
	}
	if o.RequestTimeout == 0 {
		o.RequestTimeout = 60 * time.Second
	}
	if o.OperationTimeout == 0 {
		o.OperationTimeout = 30 * time.Second
	}
	if o.IdleTimeout == 0 {
		o.IdleTimeout = 75 * time.Second
	}
	if o.MaxHeaderBytes == 0 {
		o.MaxHeaderBytes = 64 << 10
	}
	if o.Drain == 0 {
		o.Drain = 30 * time.Second
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return o
}

// Server runs the public and the admin listener. Use: New, Listen, Run.
type Server struct {
	options       ListenOptions
	public, admin *http.Server
	publicL       net.Listener
	adminL        net.Listener // nil without one
	draining      atomic.Bool
}

// New returns a server for two handlers. It starts nothing.
func New(public, admin http.Handler, o ListenOptions) *Server {
	o = o.withDefaults()
	s := &Server{options: o}
	s.public, s.admin = s.httpServer(public), s.httpServer(s.gate(admin))
	return s
}

func (s *Server) httpServer(h http.Handler) *http.Server {
	o := s.options
	return &http.Server{
		Handler: h, ReadHeaderTimeout: o.ReadHeaderTimeout, ReadTimeout: o.RequestTimeout,
		// It runs from the head on, so reading and the operation count too.
		WriteTimeout: o.RequestTimeout + o.OperationTimeout,
		IdleTimeout:  o.IdleTimeout, MaxHeaderBytes: o.MaxHeaderBytes,
		ErrorLog: slog.NewLogLogger(o.Logger.Handler(), slog.LevelDebug), // what a client can cause is not logged louder
	}
}

// gate answers /readyz with 503 while the server drains.
func (s *Server) gate(admin http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.draining.Load() && r.URL.Path == "/readyz" {
			writeText(w, http.StatusServiceUnavailable, "-- server draining\n")
			return
		}
		admin.ServeHTTP(w, r)
	})
}

// Listen opens the listeners, so that Addr is known and a port that is taken is
// told before anything runs.
func (s *Server) Listen(ctx context.Context) error {
	var config net.ListenConfig
	var err error
	if s.publicL, err = config.Listen(ctx, "tcp", s.options.Address); err != nil {
		return fmt.Errorf("open the public listener: %w", err)
	}
	if s.options.AdminAddress == "-" {
		return nil
	}
	if s.adminL, err = config.Listen(ctx, "tcp", s.options.AdminAddress); err != nil {
		return errors.Join(fmt.Errorf("open the admin listener: %w", err), s.publicL.Close())
	}
	return nil
}

// Addr returns the address of the public listener, AdminAddr of the admin one,
// "" without one. Both are known after Listen.
func (s *Server) Addr() string { return s.publicL.Addr().String() }

// AdminAddr returns the address of the admin listener, "" without one.
func (s *Server) AdminAddr() string {
	if s.adminL == nil {
		return ""
	}
	return s.adminL.Addr().String()
}

// Run serves until ctx ends, then drains: readiness goes first, then after
// PreDrain the listeners, and requests under way have Drain to finish. It
// returns nil after a clean drain.
func (s *Server) Run(ctx context.Context) error {
	group, failed := errgroup.WithContext(ctx)
	group.Go(func() error { return serve(s.public, s.publicL) }) // ends with Shutdown
	if s.adminL != nil {
		group.Go(func() error { return serve(s.admin, s.adminL) }) // ends with Shutdown
	}
	group.Go(func() error {
		<-failed.Done()
		return s.drain(context.WithoutCancel(ctx), ctx.Err() != nil)
	})
	return group.Wait()
}

func serve(h *http.Server, l net.Listener) error {
	if err := h.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// drainer is a handler with connections that net/http no longer knows, and
// with responses that do not end by themselves.
type drainer interface{ Drain(ctx context.Context) }

// drain stops both servers; orderly is false when one of them failed.
func (s *Server) drain(ctx context.Context, orderly bool) error {
	s.draining.Store(true)
	if orderly && s.options.PreDrain > 0 {
		time.Sleep(s.options.PreDrain)
	}
	s.public.SetKeepAlivesEnabled(false)
	ctx, cancel := context.WithTimeout(ctx, s.options.Drain)
	defer cancel()
	var streams sync.WaitGroup
	if public, ok := s.public.Handler.(drainer); ok {
		streams.Go(func() { public.Drain(ctx) }) // ends with ctx
	}
	err := s.public.Shutdown(ctx)
	streams.Wait()
	if err != nil {
		err = errors.Join(fmt.Errorf("requests still under way after %v were cut off: %w", s.options.Drain, err), s.public.Close())
	}
	// The admin listener goes last: probes should see the drain.
	return errors.Join(err, s.admin.Close())
}
