package config

import (
	"bytes"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"github.com/weftql/weft/fault"
)

// Places says where the keys of one BFF stand.
type Places struct {
	// File holds the BFF.
	File string
	at   map[string]fault.Position
}

// Of returns the place of a key ("contract.allow[2]"), or of what is around it.
func (p *Places) Of(key string) fault.Position {
	for {
		if at, ok := p.at[key]; ok {
			return at
		}
		cut := strings.LastIndexAny(key, ".[")
		if cut < 0 {
			break
		}
		key = key[:cut]
	}
	if at, ok := p.at[""]; ok {
		return at
	}
	return fault.Position{Line: 1, Column: 1}
}

// Fault is a mistake at a key, with the place before its message.
func (p *Places) Fault(code fault.Code, key, message string) *fault.Error {
	at := p.Of(key)
	return &fault.Error{
		Code:      code,
		Message:   filepath.ToSlash(p.File) + ":" + strconv.Itoa(at.Line) + ":" + strconv.Itoa(at.Column) + ": " + message,
		Locations: []fault.Position{at},
	}
}

// places collects where the keys below path stand.
func (b *binder) places(path string) Places {
	p := Places{File: b.file, at: map[string]fault.Position{}}
	for key, n := range b.at {
		rest, below := strings.CutPrefix(key, path)
		if !below || rest != "" && path != "" && rest[0] != '.' && rest[0] != '[' {
			continue
		}
		if token := n.GetToken(); token != nil && token.Position != nil {
			p.at[strings.TrimPrefix(rest, ".")] = fault.Position{Line: token.Position.Line, Column: token.Position.Column}
		}
	}
	return p
}

// bffFail reports mistakes of one BFF: those of a folder are the BFF's own, but
// for what concerns others too.
func (b *binder) bffFail(i int) bffAt {
	where := "bffs[" + strconv.Itoa(i) + "]"
	return func(key, message string) {
		n := b.at[where]
		for k := where + "." + key; k != where; k = k[:strings.LastIndexAny(k, ".[")] {
			if found := b.at[k]; found != nil {
				n = found
				break
			}
		}
		b.fail(n, where+"."+key+": "+message)
	}
}

// folders reads the BFFs that live in folders. It comes after the checks of the
// file: what is wrong in a folder concerns that BFF alone.
func (b *binder) folders(c *Config) {
	for i := range c.BFFs {
		f, where := &c.BFFs[i], "bffs["+strconv.Itoa(i)+"]"
		if f.Dir == "" {
			f.At = b.places(where)
			continue
		}
		if entries, ok := pairs(b.at[where]); ok && len(entries) > 1 {
			b.fail(b.at[where], where+": dir stands alone; the other keys are in its bff.yaml")
			continue
		}
		b.folder(f)
	}
}

// Broken returns what is wrong in the folders of BFFs, a fault.List, which Load
// lets pass; nil if nothing is.
func (c *Config) Broken() error {
	var list fault.List
	for i := range c.BFFs {
		list = append(list, fault.Of(c.BFFs[i].Err)...)
	}
	if len(list) == 0 {
		return nil
	}
	return list
}

// folder reads one BFF's bff.yaml.
func (b *binder) folder(f *BFF) {
	dir := f.Dir
	f.Dir = "" // read anew, to see whether the file has one
	own := &binder{file: filepath.Join(dir, "bff.yaml"), env: b.env, at: map[string]ast.Node{}, anchors: map[string]ast.Node{}}
	text, err := os.ReadFile(own.file)
	switch {
	case err != nil:
		own.failAt(1, 1, "cannot be read: "+cause(err))
	case len(text) > maxFile:
		own.failAt(1, 1, "the file is larger than "+strconv.Itoa(maxFile)+" bytes")
	case len(bytes.TrimSpace(text)) == 0:
		// Most likely somebody is writing it: a BFF that says nothing shows all of
		// the graph to those whose key is bound to it.
		own.failAt(1, 1, "the file is empty")
	default:
		own.bindFolder(text, f)
	}
	if f.Name == "" {
		f.Name = filepath.Base(dir)
	}
	if f.Dir != "" {
		own.fail(own.at["dir"], "dir cannot stand in a folder's own file")
	}
	f.Dir = dir
	f.conventions()
	f.At = own.places("")
	f.check(func(key, message string) {
		at := f.At.Of(key)
		own.failAt(at.Line, at.Column, key+": "+message)
	})
	own.checkLimits(&f.Limits, "limits", true)
	if len(own.errors) > 0 {
		own.sort()
		f.Err = own.errors
	}
}

func (b *binder) bindFolder(text []byte, f *BFF) {
	parsed, err := parser.ParseBytes(text, 0, parser.AllowDuplicateMapKey())
	switch {
	case err != nil:
		b.syntax(err)
	case len(parsed.Docs) > 1 && parsed.Docs[1].Body != nil:
		b.fail(parsed.Docs[1].Body, "the file must hold one document")
	case len(parsed.Docs) > 0 && parsed.Docs[0].Body != nil:
		v := reflect.ValueOf(f).Elem()
		b.value(parsed.Docs[0].Body, v, "", 0)
		b.walk(v, "")
	}
}

// conventions fills in what a folder holds by its usual name.
func (f *BFF) conventions() {
	if file := filepath.Join(f.Dir, "schema.graphql"); f.Schema == "" && exists(file) {
		f.Schema = file
	}
	if dir := filepath.Join(f.Dir, "operations"); f.Operations.Dir == "" && exists(dir) {
		f.Operations.Dir = dir
	}
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// cause is an error's text without the path, which stands before it already.
func cause(err error) string {
	if inner, ok := err.(*os.PathError); ok { //nolint:errorlint // os.ReadFile returns it bare
		return inner.Err.Error()
	}
	return err.Error()
}
