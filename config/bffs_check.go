package config

import (
	"errors"
	"regexp"
	"strconv"
	"time"
)

// ParseDate reads 2026-11-20, which is its midnight UTC, or an RFC 3339 time.
func ParseDate(text string) (time.Time, error) {
	if t, err := time.Parse(time.DateOnly, text); err == nil {
		return t, nil
	}
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return t, nil
	}
	return time.Time{}, errors.New("is not a date such as 2026-11-20 or 2026-11-20T12:00:00Z")
}

var (
	bffName    = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$`)
	coordinate = regexp.MustCompile(`^[_A-Za-z]\w*(\.(\*|[_A-Za-z]\w*(\([_A-Za-z]\w*:\))?))?$`)
)

// wrongBFF says what a text that must follow a rule of BFFs is not.
func wrongBFF(rule, text string) string {
	switch rule {
	case "verify":
		if text != "api_key" && text != "claim" {
			return "must be api_key or claim, not " + strconv.Quote(text)
		}
	case "coordinate":
		if !coordinate.MatchString(text) {
			return strconv.Quote(text) + " is not Type, Type.field, Type.* or Type.field(argument:)"
		}
	case "date":
		if _, err := ParseDate(text); err != nil {
			return strconv.Quote(text) + " " + err.Error()
		}
	}
	return ""
}

// bffAt reports what is wrong with a key of one BFF.
type bffAt func(key, message string)

// checkBFFs looks at each BFF alone, and at names and defaults across them.
func (b *binder) checkBFFs(c *Config) {
	names, standard := map[string]bool{}, ""
	for i := range c.BFFs {
		f := &c.BFFs[i]
		fail := b.bffFail(i)
		if f.Dir == "" {
			f.check(fail)
		}
		switch {
		case f.Name == "" && f.Dir == "":
			fail("name", "is missing")
		case !bffName.MatchString(f.Name):
			fail("name", strconv.Quote(f.Name)+" is not a name of up to 64 letters, digits, - and _")
		case names[f.Name]:
			fail("name", "there is another BFF "+strconv.Quote(f.Name))
		}
		names[f.Name] = true
		if f.Default && standard != "" {
			fail("default", "the BFF "+standard+" is the default already")
		} else if f.Default {
			standard = f.Name
		}
	}
}

// check looks for what the types and tags cannot express.
func (f *BFF) check(fail bffAt) {
	claims := false
	for i := range f.Match {
		m, key := &f.Match[i], "match["+strconv.Itoa(i)+"]"
		claims = claims || m.Claim.Name != ""
		m.check(key, fail)
	}
	for i, kind := range f.Verify {
		if kind == "claim" && !claims {
			fail("verify["+strconv.Itoa(i)+"]", "no entry of match has a claim")
		}
	}
	o := &f.Operations
	switch o.Mode {
	case "trusted", "allow_text", "id_only":
		if o.Dir == "" && o.Manifest == "" {
			fail("operations.mode", o.Mode+" needs operations.dir or operations.manifest")
		}
	}
	for i := range f.Versions {
		v, key := &f.Versions[i], "versions["+strconv.Itoa(i)+"]"
		if v.Deprecated == "" && v.Sunset == "" {
			fail(key, "give deprecated, sunset or both")
		}
	}
}

func (m *Match) check(key string, fail bffAt) {
	if *m == (Match{}) {
		fail(key, "give one of host, path, header, client_name, api_key and claim, or several that must hold together")
		return
	}
	if h := m.Header; h != (MatchHeader{}) {
		switch {
		case h.Name == "":
			fail(key+".header", "the name is missing")
		case (h.Value == "") == (h.Pattern == ""):
			fail(key+".header", "give one of value and pattern")
		}
	}
	if c := m.Claim; c != (MatchClaim{}) && (c.Name == "" || c.Value == "") {
		fail(key+".claim", "give name and value")
	}
}
