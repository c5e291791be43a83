package keys

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
)

// format is how records are written in a file. parse returns them in order; the
// error says where in the file it is.
type format interface {
	parse(text []byte) ([]Record, error)
	print(records []Record) ([]byte, error)
}

// bolt reports whether a file is a database rather than a text.
func bolt(path string) bool {
	switch strings.ToLower(filepath.Ext(path)) {
	case ".db", ".bbolt":
		return true
	}
	return false
}

func formatOf(path string) format {
	switch strings.ToLower(filepath.Ext(path)) {
	case ".jsonl", ".ndjson":
		return jsonLines{}
	}
	return yamlList{}
}

// jsonLines is one record on each line.
type jsonLines struct{}

func (jsonLines) parse(text []byte) ([]Record, error) {
	var records []Record
	for i, line := range bytes.Split(text, []byte("\n")) {
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		d := json.NewDecoder(bytes.NewReader(line))
		d.DisallowUnknownFields()
		var r Record
		if err := d.Decode(&r); err != nil {
			return nil, fmt.Errorf("%d:1: %s", i+1, strings.TrimPrefix(err.Error(), "json: "))
		}
		if d.More() {
			return nil, fmt.Errorf("%d:1: more than one record on a line", i+1)
		}
		records = append(records, r)
	}
	return records, nil
}

func (jsonLines) print(records []Record) ([]byte, error) {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	for i := range records {
		if err := e.Encode(&records[i]); err != nil {
			return nil, err
		}
	}
	return out.Bytes(), nil
}
