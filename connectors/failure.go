package connectors

import (
	"strconv"
	"unicode/utf8"

	"github.com/weftql/weft/connectors/mapping"
	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/internal/jsonscan"
)

// An error stands at each place that lacks a value because of it, so it is kept
// short whatever a backend says. Chosen: a message that is read, and details some
// program may look at.
const (
	maxMessage    = 2 << 10
	maxExtensions = 8 << 10
	maxCode       = 100
)

// failure is a GraphQL error under construction. This is the slow path: it may
// allocate.
type failure struct {
	code, message string
	members       []failureMember // of extensions
	size          int             // of what was added to them
}

type failureMember struct {
	name  string // quoted
	value []byte
}

// add adds raw members; what has a name that is there already replaces it, and
// what makes the extensions too long is left out.
func (f *failure) add(members []byte) {
	if len(members) == 0 {
		return
	}
	f.addObject(append(append([]byte{'{'}, members...), '}'))
}

func (f *failure) addObject(object []byte) {
	if len(object) == 0 || object[0] != '{' {
		return
	}
	jsonscan.Each(object, func(name, value []byte) bool {
		switch string(name) {
		case `"code"`:
			if text, ok := jsonscan.AppendText(nil, value); ok && len(text) > 0 && len(text) <= maxCode {
				f.code = string(text)
			}
			return true
		case `"connector"`:
			return true // written below
		}
		if f.size += len(name) + len(value); f.size > maxExtensions {
			f.size -= len(name) + len(value)
			return true
		}
		for i := range f.members {
			if f.members[i].name == string(name) {
				f.members[i].value = append([]byte(nil), value...)
				return true
			}
		}
		f.members = append(f.members, failureMember{string(name), append([]byte(nil), value...)})
		return true
	})
}

// append appends the members of the error object that do not depend on where it
// is reported.
func (f *failure) append(dst []byte, c *connector) []byte {
	dst = fault.AppendString(append(dst, `"message":`...), shortened(f.message))
	dst = fault.AppendString(append(dst, `,"extensions":{"code":`...), f.code)
	for i := range f.members {
		dst = append(append(append(append(dst, ','), f.members[i].name...), ':'), f.members[i].value...)
	}
	dst = fault.AppendString(append(dst, `,"connector":{"coordinate":`...), c.spec.Coordinate)
	return append(dst, '}', '}')
}

// shortened returns the beginning of a message that is too long.
func shortened(message string) string {
	if len(message) <= maxMessage {
		return message
	}
	end := maxMessage
	for end > 0 && !utf8.RuneStart(message[end]) {
		end--
	}
	return message[:end] + "…"
}

// fail makes the error of an answer that is none: what the transport says of
// it, and what the errors mappings say instead.
func (j *job) fail(vars mapping.Vars) {
	c := j.connector
	f := failure{code: string(fault.ConnectorFetch), message: "Request failed"}
	if c.spec.GRPC == nil {
		f.add(append(strconv.AppendInt([]byte(`"http":{"status":`), int64(j.answer.Status), 10), '}'))
	} else {
		f.add(append(strconv.AppendInt([]byte(`"grpc":{"code":`), int64(j.answer.Status), 10), '}'))
	}
	if e := j.answer.Fault; e != nil {
		f.code, f.message = string(e.Code), e.Message
		f.add(e.Extensions)
	}
	if c.message != nil {
		if value, ok := c.message.AppendChecked(nil, j.body, vars, &j.problems); ok {
			if text, ok := jsonscan.AppendText(nil, value); ok {
				f.message = string(text)
			}
		}
	}
	for _, program := range c.extensions {
		if value, ok := program.AppendChecked(nil, j.body, vars, &j.problems); ok {
			f.addObject(value)
		}
	}
	j.failed, j.failure = true, f.append(j.failure[:0], c)
}

// failWith makes the error of an answer that was a success but is not what it
// has to be.
func (j *job) failWith(message string) {
	f := failure{code: string(fault.ConnectorResponseInvalid), message: message}
	j.failed, j.failure = true, f.append(j.failure[:0], j.connector)
}

// errorList collects the errors of an answer.
type errorList struct{ json []byte }

// add adds an error at a path: name, then index unless it is negative, then
// below unless it is "".
func (e *errorList) add(members []byte, name string, index int, below string) {
	if len(e.json) == 0 {
		e.json = append(e.json, `,"errors":[{`...)
	} else {
		e.json = append(e.json, ',', '{')
	}
	e.json = append(append(e.json, members...), `,"path":[`...)
	e.json = fault.AppendString(e.json, name)
	if index >= 0 {
		e.json = strconv.AppendInt(append(e.json, ','), int64(index), 10)
	}
	if below != "" {
		e.json = fault.AppendString(append(e.json, ','), below)
	}
	e.json = append(e.json, ']', '}')
}

// close appends the list, with its name, to an answer that has its data, and
// ends the answer.
func (e *errorList) close(dst []byte) []byte {
	if len(e.json) > 0 {
		dst = append(append(dst, e.json...), ']')
	}
	return append(dst, '}')
}
