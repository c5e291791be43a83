package config

import (
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"github.com/weftql/weft/fault"
)

// remember keeps where each key of the file stands.
func (c *Config) remember(file string, at map[string]ast.Node) {
	c.File, c.places = file, make(map[string]fault.Position, len(at))
	for path, n := range at {
		if t := n.GetToken(); t != nil && t.Position != nil {
			c.places[path] = fault.Position{Line: t.Position.Line, Column: t.Position.Column}
		}
	}
}

// At returns where a key such as limits.rates[1].key stands in the file, or the
// nearest key around it that the file has; false without a file.
func (c *Config) At(path string) (fault.Position, bool) {
	for {
		if at, ok := c.places[path]; ok && path != "" {
			return at, true
		}
		end := strings.LastIndexAny(path, ".[")
		if end < 0 {
			return fault.Position{}, false
		}
		path = path[:end]
	}
}

// Locate puts file, line and column in front of errors of other packages about
// the configuration: those with CONFIG_INVALID whose message starts with a key
// and a colon. Locate of nil is nil.
func (c *Config) Locate(err error) error {
	if err == nil {
		return nil
	}
	var list fault.List
	for _, f := range fault.Of(err) {
		path, _, named := strings.Cut(f.Message, ": ")
		at, known := c.At(path)
		if f.Code != fault.ConfigInvalid || !named || !known || len(f.Locations) > 0 {
			list = append(list, f)
			continue
		}
		told := *f
		told.Message = c.File + ":" + strconv.Itoa(at.Line) + ":" + strconv.Itoa(at.Column) + ": " + f.Message
		told.Locations = []fault.Position{at}
		list = append(list, &told)
	}
	return list
}
