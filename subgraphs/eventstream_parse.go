package subgraphs

import (
	"bytes"
	"encoding/json"
	"errors"
)

// eventParser reads text/event-stream as the HTML standard does, section
// 9.2.6, with two differences that servers of GraphQL need: an event without
// data counts if it has a name, and so does one that the end of the stream cuts
// off behind its data.
//
// Lines end in CRLF, LF or CR; chunks may end anywhere.
type eventParser struct {
	limit int64 // of one event's bytes
	// emit takes an event. data is nil or a fresh slice. Its error stops feed.
	emit func(name string, data []byte) error

	line   []byte // unfinished
	skipLF bool   // the last byte was CR
	begun  bool   // the first line is done
	name   string
	data   []byte // lines, each with a line feed behind it
}

var errEventSize = errors.New("the event is too large")

// feed parses a chunk, which it does not keep. It returns emit's error, or
// errEventSize.
func (p *eventParser) feed(chunk []byte) error {
	for len(chunk) > 0 {
		if p.skipLF && chunk[0] == '\n' {
			chunk = chunk[1:]
		}
		p.skipLF = false
		end := bytes.IndexAny(chunk, "\r\n")
		if end < 0 {
			return p.keep(chunk)
		}
		if err := p.keep(chunk[:end]); err != nil {
			return err
		}
		p.skipLF = chunk[end] == '\r'
		chunk = chunk[end+1:]
		line := p.line
		p.line = p.line[:0]
		if err := p.endLine(line); err != nil {
			return err
		}
	}
	return nil
}

// keep appends to the unfinished line, unless that is a comment.
func (p *eventParser) keep(part []byte) error {
	if len(p.line) > 0 && p.line[0] == ':' {
		return nil
	}
	if len(p.line) == 0 && len(part) > 0 && part[0] == ':' {
		part = part[:1]
	}
	if int64(len(p.line)+len(p.data)+len(part)) > p.limit {
		return errEventSize
	}
	p.line = append(p.line, part...)
	return nil
}

// maxKeptLine is the largest line buffer kept; chosen, not measured.
const maxKeptLine = 16 << 10

// endLine takes in a line.
func (p *eventParser) endLine(line []byte) error {
	if !p.begun {
		p.begun = true
		line = bytes.TrimPrefix(line, []byte("\ufeff"))
	}
	if len(line) == 0 {
		return p.dispatch()
	}
	name, value, _ := bytes.Cut(line, []byte{':'})
	value = bytes.TrimPrefix(value, []byte{' '})
	switch string(name) {
	case "event":
		p.name = string(value)
	case "data":
		p.data = append(append(p.data, value...), '\n')
	}
	if cap(p.line) > maxKeptLine {
		p.line = nil
	}
	return nil // comments, id, retry and what nobody knows
}

// dispatch emits the event that a blank line ends, if there is one.
func (p *eventParser) dispatch() error {
	name, data := p.name, p.data
	p.name, p.data = "", nil // data is the receiver's now
	if name == "" && data == nil {
		return nil
	}
	return p.emit(name, bytes.TrimSuffix(data, []byte{'\n'}))
}

// finish takes in the end of the stream: an event that lacks only the blank
// line is emitted, one that was cut inside its JSON is not.
func (p *eventParser) finish() error {
	if len(p.line) > 0 {
		if err := p.endLine(p.line); err != nil {
			return err
		}
	}
	if len(p.data) > 0 && p.name != "complete" && !json.Valid(p.data) {
		return nil
	}
	return p.dispatch()
}
