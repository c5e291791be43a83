package config

import (
	"log/slog"

	"github.com/invopop/jsonschema"
)

// Secret is a text that is not printed, logged or encoded by accident. Reveal is
// the one way to it.
type Secret string

// Reveal returns the value, for where it is needed and nowhere else.
func (s Secret) Reveal() string { return string(s) }

// String returns a word that stands for the secret, "" without one.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return "[secret]"
}

// GoString is String, for %#v.
func (s Secret) GoString() string { return s.String() }

// LogValue is String, for logs.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalText is String, for JSON and YAML.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

func (s *Secret) parse(text string) error {
	*s = Secret(text)
	return nil
}

// JSONSchema describes the written form.
func (Secret) JSONSchema() *jsonschema.Schema { return &jsonschema.Schema{Type: "string"} }
