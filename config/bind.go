package config

import (
	"cmp"
	"fmt"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/internal/nearest"
)

// binder fills Go values from YAML nodes. It does not stop at a mistake.
type binder struct {
	file    string
	env     Environment
	at      map[string]ast.Node // by path, for checks that come later
	anchors map[string]ast.Node
	errors  fault.List
}

// maxNesting bounds nodes inside nodes, aliases included.
const maxNesting = 64

func (b *binder) bind(n ast.Node, c *Config) { b.value(n, reflect.ValueOf(c).Elem(), "", 0) }

// value fills v, which is settable, from n. path names v in the file.
func (b *binder) value(n ast.Node, v reflect.Value, path string, depth int) {
	if depth > maxNesting {
		b.fail(n, "the file is nested too deeply")
		return
	}
	n = b.resolve(n)
	if n == nil {
		return
	}
	b.at[path] = n
	if _, null := n.(*ast.NullNode); null {
		return
	}
	if ref, ok := v.Addr().Interface().(shortForm); ok {
		if _, isMap := pairs(n); !isMap {
			key, text := ref.short()
			b.scalar(n, reflect.ValueOf(text).Elem(), path)
			b.at[join(path, key)] = n
			return
		}
	}
	switch v.Kind() {
	case reflect.Pointer:
		fresh := reflect.New(v.Type().Elem())
		b.value(n, fresh.Elem(), path, depth+1)
		v.Set(fresh)
	case reflect.Struct:
		b.structure(n, v, path, depth)
	case reflect.Map:
		b.mapping(n, v, path, depth)
	case reflect.Slice:
		b.list(n, v, path, depth)
	default:
		b.scalar(n, v, path)
	}
}

// shortForm is a mapping that may be written as one of its values alone.
type shortForm interface {
	// short returns that value's key and where it goes.
	short() (key string, text *string)
}

// resolve follows anchors, aliases and tags.
func (b *binder) resolve(n ast.Node) ast.Node {
	for range maxNesting {
		switch t := n.(type) {
		case *ast.AnchorNode:
			b.anchors[t.Name.GetToken().Value] = t.Value
			n = t.Value
		case *ast.AliasNode:
			target, ok := b.anchors[t.Value.GetToken().Value]
			if !ok {
				b.fail(n, "no anchor &"+t.Value.GetToken().Value+" stands above")
				return nil
			}
			n = target
		case *ast.TagNode:
			n = t.Value
		default:
			return n
		}
	}
	b.fail(n, "aliases refer to each other")
	return nil
}

// pairs returns the entries of a mapping.
func pairs(n ast.Node) ([]*ast.MappingValueNode, bool) {
	switch t := n.(type) {
	case *ast.MappingNode:
		return t.Values, true
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{t}, true
	}
	return nil, false
}

func (b *binder) structure(n ast.Node, v reflect.Value, path string, depth int) {
	entries, ok := pairs(n)
	if !ok {
		b.fail(n, describe(path)+" must be a mapping, not "+kind(n))
		return
	}
	fields := map[string]int{}
	var names []string
	for i := range v.NumField() {
		if name := v.Type().Field(i).Tag.Get("yaml"); name != "-" && v.Type().Field(i).IsExported() {
			fields[name] = i
			names = append(names, name)
		}
	}
	seen := map[string]bool{}
	for _, entry := range entries {
		key := entry.Key.String()
		if text, ok := entry.Key.(*ast.StringNode); ok {
			key = text.Value
		}
		index, known := fields[key]
		switch {
		case !known:
			b.fail(entry.Key, "unknown key "+strconv.Quote(key)+" in "+describe(path)+suggestion(key, names))
		case seen[key]:
			b.fail(entry.Key, "the key "+strconv.Quote(key)+" is given twice")
		default:
			seen[key] = true
			b.enumerated(entry.Value, v.Field(index), words(v.Type().Field(index).Tag), join(path, key), depth)
		}
	}
}

// words returns what a field's tag lists as enum=WORD, the same that the JSON
// Schema is made from.
func words(tag reflect.StructTag) []string {
	var words []string
	for _, part := range strings.Split(tag.Get("jsonschema"), ",") {
		if word, ok := strings.CutPrefix(part, "enum="); ok {
			words = append(words, word)
		}
	}
	return words
}

// enumerated binds a field and holds it against the words allowed, if any are.
func (b *binder) enumerated(n ast.Node, v reflect.Value, allowed []string, path string, depth int) {
	before := len(b.errors)
	b.value(n, v, path, depth+1)
	if len(allowed) == 0 || len(b.errors) > before || v.IsZero() {
		return
	}
	if got := fmt.Sprint(v.Interface()); !slices.Contains(allowed, got) {
		b.fail(n, describe(path)+" must be "+alternatives(allowed)+", not "+strconv.Quote(got)+meant(got, allowed))
	}
}

func (b *binder) mapping(n ast.Node, v reflect.Value, path string, depth int) {
	entries, ok := pairs(n)
	if !ok {
		b.fail(n, describe(path)+" must be a mapping, not "+kind(n))
		return
	}
	v.Set(reflect.MakeMap(v.Type()))
	for _, entry := range entries {
		key := entry.Key.String()
		if text, ok := entry.Key.(*ast.StringNode); ok {
			key = text.Value
		}
		item := reflect.New(v.Type().Elem()).Elem()
		b.value(entry.Value, item, join(path, key), depth+1)
		v.SetMapIndex(reflect.ValueOf(key), item)
	}
}

func (b *binder) list(n ast.Node, v reflect.Value, path string, depth int) {
	sequence, ok := n.(*ast.SequenceNode)
	if !ok {
		b.fail(n, describe(path)+" must be a list, not "+kind(n))
		return
	}
	v.Set(reflect.MakeSlice(v.Type(), len(sequence.Values), len(sequence.Values)))
	for i, item := range sequence.Values {
		b.value(item, v.Index(i), path+"["+strconv.Itoa(i)+"]", depth+1)
	}
}

// scalar parses the text of a node, after expansion, by the type of v.
func (b *binder) scalar(n ast.Node, v reflect.Value, path string) {
	text, ok := scalarText(n)
	if !ok {
		b.fail(n, describe(path)+" must be a single value, not "+kind(n))
		return
	}
	text, err := b.expand(text)
	if err != nil {
		b.fail(n, describe(path)+": "+err.Error())
		return
	}
	if err := set(v, text); err != nil {
		b.fail(n, describe(path)+": "+strconv.Quote(text)+" "+err.Error())
	}
}

func set(v reflect.Value, text string) error {
	switch target := v.Addr().Interface().(type) {
	case interface{ parse(text string) error }:
		return target.parse(text)
	case *string:
		*target = text
		return nil
	case *bool:
		if text != "true" && text != "false" {
			return fmt.Errorf("is neither true nor false")
		}
		*target = text == "true"
		return nil
	case *int:
		number, err := strconv.Atoi(text)
		if err != nil {
			return fmt.Errorf("is not a whole number")
		}
		*target = number
		return nil
	case *float64:
		number, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return fmt.Errorf("is not a number")
		}
		*target = number
		return nil
	}
	panic("config: no way to read a " + v.Type().String())
}

func scalarText(n ast.Node) (string, bool) {
	switch t := n.(type) {
	case *ast.StringNode:
		return t.Value, true
	case *ast.LiteralNode:
		return t.Value.Value, true
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		return n.GetToken().Value, true
	}
	return "", false
}

func kind(n ast.Node) string {
	if _, ok := pairs(n); ok {
		return "a mapping"
	}
	if _, ok := n.(*ast.SequenceNode); ok {
		return "a list"
	}
	return "a single value"
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

func describe(path string) string {
	if path == "" {
		return "the file"
	}
	return path
}

// suggestion names the nearest valid word, or all of them.
func suggestion(word string, valid []string) string {
	if near := meant(word, valid); near != "" {
		return near
	}
	sorted := slices.Clone(valid)
	slices.Sort(sorted)
	return "; known here: " + strings.Join(sorted, ", ")
}

// meant names the valid word that is like word, if any.
func meant(word string, valid []string) string {
	if near := nearest.To(word, valid); near != "" {
		return "; did you mean " + strconv.Quote(near) + "?"
	}
	return ""
}

func alternatives(words []string) string {
	if len(words) == 1 {
		return words[0]
	}
	return strings.Join(words[:len(words)-1], ", ") + " or " + words[len(words)-1]
}

func (b *binder) fail(n ast.Node, message string) {
	line, column := 1, 1
	if n != nil {
		if token := n.GetToken(); token != nil && token.Position != nil {
			line, column = token.Position.Line, token.Position.Column
		}
	}
	b.failAt(line, column, message)
}

func (b *binder) failAt(line, column int, message string) {
	b.errors = append(b.errors, &fault.Error{
		Code:      fault.ConfigInvalid,
		Message:   filepath.ToSlash(b.file) + ":" + strconv.Itoa(line) + ":" + strconv.Itoa(column) + ": " + message,
		Locations: []fault.Position{{Line: line, Column: column}},
	})
}

// sort puts the mistakes in file order.
func (b *binder) sort() {
	slices.SortStableFunc(b.errors, func(x, y *fault.Error) int {
		p, q := x.Locations[0], y.Locations[0]
		return cmp.Or(cmp.Compare(p.Line, q.Line), cmp.Compare(p.Column, q.Column))
	})
}
