package testkit

import (
	"encoding/json"
	"fmt"
	"math/big"
	"slices"
	"sync"
)

// fixtureState is what mutations change. Records are replaced, never edited, so
// that a value handed out stays as it was.
type fixtureState struct {
	initial *Object

	mu        sync.Mutex // guards what follows
	tables    map[string][]*Object
	variables map[string]any
}

func newFixtureState(data *Object) *fixtureState {
	s := &fixtureState{initial: data}
	s.reset()
	return s
}

func (s *fixtureState) reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tables, s.variables = map[string][]*Object{}, map[string]any{}
	entities, _ := s.initial.Value("entities").(*Object)
	for _, name := range entities.Names() {
		records, _ := entities.Value(name).([]any)
		for _, r := range records {
			if o, ok := r.(*Object); ok {
				s.tables[name] = append(s.tables[name], o)
			}
		}
	}
	vars, _ := s.initial.Value("vars").(*Object)
	for _, name := range vars.Names() {
		s.variables[name] = vars.Value(name)
	}
}

// table returns the records of a table as they are now.
func (s *fixtureState) table(name string) []*Object {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.tables[name])
}

func (s *fixtureState) variable(name string) any {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.variables[name]
}

// change runs the operations of a $do in order. Each one's template is filled
// when its turn comes, so that it sees what the earlier ones did.
func (s *fixtureScope) change(ops []any) error {
	for _, op := range ops {
		filled, ok := s.template(op).(*Object)
		if !ok {
			return fmt.Errorf("operation %s is no object", short(op))
		}
		if err := s.f.state.apply(filled); err != nil {
			return err
		}
	}
	return nil
}

func (s *fixtureState) apply(op *Object) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	verb := op.Names()[0]
	name := op.Text(verb)
	switch verb {
	case "add":
		s.variables[name] = sum(s.variables[name], op.Value("by"))
	case "set":
		s.variables[name] = op.Value("to")
	case "insert":
		record, ok := op.Value("record").(*Object)
		if !ok {
			return fmt.Errorf("insert into %s without a record", name)
		}
		s.tables[name] = append(s.tables[name], record)
	case "patch":
		with, _ := op.Value("with").(*Object)
		for i, r := range s.tables[name] {
			if matches(op.Value("where"), r) {
				s.tables[name][i] = overlay(r, with)
			}
		}
	case "delete":
		s.tables[name] = slices.DeleteFunc(s.tables[name], func(r *Object) bool { return matches(op.Value("where"), r) })
	default:
		return fmt.Errorf("unknown operation %q", verb)
	}
	return nil
}

func sum(a, b any) any {
	x, ok1 := a.(json.Number)
	y, ok2 := b.(json.Number)
	if !ok1 || !ok2 {
		return b
	}
	r, _ := new(big.Rat).SetString(string(x))
	q, _ := new(big.Rat).SetString(string(y))
	if r == nil || q == nil {
		return b
	}
	if r.Add(r, q); r.IsInt() {
		return json.Number(r.Num().String())
	}
	return json.Number(r.FloatString(6))
}
