package config

// Auth is who clients are, and what they may see.
type Auth struct {
	Require bool `yaml:"require" jsonschema_description:"Refuse clients without credentials; default false."`
}
