package config

import (
	"encoding/json"

	"github.com/invopop/jsonschema"
)

// JSONSchema returns the JSON Schema of the configuration file, for editors.
func JSONSchema() ([]byte, error) {
	r := &jsonschema.Reflector{FieldNameTag: "yaml", RequiredFromJSONSchemaTags: true, Anonymous: true, ExpandedStruct: true}
	s := r.Reflect(&Config{})
	s.Title = "weft configuration"
	return json.MarshalIndent(s, "", "  ")
}

// JSONSchemaExtend adds the short form: a file name alone.
func (SchemaRef) JSONSchemaExtend(s *jsonschema.Schema) { orText(s) }

// JSONSchemaExtend adds the short form: a URL alone.
func (JWKS) JSONSchemaExtend(s *jsonschema.Schema) { orText(s) }

// JSONSchemaExtend adds the short form: the word deny alone.
func (Policy) JSONSchemaExtend(s *jsonschema.Schema) { orText(s) }

// orText is the schema of a mapping with a short form.
func orText(s *jsonschema.Schema) {
	long := *s
	*s = jsonschema.Schema{OneOf: []*jsonschema.Schema{{Type: "string"}, &long}}
}
