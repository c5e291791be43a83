package fault

import (
	"errors"
	"fmt"
	"io"
	"testing"
)

func TestErrorsAreReached(t *testing.T) {
	inner := &Error{Code: BadUserInput, Message: "no", Cause: io.EOF}
	list := List{inner, {Message: "plain"}}
	wrapped := fmt.Errorf("reading: %w", list)
	if !errors.Is(wrapped, io.EOF) || CodeOf(wrapped) != BadUserInput || CodeOf(io.EOF) != "" {
		t.Error("cause or code is not found")
	}
	if got := list.Error(); got != "BAD_USER_INPUT: no\nplain" {
		t.Error(got)
	}
}

func TestOf(t *testing.T) {
	one := &Error{Code: BadRequest}
	list := List{one, one}
	if Of(nil) != nil || len(Of(fmt.Errorf("x: %w", list))) != 2 {
		t.Error("a list does not stay itself")
	}
	if got := Of(fmt.Errorf("x: %w", one)); len(got) != 1 || got[0] != one {
		t.Error(got)
	}
	if got := Of(io.EOF); len(got) != 1 || got[0].Code != InternalServerError || !errors.Is(got, io.EOF) {
		t.Error(got)
	}
}

func TestPathString(t *testing.T) {
	if got := PathString([]Step{{Key: "a"}, {Index: 0}, {Key: "b"}}); got != "a.0.b" {
		t.Error(got)
	}
}
