package testkit

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// fixtureScope is what the VALUE of one field may refer to.
type fixtureScope struct {
	f      *Fixture
	ctx    context.Context //nolint:containedctx // lives for one evaluation
	object *fixtureObject
	args   *Object
}

// eval evaluates a VALUE.
func (s *fixtureScope) eval(v any) (any, error) {
	switch v := v.(type) {
	case []any:
		list := make([]any, len(v))
		for i, item := range v {
			got, err := s.eval(item)
			if err != nil {
				got = err // an item may fail alone
			}
			list[i] = got
		}
		return list, nil
	case *Object:
		if op := operatorOf(v); op != "" {
			return s.apply(op, v)
		}
		return &fixtureObject{props: v}, nil
	}
	return v, nil
}

// operatorOf returns the first name that begins with $.
func operatorOf(o *Object) string {
	for _, name := range o.Names() {
		if strings.HasPrefix(name, "$") {
			return name
		}
	}
	return ""
}

func (s *fixtureScope) apply(op string, v *Object) (any, error) {
	operand := v.Value(op)
	switch op {
	case "$ref":
		list := s.find(v, operand)
		if len(list) == 0 {
			return nil, nil
		}
		return list[0], nil
	case "$all":
		return s.find(v, operand), nil
	case "$args":
		return s.choose(operand, func(when *Object) bool { return holdsExactly(when, s.args) })
	case "$rep":
		inputs := overlay(s.object.props, s.object.rep)
		return s.choose(operand, func(when *Object) bool { return matches(when, inputs) })
	case "$arg", "$fromRep", "$var":
		return s.input(op, operand), nil
	case "$raw":
		return operand, nil
	case "$error":
		return nil, &FieldError{Message: fmt.Sprint(operand), Extensions: v.Value("extensions")}
	case "$delay":
		if err := s.pause(operand); err != nil {
			return nil, err
		}
		return s.eval(v.Value("then"))
	case "$make":
		return s.eval(s.template(operand))
	case "$do":
		ops, _ := operand.([]any)
		if err := s.change(ops); err != nil {
			return nil, err
		}
		return s.eval(v.Value("then"))
	case "$events":
		events, _ := operand.([]any)
		return eventList{scope: s, values: events}, nil
	}
	return nil, fmt.Errorf("unknown operator %s", op)
}

// find returns the records a $ref or $all selects.
func (s *fixtureScope) find(v *Object, table any) []any {
	name, _ := table.(string)
	where := s.template(v.Value("where"))
	with, _ := v.Value("with").(*Object)
	list := []any{}
	for _, record := range s.f.state.table(name) {
		if where != nil && !matches(where, record) {
			continue
		}
		list = append(list, &fixtureObject{props: overlay(record, with), table: name})
	}
	return list
}

// choose evaluates the first entry whose condition holds.
func (s *fixtureScope) choose(entries any, holds func(*Object) bool) (any, error) {
	list, _ := entries.([]any)
	for _, e := range list {
		entry, _ := e.(*Object)
		when, conditional := entry.Value("when").(*Object)
		if !conditional || holds(when) {
			return s.eval(entry.Value("then"))
		}
	}
	return nil, errors.New("no entry applies")
}

// input reads an argument, a member of the representation or a variable.
func (s *fixtureScope) input(op string, operand any) any {
	name, _ := operand.(string)
	switch op {
	case "$var":
		return s.f.state.variable(name)
	case "$arg":
		return at(s.args, name)
	}
	return at(s.object.rep, name)
}

func at(o *Object, dotted string) any {
	var v any = o
	for _, step := range strings.Split(dotted, ".") {
		inner, ok := v.(*Object)
		if !ok {
			return nil
		}
		v = inner.Value(step)
	}
	return v
}

// template replaces $arg, $var and $fromRep at any depth and leaves all else.
func (s *fixtureScope) template(v any) any {
	switch v := v.(type) {
	case []any:
		list := make([]any, len(v))
		for i, item := range v {
			list[i] = s.template(item)
		}
		return list
	case *Object:
		if v.Len() == 1 {
			switch op := v.Names()[0]; op {
			case "$arg", "$var", "$fromRep":
				return s.input(op, v.Value(op))
			}
		}
		out := &Object{}
		for _, name := range v.Names() {
			out.Set(name, s.template(v.Value(name)))
		}
		return out
	}
	return v
}

// pause waits, in real time, as the vectors about ordering need it.
func (s *fixtureScope) pause(operand any) error {
	n, _ := operand.(json.Number)
	ms, err := strconv.Atoi(string(n))
	if err != nil {
		return fmt.Errorf("$delay: %w", err)
	}
	timer := time.NewTimer(time.Duration(ms) * time.Millisecond)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-s.ctx.Done():
		return s.ctx.Err()
	}
}

// eventList is the value of a subscription's root field.
type eventList struct {
	scope  *fixtureScope
	values []any
}

// Events evaluates the events one by one; an error is an event too.
func (l eventList) Events() []any {
	list := make([]any, len(l.values))
	for i, v := range l.values {
		got, err := l.scope.eval(v)
		if err != nil {
			got = err
		}
		list[i] = got
	}
	return list
}
