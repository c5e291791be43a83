package testkit

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"

	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/planner/plan"
	"github.com/weftql/weft/subgraphs"
)

// Server is a subgraph that can be asked: [Fixture] or [Member].
type Server interface {
	Schema() *SubgraphSchema
	// Serve answers a valid query or mutation.
	Serve(ctx context.Context, d *Document, variables *Object) *Exchange
	// Events answers a valid subscription.
	Events(ctx context.Context, d *Document, variables *Object) ([]*Response, error)
}

// Witness is implemented by servers that want to know of invalid operations.
type Witness interface {
	Refused(operation string, err error)
}

// Exchange is an answer as it would come over HTTP.
type Exchange struct {
	Refused     bool // the connection was refused
	Status      int
	ContentType string
	Body        []byte
}

// Source offers a Server as a subgraphs.Source. What it cannot answer fails as
// it would behind the HTTP source.
type Source struct {
	Name   string
	Server Server
	// Starts makes the calls implement subgraphs.Starter, so that the executor
	// takes its path without goroutines.
	Starts bool
	// Log receives every request; nil discards.
	Log *FetchLog
}

var _ subgraphs.Source = (*Source)(nil)

// Prepare parses and validates the operation once. An invalid one is answered
// with an error at every fetch, as a server would.
func (s *Source) Prepare(spec *subgraphs.Spec) (subgraphs.Call, error) {
	c := &call{source: s, spec: *spec}
	c.document, c.invalid = ParseDocument(s.Server.Schema().AST, spec.Operation, spec.Name)
	if w, ok := s.Server.(Witness); ok && c.invalid != nil {
		w.Refused(spec.Operation, c.invalid)
	}
	if spec.Kind == plan.Subscription {
		return &streamCall{c}, nil
	}
	if s.Starts {
		return &startCall{c}, nil
	}
	return c, nil
}

// call is one prepared operation.
type call struct {
	source   *Source
	spec     subgraphs.Spec
	document *Document
	invalid  error
}

// Fetch answers one request.
func (c *call) Fetch(ctx context.Context, req *subgraphs.Request, res *subgraphs.Response) error {
	variables, err := c.variables(req)
	if err != nil {
		return c.fault(fault.InternalServerError, err.Error())
	}
	answer := c.ask(ctx, variables)
	c.source.Log.add(FetchRecord{Subgraph: c.source.Name, Operation: c.spec.Operation, Variables: FormatJSON(variables), Answer: answer.String()})
	return c.deliver(ctx, answer, res)
}

func (c *call) ask(ctx context.Context, variables *Object) *Exchange {
	if c.invalid != nil {
		return &Exchange{Status: http.StatusOK, ContentType: "application/json", Body: refusal(c.invalid).Append(nil)}
	}
	return c.source.Server.Serve(ctx, c.document, variables)
}

// deliver gives the answer the way the HTTP source does: bodies of GraphQL
// answers as they are, everything else as a fault.
func (c *call) deliver(ctx context.Context, answer *Exchange, res *subgraphs.Response) error {
	if ctx.Err() != nil {
		return c.fault(fault.GatewayTimeout, ctx.Err().Error())
	}
	if answer.Refused {
		return c.fault(fault.SubrequestHTTPError, "connection refused")
	}
	res.Status = answer.Status
	json := strings.HasPrefix(answer.ContentType, "application/json")
	if !json && answer.Status == http.StatusOK {
		return c.fault(fault.SubrequestMalformed, "unexpected content type "+answer.ContentType)
	}
	if !json || answer.Status != http.StatusOK && !strings.HasPrefix(strings.TrimSpace(string(answer.Body)), "{") {
		return c.fault(fault.SubrequestHTTPError, fmt.Sprintf("%d: %s", answer.Status, http.StatusText(answer.Status)))
	}
	if !strings.HasPrefix(strings.TrimSpace(string(answer.Body)), "{") {
		return c.fault(fault.SubrequestMalformed, "the body is no JSON object")
	}
	res.Body = append(res.Body, answer.Body...)
	return nil
}

func (c *call) fault(code fault.Code, message string) error {
	return &fault.Error{Code: code, Message: message, Subgraph: c.source.Name}
}

// variables builds the request's variables object.
func (c *call) variables(req *subgraphs.Request) (*Object, error) {
	out := &Object{}
	for i, name := range c.spec.Variables {
		if i >= len(req.Values) || req.Values[i] == nil {
			continue
		}
		v, err := ParseJSON(req.Values[i])
		if err != nil {
			return nil, fmt.Errorf("variable $%s: %w", name, err)
		}
		out.Set(name, v)
	}
	for i, set := range c.spec.Sets {
		if set.Variable == "" || i >= len(req.Sets) {
			continue
		}
		text := append(append([]byte("["), req.Sets[i].Reps...), ']')
		v, err := ParseJSON(text)
		if err != nil {
			return nil, fmt.Errorf("representations $%s: %w in %s", set.Variable, err, text)
		}
		list, _ := v.([]any)
		if got, want := len(list), len(req.Sets[i].Ends); got != want {
			return nil, fmt.Errorf("representations $%s: %d objects, %d ends", set.Variable, got, want)
		}
		out.Set(set.Variable, v)
	}
	return out, nil
}

// startCall is a call that can also be started.
type startCall struct{ *call }

// Start asks at once and delivers when Finish is called.
func (c *startCall) Start(ctx context.Context, req *subgraphs.Request) (subgraphs.Pending, error) {
	variables, err := c.variables(req)
	if err != nil {
		return nil, c.fault(fault.InternalServerError, err.Error())
	}
	ctx, cancel := context.WithCancel(ctx)
	p := &pending{call: c.call, ctx: ctx, cancel: cancel, variables: FormatJSON(variables), answer: make(chan *Exchange, 1)}
	// Ends with the answer, which the buffered channel takes even if nobody reads.
	go func() { p.answer <- c.ask(ctx, variables) }()
	return p, nil
}

// pending is a started call.
type pending struct {
	call      *call
	ctx       context.Context //nolint:containedctx // the struct is one request
	cancel    context.CancelFunc
	variables string
	answer    chan *Exchange
}

// Finish waits for the answer.
func (p *pending) Finish(res *subgraphs.Response) error {
	answer := <-p.answer
	defer p.cancel()
	p.call.source.Log.add(FetchRecord{Subgraph: p.call.source.Name, Operation: p.call.spec.Operation, Variables: p.variables, Answer: answer.String()})
	return p.call.deliver(p.ctx, answer, res)
}

// Interrupt makes Finish return soon.
func (p *pending) Interrupt() { p.cancel() }

// streamCall is a prepared subscription.
type streamCall struct{ *call }

// Subscribe evaluates all events; Next hands them out.
func (c *streamCall) Subscribe(ctx context.Context, req *subgraphs.Request) (subgraphs.Stream, error) {
	variables, err := c.variables(req)
	if err == nil && c.invalid != nil {
		err = c.invalid
	}
	var events []*Response
	if err == nil {
		events, err = c.source.Server.Events(ctx, c.document, variables)
	}
	c.source.Log.add(FetchRecord{Subgraph: c.source.Name, Operation: c.spec.Operation, Variables: FormatJSON(variables)})
	if err != nil {
		return nil, c.fault(fault.DownstreamServiceError, err.Error())
	}
	return &stream{events: events}, nil
}

// stream hands out evaluated events.
type stream struct {
	mu     sync.Mutex // guards events
	events []*Response
}

// Next appends the next event, io.EOF after the last.
func (s *stream) Next(ctx context.Context, res *subgraphs.Response) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if len(s.events) == 0 {
		return io.EOF
	}
	res.Status = http.StatusOK
	res.Body = s.events[0].Append(res.Body)
	s.events = s.events[1:]
	return nil
}

// Close drops the rest.
func (s *stream) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.events = nil
	return nil
}
