package config

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"github.com/weftql/weft/fault"
)

// Environment is what values may refer to. The zero value refers to nothing;
// see System.
type Environment struct {
	Lookup   func(name string) (string, bool)
	ReadFile func(path string) ([]byte, error)
}

// System is the process's environment and files.
func System() Environment { return Environment{Lookup: os.LookupEnv, ReadFile: os.ReadFile} }

// maxFile bounds the configuration file; chosen, not measured.
const maxFile = 8 << 20

// Load reads the file. It returns SCHEMA_UNAVAILABLE if it cannot be read, and
// otherwise a fault.List of CONFIG_INVALID with every mistake, whose messages
// start with file:line:column and whose Locations hold the same.
func Load(file string, env Environment) (*Config, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		var path *os.PathError
		if errors.As(err, &path) {
			err = path.Err
		}
		return nil, &fault.Error{Code: fault.SchemaUnavailable, Message: file + ": " + err.Error(), Cause: err}
	}
	return Parse(file, text, env)
}

// Parse is Load for a text; file is its name in messages, and its folder is
// where relative paths start.
func Parse(file string, text []byte, env Environment) (*Config, error) {
	b := &binder{file: file, env: env, at: map[string]ast.Node{}, anchors: map[string]ast.Node{}}
	c := &Config{Dir: filepath.Dir(file)}
	if len(text) > maxFile {
		b.failAt(1, 1, "the file is larger than "+strconv.Itoa(maxFile)+" bytes")
		return nil, b.errors
	}
	parsed, err := parser.ParseBytes(text, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		b.syntax(err)
		return nil, b.errors
	}
	switch {
	case len(parsed.Docs) > 1 && parsed.Docs[1].Body != nil:
		b.fail(parsed.Docs[1].Body, "the file must hold one document")
	case len(parsed.Docs) > 0 && parsed.Docs[0].Body != nil:
		b.bind(parsed.Docs[0].Body, c)
		b.check(c)
		b.folders(c)
		b.checkBFFs(c)
	}
	if len(b.errors) > 0 {
		b.sort()
		return nil, b.errors
	}
	c.remember(file, b.at)
	return c, nil
}

// syntax reports a text that is not YAML.
func (b *binder) syntax(err error) {
	var s *yaml.SyntaxError
	if errors.As(err, &s) && s.Token != nil && s.Token.Position != nil {
		b.failAt(s.Token.Position.Line, s.Token.Position.Column, s.Message)
		return
	}
	b.failAt(1, 1, err.Error())
}
