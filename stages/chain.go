package stages

import (
	"context"
	"errors"

	"github.com/weftql/weft/operation"
)

// Chain is the stages of one profile. It is immutable. A nil chain lets
// everything pass.
type Chain struct {
	stages   []Stage
	rejected Rejected
}

// Rejected is told of every refusal, of observing stages too.
type Rejected func(c *Call, s *Stage, err error)

// NewChain returns a chain of stages in this order; rejected may be nil.
func NewChain(rejected Rejected, stages ...Stage) *Chain {
	if len(stages) == 0 {
		return nil
	}
	if rejected == nil {
		rejected = func(*Call, *Stage, error) {}
	}
	return &Chain{stages: stages, rejected: rejected}
}

// Enter runs the stages before the document is looked at. Settle is due even
// after an error.
func (ch *Chain) Enter(ctx context.Context, c *Call) error {
	if ch == nil {
		return nil
	}
	if cap(c.locals) < len(ch.stages) {
		c.locals = make([]any, len(ch.stages))
	}
	c.locals = c.locals[:len(ch.stages)]
	for i := range ch.stages {
		s := &ch.stages[i]
		c.entered = i + 1
		if s.Enter == nil {
			continue
		}
		c.Local, c.Note = nil, nil
		err := s.Enter(ctx, c)
		c.locals[i] = c.Local
		if err := ch.judge(c, s, err); err != nil {
			return err
		}
	}
	return nil
}

// Notes are what the stages prepared for one operation.
type Notes struct {
	notes []any
	// refused are, by stage, the refusals of Prepare in Observe: they are told
	// for every operation.
	refused []error
}

// Prepare runs what stages do once per document. The result of an operation that
// is refused is an error, which may be kept as long as the notes.
func (ch *Chain) Prepare(op *operation.Operation) (*Notes, error) {
	if ch == nil {
		return nil, nil
	}
	n := &Notes{notes: make([]any, len(ch.stages))}
	for i := range ch.stages {
		s := &ch.stages[i]
		if s.Prepare == nil {
			continue
		}
		note, err := s.Prepare(op)
		n.notes[i] = note
		switch {
		case err == nil:
		case s.Mode == Observe:
			if n.refused == nil {
				n.refused = make([]error, len(ch.stages))
			}
			n.refused[i] = err
		default:
			return nil, &refusal{stage: s, err: err}
		}
	}
	return n, nil
}

// refusal is an error of Prepare with the stage that made it.
type refusal struct {
	stage *Stage
	err   error
}

func (r *refusal) Error() string { return r.err.Error() }
func (r *refusal) Unwrap() error { return r.err }

// Refuse tells of an error that Prepare returned, once per operation it stops,
// and returns what to answer. Any other error comes back as it is.
func (ch *Chain) Refuse(c *Call, err error) error {
	var r *refusal
	if !errors.As(err, &r) {
		return err
	}
	ch.rejected(c, r.stage, r.err)
	return r.err
}

// Check runs the stages that look at operation and values. n is Prepare's
// result for the operation.
func (ch *Chain) Check(ctx context.Context, c *Call, n *Notes) error {
	if ch == nil {
		return nil
	}
	for i := range ch.stages {
		s := &ch.stages[i]
		if n.refused != nil && n.refused[i] != nil {
			ch.rejected(c, s, n.refused[i])
		}
		if s.Check == nil {
			continue
		}
		c.Local, c.Note = c.locals[i], n.notes[i]
		err := s.Check(ctx, c)
		c.locals[i] = c.Local
		if err := ch.judge(c, s, err); err != nil {
			return err
		}
	}
	return nil
}

// Settle ends the call for every stage that was entered, last first.
func (ch *Chain) Settle(c *Call, n *Notes) {
	if ch == nil {
		return
	}
	for i := c.entered - 1; i >= 0; i-- {
		s := &ch.stages[i]
		if s.Settle == nil {
			continue
		}
		c.Local, c.Note = c.locals[i], nil
		if n != nil {
			c.Note = n.notes[i]
		}
		s.Settle(c)
	}
	clear(c.locals)
	c.entered = 0
}

// judge tells of a refusal, and lets it pass where the stage only observes.
func (ch *Chain) judge(c *Call, s *Stage, err error) error {
	if err == nil {
		return nil
	}
	ch.rejected(c, s, err)
	if s.Mode == Observe {
		return nil
	}
	return err
}

// Reset empties a call for its next operation and keeps its memory.
func (c *Call) Reset() {
	clear(c.locals)
	clear(c.Header)
	*c = Call{Header: c.Header, locals: c.locals}
}
