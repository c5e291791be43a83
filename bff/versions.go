package bff

import (
	"net/http"
	"strconv"
	"time"

	"github.com/weftql/weft/bff/rest"
	"github.com/weftql/weft/caller"
	"github.com/weftql/weft/config"
	"github.com/weftql/weft/fault"
)

// version is a face of a profile with its end in sight.
type version struct {
	name, path string // path is "" for all of the profile
	life       rest.Lifecycle
	header     []header
}

type header struct{ name, value string }

func compileVersions(list []config.BFFVersion) []version {
	versions := make([]version, 0, len(list))
	for i := range list {
		c := &list[i]
		v := version{name: c.Name, path: trimPath(c.Path), life: rest.Lifecycle{Successor: c.Link}}
		// The configuration was checked: an unset date fails and stays zero.
		v.life.Deprecated, _ = config.ParseDate(c.Deprecated)
		v.life.Sunset, _ = config.ParseDate(c.Sunset)
		v.header = headersOf(v.life)
		versions = append(versions, v)
	}
	return versions
}

// headersOf are the headers of RFC 9745 and RFC 8594.
func headersOf(l rest.Lifecycle) []header {
	var headers []header
	if !l.Deprecated.IsZero() {
		headers = append(headers, header{"Deprecation", "@" + strconv.FormatInt(l.Deprecated.Unix(), 10)})
	}
	if !l.Sunset.IsZero() {
		headers = append(headers, header{"Sunset", l.Sunset.UTC().Format(http.TimeFormat)})
	}
	if l.Successor != "" && len(headers) > 0 {
		headers = append(headers, header{"Link", "<" + l.Successor + `>; rel="successor-version"`})
	}
	return headers
}

// ended refuses what is past its sunset.
func (p *Profiles) ended(found *Profile, c *caller.Caller) error {
	var now time.Time
	for i := range found.versions {
		v := &found.versions[i]
		if v.life.Sunset.IsZero() || v.path != "" && !below(c.Path, v.path) {
			continue
		}
		if now.IsZero() {
			now = p.now()
		}
		if now.Before(v.life.Sunset) {
			continue
		}
		return over("version "+v.name, v.life)
	}
	return nil
}

// over refuses what has ended.
func over(what string, l rest.Lifecycle) *fault.Error {
	e := &fault.Error{Code: fault.Sunset, Message: what + " has ended on " + l.Sunset.UTC().Format(time.DateOnly)}
	if l.Successor != "" {
		e.Extensions = fault.AppendString([]byte(`"successor":`), l.Successor)
	}
	return e
}

// Headers adds what an answer to the caller says of the profile's end:
// Deprecation, Sunset and Link. Those of one operation are its own, see
// [Profile.Document].
func (p *Profile) Headers(c *caller.Caller, h http.Header) {
	for i := range p.versions {
		v := &p.versions[i]
		if v.path == "" || below(c.Path, v.path) {
			for _, line := range v.header {
				h.Set(line.name, line.value)
			}
		}
	}
}
