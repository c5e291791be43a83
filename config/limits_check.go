package config

import (
	"errors"
	"net/url"
	"strconv"
	"strings"

	"github.com/weftql/weft/internal/expression"
)

// checkLimits holds limits against what single values cannot show. path names
// them in the file; bff says that they are a client profile's.
func (b *binder) checkLimits(l *Limits, path string, bff bool) {
	names := map[string]bool{}
	for i := range l.Rates {
		r, where := &l.Rates[i], path+".rates["+strconv.Itoa(i)+"]"
		for _, must := range []struct{ key, text string }{{"name", r.Name}, {"rate", r.Rate}, {"key", r.Key}} {
			if _, isMapping := pairs(b.at[where]); must.text == "" && isMapping {
				b.fail(b.at[where], where+"."+must.key+" is missing")
			}
		}
		if names[r.Name] && r.Name != "" {
			b.fail(b.at[where+".name"], where+".name: there is another rate "+strconv.Quote(r.Name))
		}
		names[r.Name] = true
	}
	if !bff {
		return
	}
	for _, key := range l.graphOnly() {
		b.fail(b.at[path+"."+key], path+"."+key+" holds for the whole gateway; give it below limits")
	}
}

// graphOnly names the keys given that a client profile cannot have.
func (l *Limits) graphOnly() []string {
	var keys []string
	d := &l.Document
	for _, k := range []struct {
		key   string
		given bool
	}{
		{"store", l.Store != ""}, {"on_store_error", l.OnStoreError != ""}, {"instances", l.Instances != 0}, {"max_keys", l.MaxKeys != 0},
		{"document.max_body", d.MaxBody != 0}, {"document.max_url", d.MaxURL != 0}, {"document.max_document", d.MaxDocument != 0},
		{"document.max_tokens", d.MaxTokens != 0}, {"document.max_recursion", d.MaxRecursion != 0},
		{"document.max_selections", d.MaxSelections != 0}, {"cost.default_list_size", l.Cost.DefaultListSize != 0},
	} {
		if k.given {
			keys = append(keys, k.key)
		}
	}
	return keys
}

// checkStores wants what other sections refer to.
func (b *binder) checkStores(c *Config) {
	if strings.HasPrefix(c.Limits.Store, "redis") && c.Stores.Redis.URL == "" {
		b.fail(b.at["limits.store"], "limits.store: "+c.Limits.Store+" needs stores.redis.url")
	}
}

// wrongLimit is [wrong] for the rules of limits.
func wrongLimit(rule, text string) string {
	var err error
	switch rule {
	case "rate":
		if _, err := ParseRate(text); err != nil {
			return strconv.Quote(text) + " " + err.Error()
		}
	case "weight":
		if n, err := strconv.Atoi(text); text != "estimated" && text != "actual" && (err != nil || n < 1) {
			return strconv.Quote(text) + " is none of a number from 1, estimated and actual"
		}
	case "expression":
		err = compiles(text, expression.Text)
	case "condition":
		err = compiles(text, expression.Bool)
	case "limit_name":
		if !isLimitName(text) {
			return strconv.Quote(text) + " is not a name of letters, digits, -, _ and ."
		}
	case "redis":
		u, err := url.Parse(text)
		if err != nil || u.Scheme != "redis" && u.Scheme != "rediss" || u.Host == "" { // not shown: it may hold a password
			return "that is not a URL such as redis://HOST:6379 or rediss://USER:PASSWORD@HOST:6379/0"
		}
	}
	if err != nil {
		return expression.Problem(err)
	}
	return ""
}

// compiles holds an expression against what there is to see of an operation as
// a whole.
func compiles(text string, want expression.Kind) error {
	p, err := expression.Compile(text, want)
	if err == nil && p.Uses("args") {
		return errors.New("args are a field's arguments, which only policies see")
	}
	return err
}

// isLimitName allows what may stand in a header and in a metric's label.
func isLimitName(text string) bool {
	return len(text) <= 64 && !strings.ContainsFunc(text, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_' || r == '.')
	})
}
