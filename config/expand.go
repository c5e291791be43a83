package config

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
)

// expand replaces ${env:NAME}, ${env:NAME:-default} and ${file:PATH} in a
// value; $${ stands for ${ itself. A file's last line break is dropped.
func (b *binder) expand(text string) (string, error) {
	if !strings.Contains(text, "${") {
		return text, nil
	}
	var out strings.Builder
	for {
		before, rest, found := strings.Cut(text, "${")
		if !found {
			out.WriteString(text)
			return out.String(), nil
		}
		if escaped, ok := strings.CutSuffix(before, "$"); ok {
			out.WriteString(escaped + "${")
			text = rest
			continue
		}
		out.WriteString(before)
		reference, after, closed := strings.Cut(rest, "}")
		if !closed {
			return "", errors.New("${ without }")
		}
		value, err := b.lookup(reference)
		if err != nil {
			return "", err
		}
		out.WriteString(value)
		text = after
	}
}

func (b *binder) lookup(reference string) (string, error) {
	kind, argument, _ := strings.Cut(reference, ":")
	switch kind {
	case "env":
		name, fallback, hasFallback := strings.Cut(argument, ":-")
		if b.env.Lookup != nil {
			if value, ok := b.env.Lookup(name); ok && (value != "" || !hasFallback) {
				return value, nil
			}
		}
		if hasFallback {
			return fallback, nil
		}
		return "", fmt.Errorf("the environment has no %s", name)
	case "file":
		if b.env.ReadFile == nil {
			return "", errors.New("files cannot be read here")
		}
		if !filepath.IsAbs(argument) {
			argument = filepath.Join(filepath.Dir(b.file), argument)
		}
		text, err := b.env.ReadFile(argument)
		if err != nil {
			return "", fmt.Errorf("the file %s cannot be read", argument)
		}
		return strings.TrimSuffix(strings.TrimSuffix(string(text), "\n"), "\r"), nil
	}
	return "", fmt.Errorf("${%s} is neither ${env:NAME}, ${env:NAME:-default} nor ${file:PATH}", reference)
}
