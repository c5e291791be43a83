package auth

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"github.com/weftql/weft/caller"
	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/operation"
	"github.com/weftql/weft/planner/plan"
)

// notAllowed is what a client learns of each removed place.
const notAllowed = "Unauthorized field or type"

// Verdict is how a caller is told what was removed of an operation.
type Verdict struct {
	// Errors go to the answer's errors.
	Errors []*fault.Error
	// Extensions are raw JSON members ("k":v,…) of the answer's extensions.
	Extensions []byte
	// Reject: the operation does not run, the answer is Errors with Status.
	Reject bool
	Status int
	// Nothing: nothing is left to answer, data is null. It does not run either.
	Nothing bool
}

// Verdict tells p what is missing of op, which [operation.Preparer.Restrict]
// made, under the conditions that its Coerce found. Places that are skipped are
// not told. An op of which nothing was removed has an empty verdict.
func (r *Rights) Verdict(op *operation.Operation, conditions uint64, p *caller.Principal) Verdict {
	if r == nil || len(op.Denied) == 0 {
		return Verdict{}
	}
	errors := r.errors(op, conditions, p)
	if len(errors) == 0 {
		return Verdict{}
	}
	v := Verdict{Nothing: op.Nothing(conditions)}
	if r.settings.Unauthorized == "reject" {
		v.Errors, v.Reject, v.Status = errors, true, http.StatusForbidden
		if anonymously(p) {
			v.Status = http.StatusUnauthorized
		}
		return v
	}
	switch r.settings.Errors {
	case "disabled":
	case "extensions":
		v.Extensions = extension(errors)
	default:
		v.Errors = errors
	}
	return v
}

// errors returns one error per removed place that is asked for, in the order of
// the answer.
func (r *Rights) errors(op *operation.Operation, conditions uint64, p *caller.Principal) []*fault.Error {
	var list []*fault.Error
	for i := range op.Denied {
		d := &op.Denied[i]
		if !d.Guard.Holds(conditions) {
			continue
		}
		e := &fault.Error{Code: fault.UnauthorizedFieldOrType, Message: notAllowed, Path: steps(d.Path)}
		if r.settings.ExposeRequirements {
			e.Extensions = r.exposed(d, p)
		}
		list = append(list, e)
	}
	return list
}

func steps(path []string) []fault.Step {
	out := make([]fault.Step, len(path))
	for i, name := range path {
		out[i].Key = name
	}
	return out
}

// exposed says what a place asks for, and which scopes p lacks for each
// alternative.
func (r *Rights) exposed(d *plan.Denied, p *caller.Principal) []byte {
	requirement := r.graph.Requirements[d.Requirement]
	out := append([]byte(`"requires":`), text(requirement.String())...)
	var lists []string
	for _, a := range requirement {
		var missing []string
		for _, scope := range a.Scopes {
			if p == nil || !slices.Contains(p.Scopes, scope) {
				missing = append(missing, string(text(scope)))
			}
		}
		if len(missing) > 0 {
			lists = append(lists, "["+strings.Join(missing, ",")+"]")
		}
	}
	if len(lists) > 0 {
		out = append(out, `,"missingScopes":[`+strings.Join(lists, ",")+`]`...)
	}
	return out
}

// extension is authorizationErrors.
func extension(list []*fault.Error) []byte {
	out := []byte(`"authorizationErrors":[`)
	for i, e := range list {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(append(out, `{"message":`...), text(e.Message)...)
		out = append(out, `,"path":[`...)
		for j, step := range e.Path {
			if j > 0 {
				out = append(out, ',')
			}
			out = append(out, text(step.Key)...)
		}
		out = append(append(out, `],"extensions":{"code":`...), text(string(e.Code))...)
		if len(e.Extensions) > 0 {
			out = append(append(out, ','), e.Extensions...)
		}
		out = append(out, "}}"...)
	}
	return append(out, ']')
}

// text is a JSON string.
func text(s string) []byte {
	out, err := json.Marshal(s)
	if err != nil { // a string always has a JSON form
		panic(err)
	}
	return out
}
