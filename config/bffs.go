package config

// BFF is one client profile.
type BFF struct {
	Name  string `yaml:"name" check:"required" jsonschema_description:"Unique name, in metrics and logs too."`
	Owner string `yaml:"owner" jsonschema_description:"The team that owns it."`
}
