package config

import (
	"reflect"
	"strings"
)

//go:generate go test . -run TestPageIsUpToDate -update

// Page returns docs/config.md: one row per key, in Markdown.
func Page() string {
	var b strings.Builder
	b.WriteString(`<!-- Code generated from config/config.go by go generate; DO NOT EDIT. -->
# Configuration

One YAML file (JSON is YAML too), given with ` + "`--config`" + `. Every key may be left out; a key nobody knows is an
error. Inside values ` + "`${env:NAME}`, `${env:NAME:-default}` and `${file:PATH}`" + ` are replaced, ` + "`$${`" + ` stands for
` + "`${`" + `. Relative paths start at the file's folder. ` + "`weft config check`" + ` reports every mistake with its line and
column; ` + "`weft config schema`" + ` prints a JSON Schema for editors.

| key | value | meaning |
|---|---|---|
`)
	pageRows(&b, reflect.TypeFor[Config](), "")
	return b.String()
}

func pageRows(b *strings.Builder, t reflect.Type, path string) {
	for i := range t.NumField() {
		f := t.Field(i)
		name := f.Tag.Get("yaml")
		if name == "-" || !f.IsExported() {
			continue
		}
		where := join(path, name)
		inner, kind := f.Type, ""
		for inner.Kind() == reflect.Slice || inner.Kind() == reflect.Pointer {
			if inner.Kind() == reflect.Slice {
				where += "[]"
			}
			inner = inner.Elem()
		}
		if inner.Kind() == reflect.Map && inner.Elem().Kind() == reflect.Struct {
			where += ".NAME"
			inner = inner.Elem()
		}
		isStruct := inner.Kind() == reflect.Struct
		if !isStruct {
			kind = valueName(inner, words(f.Tag))
		}
		if ref, ok := reflect.New(inner).Interface().(shortForm); ok {
			short, _ := ref.short()
			kind = "`" + short + "` alone, or a mapping"
		}
		b.WriteString("| `" + where + "` | " + kind + " | " + f.Tag.Get("jsonschema_description") + " |\n")
		if isStruct {
			pageRows(b, inner, where)
		}
	}
}

// valueName says what is written for a type.
func valueName(t reflect.Type, allowed []string) string {
	switch {
	case len(allowed) > 0:
		return "`" + strings.Join(allowed, "`, `") + "`"
	case t == reflect.TypeFor[Duration]():
		return "duration"
	case t == reflect.TypeFor[Range]():
		return "two durations"
	case t == reflect.TypeFor[Bytes]():
		return "size"
	case t == reflect.TypeFor[Secret]():
		return "secret"
	}
	switch t.Kind() {
	case reflect.Bool:
		return "`true`, `false`"
	case reflect.Int, reflect.Float64:
		return "number"
	case reflect.Map:
		return "mapping"
	}
	return "text"
}
