package stages

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/weftql/weft/caller"
	"github.com/weftql/weft/operation"
)

// recorder makes stages that write down when they are called.
type recorder struct {
	did      []string
	rejected []string
}

func (r *recorder) say(what string) { r.did = append(r.did, what) }

func (r *recorder) reject(_ *Call, s *Stage, err error) {
	r.rejected = append(r.rejected, s.Name+" "+s.Mode.String()+" "+err.Error())
}

// stage returns one whose funcs fail where fails names them.
func (r *recorder) stage(name string, mode Mode, fails string) Stage {
	run := func(moment string) error {
		r.say(name + "." + moment)
		if strings.Contains(fails, moment) {
			return errors.New("no " + moment)
		}
		return nil
	}
	return Stage{
		Name: name, Mode: mode,
		Enter: func(_ context.Context, c *Call) error {
			c.Local = name
			return run("enter")
		},
		Prepare: func(*operation.Operation) (any, error) { return "note of " + name, run("prepare") },
		Check: func(_ context.Context, c *Call) error {
			if c.Note != "note of "+name || c.Local != name {
				return errors.New("somebody else's note or local")
			}
			return run("check")
		},
		Settle: func(c *Call) {
			if c.Local != name {
				r.say("somebody else's local")
			}
			_ = run("settle")
		},
	}
}

// play takes a call through a chain as a gateway does.
func play(ch *Chain) error {
	c := &Call{Caller: &caller.Caller{}}
	var notes *Notes
	err := ch.Enter(context.Background(), c)
	if err == nil {
		if notes, err = ch.Prepare(nil); err != nil {
			err = ch.Refuse(c, err)
		}
	}
	if err == nil {
		err = ch.Check(context.Background(), c, notes)
	}
	ch.Settle(c, notes)
	ch.Settle(c, notes) // a second time changes nothing
	return err
}

func TestChain(t *testing.T) {
	all := []string{"a.enter", "b.enter", "a.prepare", "b.prepare", "a.check", "b.check", "b.settle", "a.settle"}
	for _, c := range []struct {
		name     string
		stages   func(r *recorder) []Stage
		err      string
		did      []string
		rejected []string
	}{
		{"in order, and settled backwards", func(r *recorder) []Stage {
			return []Stage{r.stage("a", Enforce, ""), r.stage("b", Enforce, "")}
		}, "", all, nil},
		{"refused at the door: who came after was not entered", func(r *recorder) []Stage {
			return []Stage{r.stage("a", Enforce, "enter"), r.stage("b", Enforce, "")}
		}, "no enter", []string{"a.enter", "a.settle"}, []string{"a enforce no enter"}},
		{"refused for its text", func(r *recorder) []Stage {
			return []Stage{r.stage("a", Enforce, ""), r.stage("b", Enforce, "prepare")}
		}, "no prepare", []string{"a.enter", "b.enter", "a.prepare", "b.prepare", "b.settle", "a.settle"}, []string{"b enforce no prepare"}},
		{"refused for its values", func(r *recorder) []Stage {
			return []Stage{r.stage("a", Enforce, "check"), r.stage("b", Enforce, "")}
		}, "no check", []string{"a.enter", "b.enter", "a.prepare", "b.prepare", "a.check", "b.settle", "a.settle"}, []string{"a enforce no check"}},
		{"who observes refuses nobody, and tells everything", func(r *recorder) []Stage {
			return []Stage{r.stage("a", Observe, "enter prepare check"), r.stage("b", Enforce, "")}
		}, "", all, []string{"a observe no enter", "a observe no prepare", "a observe no check"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := &recorder{}
			err := play(NewChain(r.reject, c.stages(r)...))
			if c.err == "" && err != nil || c.err != "" && (err == nil || err.Error() != c.err) {
				t.Errorf("%v, want %q", err, c.err)
			}
			if !slices.Equal(r.did, c.did) {
				t.Errorf("did %v\nwant %v", r.did, c.did)
			}
			if !slices.Equal(r.rejected, c.rejected) {
				t.Errorf("told %v\nwant %v", r.rejected, c.rejected)
			}
		})
	}
}

// TestChainWithoutStages lets everything pass at no cost.
func TestChainWithoutStages(t *testing.T) {
	if err := play(NewChain(nil)); err != nil {
		t.Error(err)
	}
	if ch := NewChain(nil); ch != nil {
		t.Error("a chain without stages is not nil")
	}
}

// TestCallIsUsedAgain leaves nothing of one operation to the next.
func TestCallIsUsedAgain(t *testing.T) {
	r := &recorder{}
	ch := NewChain(nil, r.stage("a", Enforce, ""))
	c := &Call{Caller: &caller.Caller{}, Denied: 1, Estimated: 5}
	c.SetHeader("X-A", "1")
	if err := ch.Enter(context.Background(), c); err != nil {
		t.Fatal(err)
	}
	ch.Settle(c, nil)
	c.Reset()
	if c.Caller != nil || c.Denied != 0 || c.Estimated != 0 || len(c.Header) != 0 || slices.ContainsFunc(c.locals, func(v any) bool { return v != nil }) {
		t.Errorf("%+v", c)
	}
}
