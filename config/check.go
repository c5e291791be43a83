package config

import (
	"net"
	"net/url"
	"path/filepath"
	"reflect"
	"regexp"
	"strconv"
	"strings"
)

// check holds what was bound against the rules that types cannot express, and
// makes file paths absolute to the file's folder.
func (b *binder) check(c *Config) {
	b.walk(reflect.ValueOf(c).Elem(), "")
	if len(c.Graphs) > 1 {
		b.fail(b.at["graphs"], "graphs: only one graph can be served")
	}
	for i := range c.Graphs {
		s := &c.Graphs[i].Supergraph
		given := 0
		for _, is := range []bool{s.Compose, s.File != "", s.URL != ""} {
			if is {
				given++
			}
		}
		if path := "graphs[" + strconv.Itoa(i) + "].supergraph"; given > 1 {
			b.fail(b.at[path], path+": give one of compose, file and url")
		}
	}
	b.checkAuth(c)
	b.checkCORS(c.Edge.CORS)
	b.checkStores(c)
	b.checkLimits(&c.Limits, "limits", false)
	for i := range c.BFFs {
		b.checkLimits(&c.BFFs[i].Limits, "bffs["+strconv.Itoa(i)+"].limits", true)
	}
	b.checkHeaders(c.Subgraphs.Defaults.Headers, "subgraphs.defaults")
	names := map[string]bool{}
	for i := range c.Subgraphs.List {
		entry := &c.Subgraphs.List[i]
		path := "subgraphs.list[" + strconv.Itoa(i) + "]"
		if names[entry.Name] && entry.Name != "" {
			b.fail(b.at[path+".name"], path+".name: there is another subgraph "+strconv.Quote(entry.Name))
		}
		names[entry.Name] = true
		b.checkHeaders(entry.Headers, path)
		if entry.Schema.File != "" && entry.Schema.URL != "" {
			b.fail(b.at[path+".schema"], path+".schema: give one of file and url")
		}
		for name, source := range entry.Sources { // errors are sorted by place afterwards
			if where := path + ".sources." + name + ".tls"; (source.TLS.Cert == "") != (source.TLS.Key == "") {
				b.fail(b.at[where], where+": cert and key go together")
			}
		}
	}
}

// checkHeaders wants each rule to do one thing.
func (b *binder) checkHeaders(rules []HeaderRule, parent string) {
	for i, r := range rules {
		path := parent + ".headers[" + strconv.Itoa(i) + "]"
		given := 0
		for _, word := range []string{r.Propagate, r.Matching, r.Insert, r.Remove} {
			if word != "" {
				given++
			}
		}
		switch {
		case given != 1:
			b.fail(b.at[path], path+": give one of propagate, matching, insert and remove")
		case (r.Rename != "" || r.Default != "") && r.Propagate == "":
			b.fail(b.at[path], path+": rename and default go with propagate")
		case (r.Value != "") != (r.Insert != ""):
			b.fail(b.at[path], path+": insert and value go together")
		}
	}
}

// walk applies the check tags.
func (b *binder) walk(v reflect.Value, path string) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			field := v.Type().Field(i)
			name := field.Tag.Get("yaml")
			if name == "-" || !field.IsExported() {
				continue
			}
			where := join(path, name)
			if rule := field.Tag.Get("check"); rule != "" {
				b.rule(rule, v.Field(i), where, path)
			}
			b.walk(v.Field(i), where)
		}
	case reflect.Pointer:
		if !v.IsNil() {
			b.walk(v.Elem(), path)
		}
	case reflect.Slice:
		for i := range v.Len() {
			b.walk(v.Index(i), path+"["+strconv.Itoa(i)+"]")
		}
	case reflect.Map:
		if v.Type().Elem().Kind() != reflect.Struct {
			return
		}
		for _, key := range v.MapKeys() { // errors are sorted by place afterwards
			entry := reflect.New(v.Type().Elem()).Elem() // a map's own values cannot be set
			entry.Set(v.MapIndex(key))
			b.walk(entry, join(path, key.String()))
			v.SetMapIndex(key, entry)
		}
	}
}

// rule applies one check to a value; parent is where to point if it is absent.
func (b *binder) rule(rule string, v reflect.Value, path, parent string) {
	if labels, ok := v.Interface().(map[string]float64); ok {
		for label, share := range labels { // errors are sorted by place afterwards
			if share < 0 || share > 100 {
				where := join(path, label)
				b.fail(b.at[where], where+": a share is between 0 and 100")
			}
		}
		return
	}
	if share, ok := v.Interface().(*float64); ok {
		switch {
		case share == nil:
		case rule == "positive" && *share < 0:
			b.fail(b.at[path], path+" must not be negative")
		case rule == "share":
			if problem := wrongShare(*share); problem != "" {
				b.fail(b.at[path], path+": "+problem)
			}
		}
		return
	}
	if counts, ok := v.Interface().(map[string]int); ok {
		for name, n := range counts { // errors are sorted by place afterwards
			if where := join(path, name); n < 0 {
				b.fail(b.at[where], where+" must not be negative")
			}
		}
		return
	}
	if rule == "positive" {
		if v.Kind() == reflect.Pointer {
			if v.IsNil() {
				return
			}
			v = v.Elem()
		}
		if v.Int() < 0 {
			b.fail(b.at[path], path+" must not be negative")
		}
		return
	}
	if list, ok := v.Interface().([]string); ok {
		for i, text := range list {
			if problem := wrong(rule, text); problem != "" {
				where := path + "[" + strconv.Itoa(i) + "]"
				b.fail(b.at[where], where+": "+problem)
			}
		}
		return
	}
	text := v.String()
	if text == "" {
		_, isMapping := pairs(b.at[parent])
		if rule == "required" && isMapping { // else its kind was reported already
			b.fail(b.at[parent], path+" is missing")
		}
		return
	}
	if rule == "file" {
		if !filepath.IsAbs(text) {
			v.SetString(filepath.Join(filepath.Dir(b.file), text))
		}
		return
	}
	if problem := wrong(rule, text); problem != "" {
		b.fail(b.at[path], path+": "+problem)
	}
}

// wrong says what a text that must follow a rule is not, "" if it does.
func wrong(rule, text string) string {
	switch rule {
	case "url":
		u, err := url.Parse(text)
		switch {
		case err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "":
		case strings.Contains(text, "@"): // it may hold a password
			return "that is not an http or https URL"
		default:
			return strconv.Quote(text) + " is not an http or https URL"
		}
	case "address":
		if _, port, err := net.SplitHostPort(text); text != "-" && (err != nil || !isPort(port)) {
			return strconv.Quote(text) + " is not host:port"
		}
	case "regexp":
		if _, err := regexp.Compile(text); err != nil {
			return strconv.Quote(text) + " is not a regular expression"
		}
	case "path":
		if !strings.HasPrefix(text, "/") {
			return strconv.Quote(text) + " does not start with /"
		}
	case "client_protocol":
		if text != "transport_ws" {
			return "must be transport_ws, not " + strconv.Quote(text)
		}
	case "policy":
		return wrongPolicy(text)
	case "propagator":
		return wrongPropagator(text)
	case "header":
		if !isHeaderName(text) {
			return strconv.Quote(text) + " is not a header name"
		}
	case "verify", "coordinate", "date":
		return wrongBFF(rule, text)
	case "cidr", "origin", "method":
		return wrongEdge(rule, text)
	case "retry_on", "status":
		return wrongTraffic(rule, text)
	case "value": // not shown: it may be a secret
		if strings.ContainsFunc(text, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }) {
			return "a header's value cannot hold a line break or another control character"
		}
	default:
		return wrongLimit(rule, text)
	}
	return ""
}

// isHeaderName knows what RFC 9110, section 5.1, allows.
func isHeaderName(name string) bool {
	return !strings.ContainsFunc(name, func(r rune) bool {
		return r <= ' ' || r >= 0x7f || strings.ContainsRune(`"(),/:;<=>?@[\]{}`, r)
	})
}

func isPort(port string) bool {
	n, err := strconv.Atoi(port)
	return err == nil && n >= 0 && n <= 65535
}
