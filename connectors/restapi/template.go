package restapi

import (
	"errors"
	"net/url"
	"strings"

	"github.com/weftql/weft/connectors/mapping"
)

// template is a URL template taken apart, by where its pieces stand:
//
//	https://user:pw@{$config.host}:80/looms/{$args.id}?first={$args.first}
//	scheme  user    authority         path             query
//
// A template that starts with an expression has it in base: it gives scheme and
// authority, and may give the start of the path. Only text takes a template
// apart, never a value.
type template struct {
	base              *expression
	scheme, authority []piece
	user              string // name:password
	path, query       []piece
	// guarded: a value takes part in the host that is not the operator's.
	guarded bool
}

// piece is text, ready to be sent, or an expression.
type piece struct {
	text string
	expr *expression
}

// textOrMapping is a part of a template as it was written.
type textOrMapping struct {
	text    string
	mapping *mapping.Mapping
}

// partsOf returns a template's parts without line breaks and without the space
// around it.
func partsOf(t *mapping.Template) []textOrMapping {
	var parts []textOrMapping
	list := t.Parts()
	for i, p := range list {
		part := textOrMapping{p.Text, p.Mapping}
		if p.Mapping == nil {
			part.text = unbroken.Replace(p.Text)
		}
		if i == 0 {
			part.text = strings.TrimLeft(part.text, " ")
		}
		if i == len(list)-1 {
			part.text = strings.TrimRight(part.text, " ")
		}
		if p.Mapping != nil || part.text != "" {
			parts = append(parts, part)
		}
	}
	return parts
}

// unbroken drops what lets a template span lines.
var unbroken = strings.NewReplacer("\t", "", "\n", "", "\f", "", "\r", "")

var (
	errNoScheme = errors.New("the URL must start with http:// or https:// and name a host")
	errHost     = errors.New("the URL's host must be a name of letters, digits, dots and hyphens or an address, perhaps with a port")
	errUser     = errors.New("a user or password of a URL cannot come from an expression: send a header")
	errBase     = errors.New("an expression that a URL starts with must be followed by its path")
	errTrust    = errors.New("scheme, host and port of a URL come from text, $config and $env only")
)

// absoluteTemplate takes a template with scheme and host apart.
func absoluteTemplate(parts []textOrMapping) (*template, error) {
	t := &template{}
	parts, err := t.takeOrigin(parts)
	if err != nil {
		return nil, err
	}
	t.takePath(parts)
	return t, nil
}

// relativeTemplate takes a template apart that is a path, a query, or both.
func relativeTemplate(parts []textOrMapping) *template {
	t := &template{}
	t.takePath(parts)
	return t
}

// takeOrigin takes scheme, user and authority and returns what is behind them.
func (t *template) takeOrigin(parts []textOrMapping) (rest []textOrMapping, err error) {
	if len(parts) == 0 {
		return nil, errNoScheme
	}
	if parts[0].mapping != nil && (len(parts) == 1 || !strings.HasPrefix(parts[1].text, "://")) {
		if len(parts) > 1 && (parts[1].mapping != nil || !strings.ContainsAny(parts[1].text[:1], "/?#")) {
			return nil, errBase
		}
		t.base = newExpression(parts[0].mapping)
		if !t.base.trusted() {
			return nil, errTrust
		}
		return parts[1:], nil
	}
	t.scheme, parts = cut(parts, "://")
	if len(parts) == 0 {
		return nil, errNoScheme
	}
	for _, p := range t.scheme {
		if p.expr != nil && !p.expr.trusted() {
			return nil, errTrust
		}
	}
	if scheme, ok := fixed(t.scheme); ok {
		if scheme = strings.ToLower(scheme); scheme != "http" && scheme != "https" {
			return nil, errNoScheme
		}
		t.scheme = []piece{{text: scheme}}
	}
	parts[0].text = strings.TrimPrefix(parts[0].text, "://")
	t.authority, rest = cut(parts, "/?#")
	return rest, t.checkAuthority()
}

func (t *template) checkAuthority() error {
	for i := range t.authority {
		p := &t.authority[i]
		if p.expr != nil {
			switch {
			case p.expr.trusted():
			case p.expr.contextual():
				t.guarded = true
			default:
				return errTrust
			}
			continue
		}
		if at := strings.LastIndexByte(p.text, '@'); at >= 0 {
			if i > 0 {
				return errUser
			}
			user, err := url.PathUnescape(p.text[:at])
			if err != nil {
				return errUser
			}
			t.user, p.text = user, p.text[at+1:]
		}
	}
	if len(t.authority) == 0 {
		return errHost
	}
	if host, ok := fixed(t.authority); ok && !validAuthority(host) {
		return errHost
	}
	return nil
}

// fixed returns pieces as one text; ok is false if there is an expression.
func fixed(pieces []piece) (text string, ok bool) {
	for _, p := range pieces {
		if p.expr != nil {
			return "", false
		}
		text += p.text
	}
	return text, true
}

// takePath takes path and query. A fragment is dropped: it is never sent.
func (t *template) takePath(parts []textOrMapping) {
	parts, _ = split(parts, "#")
	path, query := split(parts, "?")
	t.path = trimmed(pieces(path), func(text string, first bool) string {
		if first {
			return strings.TrimLeft(text, "/")
		}
		return text
	})
	if len(query) > 0 {
		query[0].text = strings.TrimPrefix(query[0].text, "?")
		t.query = trimmed(pieces(query), func(text string, first bool) string {
			if first {
				return strings.TrimLeft(text, "&")
			}
			return strings.TrimRight(text, "&")
		})
	}
}

// trimmed trims the first and the last piece if they are text, and drops them
// if nothing is left.
func trimmed(pieces []piece, trim func(text string, first bool) string) []piece {
	if len(pieces) > 0 && pieces[0].expr == nil {
		if pieces[0].text = trim(pieces[0].text, true); pieces[0].text == "" {
			pieces = pieces[1:]
		}
	}
	if last := len(pieces) - 1; last >= 0 && pieces[last].expr == nil {
		if pieces[last].text = trim(pieces[last].text, false); pieces[last].text == "" {
			pieces = pieces[:last]
		}
	}
	return pieces
}

// split cuts parts before the first text that has a stop, stops being single
// characters unless they are "://".
func split(parts []textOrMapping, stops string) (before, after []textOrMapping) {
	for i, p := range parts {
		if p.mapping != nil {
			continue
		}
		at := strings.IndexAny(p.text, stops)
		if stops == "://" {
			at = strings.Index(p.text, stops)
		}
		if at < 0 {
			continue
		}
		before = append(before, parts[:i]...)
		if at > 0 {
			before = append(before, textOrMapping{text: p.text[:at]})
		}
		after = append(after, textOrMapping{text: p.text[at:]})
		return before, append(after, parts[i+1:]...)
	}
	return parts, nil
}

// cut is split with what is before as pieces whose text is kept as it is.
func cut(parts []textOrMapping, stops string) ([]piece, []textOrMapping) {
	before, after := split(parts, stops)
	var made []piece
	for _, p := range before {
		if p.mapping != nil {
			made = append(made, piece{expr: newExpression(p.mapping)})
		} else if p.text != "" {
			made = append(made, piece{text: p.text})
		}
	}
	return made, after
}

// pieces are parts with their text made fit to be sent.
func pieces(parts []textOrMapping) []piece {
	var made []piece
	for _, p := range parts {
		if p.mapping != nil {
			made = append(made, piece{expr: newExpression(p.mapping)})
		} else if p.text != "" {
			made = append(made, piece{text: string(appendTrusted(nil, p.text))})
		}
	}
	return made
}
