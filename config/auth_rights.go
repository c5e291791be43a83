package config

import (
	"slices"
	"strconv"

	"github.com/weftql/weft/internal/expression"
)

// Directives are what becomes of fields a client has no right to.
type Directives struct {
	Mode               string `yaml:"mode" jsonschema:"enum=enforce,enum=observe,enum=off" jsonschema_description:"enforce holds clients to the directives; observe counts and logs what they lack, and answers in full; off ignores the directives. Default enforce."`
	Unauthorized       string `yaml:"unauthorized" jsonschema:"enum=filter,enum=reject" jsonschema_description:"filter answers null for what a client may not see, and the rest; reject refuses the operation with 403, or 401 for an anonymous client. Default filter."`
	Errors             string `yaml:"errors" jsonschema:"enum=errors,enum=extensions,enum=disabled" jsonschema_description:"With filter: tell what was removed as errors, as extensions.authorizationErrors, or not at all. Default errors."`
	ExposeRequirements bool   `yaml:"expose_requirements" jsonschema_description:"Add to each error what is asked for and which scopes the client lacks; default false."`
	Log                bool   `yaml:"log" jsonschema_description:"Log operations of which something was removed, with what they lack; default false."`
}

// Policies are what the names in @policy stand for. The name default stands for
// all others; without it they let nobody pass.
type Policies map[string]Policy

// DefaultPolicy is the entry of Policies for names that have none.
const DefaultPolicy = "default"

// Policy decides whether a client has a right.
type Policy struct {
	Expr string `yaml:"expr" check:"policy" jsonschema_description:"A condition over principal, claims, request, client, operation and args, the field's arguments: 'support' in principal.roles. What cannot be decided is denied."`

	// Word is the short form, which can only be deny.
	Word string `yaml:"-"`
}

// short is the word deny.
func (p *Policy) short() (key string, text *string) { return "deny", &p.Word }

// Deny reports whether the policy lets nobody pass.
func (p *Policy) Deny() bool { return p.Expr == "" }

// checkPolicies wants a condition or the word deny.
func (b *binder) checkPolicies(list Policies) {
	for name, p := range list { // errors are sorted by place afterwards
		path := "auth.policies." + name
		switch _, isMapping := pairs(b.at[path]); {
		case p.Word != "" && p.Word != "deny":
			b.wrong(path, "must be deny or a mapping with expr, not "+strconv.Quote(p.Word)+meant(p.Word, []string{"deny"}))
		case isMapping && p.Expr == "":
			b.wrong(path, "expr is missing")
		}
	}
}

// wrongPolicy holds a policy's condition against what there is to see.
func wrongPolicy(text string) string {
	if _, err := expression.Compile(text, expression.Bool); err != nil {
		return expression.Problem(err)
	}
	return ""
}

// Names returns the names of policies, sorted.
func (p Policies) Names() []string {
	names := make([]string, 0, len(p))
	for name := range p {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
