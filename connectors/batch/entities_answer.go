package batch

import (
	"errors"
	"strconv"

	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/internal/jsonscan"
	"github.com/weftql/weft/subgraphs"
)

// The answer to a batch, taken apart and put together again for each caller.

// reply is one answer of the subgraph.
type reply struct {
	status int
	header []subgraphs.Header
	// general are its errors that concern no single entity. hollow: it has no
	// data at all, so they concern all of them.
	general [][]byte
	hollow  bool
}

// entity is one entity of a reply: its JSON, and the errors below it.
type entity struct {
	reply  *reply
	value  []byte // nil: null
	errors []entityError
}

// entityError is an error: its members without the path, and what of the path
// follows the entity's index, with a comma before each step.
type entityError struct{ members, below []byte }

var errShape = &fault.Error{Code: fault.SubrequestMalformed, Message: "the subgraph's answer has not one entity for each that was asked for"}

// split takes an answer apart. It keeps the answer's bytes.
func split(res *subgraphs.Response, alias string, n int) []Result[*entity] {
	whole := &reply{status: res.Status, header: res.Header, hollow: true}
	list := make([]entity, n)
	results := make([]Result[*entity], n)
	for i := range list {
		list[i].reply = whole
		results[i].Value = &list[i]
	}
	if !jsonscan.Valid(res.Body) {
		return failed[*entity](n, &fault.Error{Code: fault.SubrequestMalformed, Message: "the subgraph's answer is not JSON"})
	}
	if data := jsonscan.Member(res.Body, "data"); len(data) > 0 && data[0] == '{' {
		if entities := jsonscan.Member(data, alias); !jsonscan.Null(entities) {
			whole.hollow = false
			at := 0
			ok := entities[0] == '[' && jsonscan.Each(entities, func(_, value []byte) bool {
				if at < n && value[0] != 'n' {
					list[at].value = value
				}
				at++
				return true
			})
			if !ok || at != n {
				return failed[*entity](n, errShape)
			}
		}
	}
	jsonscan.Each(jsonscan.Member(res.Body, "errors"), func(_, value []byte) bool {
		whole.add(value, alias, list)
		return true
	})
	if whole.hollow && len(whole.general) == 0 && !anyErrors(list) {
		return failed[*entity](n, errShape)
	}
	return results
}

func anyErrors(list []entity) bool {
	for i := range list {
		if len(list[i].errors) > 0 {
			return true
		}
	}
	return false
}

// add gives an error to the entity its path names.
func (r *reply) add(text []byte, alias string, list []entity) {
	var e entityError
	index, step := -1, 0
	jsonscan.Each(text, func(name, value []byte) bool {
		if string(name) != `"path"` {
			if len(e.members) > 0 {
				e.members = append(e.members, ',')
			}
			e.members = append(append(append(e.members, name...), ':'), value...)
			return true
		}
		jsonscan.Each(value, func(_, at []byte) bool {
			switch step++; step {
			case 1:
				if key, ok := jsonscan.AppendText(nil, at); !ok || string(key) != alias {
					return false
				}
			case 2:
				if n, ok := jsonscan.Integer(at); ok && n >= 0 && n < int64(len(list)) {
					index = int(n)
				}
			default:
				e.below = append(append(e.below, ','), at...)
			}
			return true
		})
		return true
	})
	if index < 0 {
		r.general = append(r.general, text)
		return
	}
	list[index].errors = append(list[index].errors, e)
}

// write puts a caller's answer together. An error that stopped all of it is
// returned instead.
func (c *entityCall) write(results []Result[*entity], res *subgraphs.Response) error {
	hollow, broken := 0, 0
	for i := range results {
		switch {
		case results[i].Err != nil:
			broken++
		case results[i].Value.reply.hollow:
			hollow++
		}
	}
	if broken == len(results) {
		return results[0].Err
	}
	w := &answer{alias: c.alias, dst: append(res.Body, `{"data":`...), all: hollow == len(results)}
	if w.all {
		w.dst = append(w.dst, "null"...)
	} else {
		w.entities(results)
	}
	for i := range results {
		w.result(i, &results[i])
	}
	if w.count > 0 {
		w.dst = append(w.dst, ']')
	}
	res.Body = append(w.dst, '}')
	for i := range results {
		if v := results[i].Value; v != nil {
			res.Status, res.Header, res.Shared = v.reply.status, v.reply.header, true
			break
		}
	}
	return nil
}

// answer is a caller's answer under construction.
type answer struct {
	alias string
	dst   []byte
	all   bool // no entity has data, so general errors need no place
	count int  // errors
	// told are the replies whose general errors are in it.
	told []*reply
}

func (w *answer) entities(results []Result[*entity]) {
	w.dst = append(fault.AppendString(append(w.dst, '{'), w.alias), ':', '[')
	for i := range results {
		if i > 0 {
			w.dst = append(w.dst, ',')
		}
		if v := results[i].Value; results[i].Err == nil && v.value != nil {
			w.dst = append(w.dst, v.value...)
		} else {
			w.dst = append(w.dst, "null"...)
		}
	}
	w.dst = append(w.dst, ']', '}')
}

// result writes the errors of the i-th entity.
func (w *answer) result(i int, r *Result[*entity]) {
	if r.Err != nil {
		var known *fault.Error
		if !errors.As(r.Err, &known) {
			known = &fault.Error{Code: fault.GatewayTimeout, Message: "the subgraph did not answer in time"}
		}
		placed := *known
		placed.Path = []fault.Step{{Key: w.alias}, {Index: i}}
		w.next()
		w.dst = placed.AppendJSON(w.dst)
		return
	}
	for k := range r.Value.errors {
		e := &r.Value.errors[k]
		w.next()
		w.dst = append(append(w.dst, '{'), e.members...)
		if len(e.members) > 0 {
			w.dst = append(w.dst, ',')
		}
		w.dst = append(fault.AppendString(append(w.dst, `"path":[`...), w.alias), ',')
		w.dst = append(append(strconv.AppendInt(w.dst, int64(i), 10), e.below...), ']', '}')
	}
	w.general(r.Value.reply)
}

// general writes the errors of a reply that name no entity, once.
func (w *answer) general(r *reply) {
	for _, other := range w.told {
		if other == r {
			return
		}
	}
	w.told = append(w.told, r)
	for _, text := range r.general {
		w.next()
		w.dst = append(w.dst, text...)
	}
}

// next begins an error.
func (w *answer) next() {
	if w.count++; w.count == 1 {
		w.dst = append(w.dst, `,"errors":[`...)
		return
	}
	w.dst = append(w.dst, ',')
}
