package rest

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/internal/jsonscan"
)

// readBody adds the variables that come in the body. The error concerns the
// body as a whole; what is wrong within it goes to b.
func (r *route) readBody(b *builder, req *http.Request) error {
	if !r.hasBody() {
		return nil // nobody asked for it, and nobody looks at it
	}
	body, err := r.body(req)
	if err != nil {
		return err
	}
	if len(body) == 0 {
		r.withoutBody(b)
		return nil
	}
	c := checker{schema: r.schema, fail: b.fail, full: b.full}
	if r.whole != nil {
		c.check(r.whole.Type, body, pointer{}, 0)
		b.member(r.whole.Variable)
		b.json = append(b.json, body...)
		return nil
	}
	r.members(b, &c, body)
	return nil
}

// body reads it all, checks that it is JSON and drops the space around it.
func (r *route) body(req *http.Request) ([]byte, error) {
	limit := r.options.MaxBodyBytes
	tooLarge := &fault.Error{Code: fault.RequestTooLarge, Message: "The request body is larger than allowed."}
	if req.ContentLength > limit {
		return nil, tooLarge
	}
	body, err := io.ReadAll(io.LimitReader(req.Body, limit+1))
	if err != nil {
		var tooMany *http.MaxBytesError
		if errors.As(err, &tooMany) {
			return nil, tooLarge
		}
		return nil, &fault.Error{Code: fault.BadRequest, Message: "The body could not be read to its end.", Cause: err}
	}
	if int64(len(body)) > limit {
		return nil, tooLarge
	}
	if len(body) == 0 {
		return nil, nil
	}
	if err := checkContentType(req.Header); err != nil {
		return nil, err
	}
	if !utf8.Valid(body) || !jsonscan.Valid(body) {
		return nil, &fault.Error{Code: fault.BadRequest, Message: "The body is not valid JSON."}
	}
	return bytes.TrimSpace(body), nil
}

// checkContentType accepts JSON in UTF-8, application/merge-patch+json and the
// like too.
func checkContentType(h http.Header) error {
	lines := h["Content-Type"]
	essence, parameters, err := mime.ParseMediaType(strings.Join(lines, ", "))
	unsupported := func(message string) error {
		return &fault.Error{Code: fault.UnsupportedMediaType, Message: message}
	}
	if err != nil || essence != "application/json" && (!strings.HasPrefix(essence, "application/") || !strings.HasSuffix(essence, "+json")) {
		return unsupported("The Content-Type of the body must be application/json.")
	}
	if charset, ok := parameters["charset"]; ok && !strings.EqualFold(charset, "utf-8") && !strings.EqualFold(charset, "utf8") {
		return unsupported("The charset of the body must be utf-8.")
	}
	for _, coding := range h["Content-Encoding"] {
		if coding != "" && !strings.EqualFold(coding, "identity") {
			return unsupported("A body with a content encoding is not supported here.")
		}
	}
	return nil
}

// withoutBody reports the variables that an absent body leaves out.
func (r *route) withoutBody(b *builder) {
	if r.whole != nil {
		if required(r.whole) {
			b.fail(misplaced(inBody, "pointer", "", r.whole.Type.String(), "The request needs a body: a JSON object of type "+r.whole.Type.String()+"."))
		}
		return
	}
	for _, v := range r.inBody {
		if required(v) {
			at := pointer{v.Variable}
			b.fail(misplaced(inBody, "pointer", at.String(), v.Type.String(), `The body must be a JSON object with the member "`+v.Variable+`".`))
		}
	}
}

// members takes the variables from the members of a body that is an object.
func (r *route) members(b *builder, c *checker, body []byte) {
	if body[0] != '{' {
		b.fail(misplaced(inBody, "pointer", "", "object", "The body must be a JSON object with a member for each variable."))
		return
	}
	var given []string
	jsonscan.Each(body, func(quoted, value []byte) bool {
		text, _ := jsonscan.AppendText(nil, quoted)
		name := string(text)
		at := pointer{clip(name)}
		v := r.inBody.ForName(name)
		switch {
		case v == nil:
			b.fail(misplaced(inBody, "pointer", at.String(), "", `There is no member "`+clip(name)+`" in the body here`+r.elsewhere(name)+"."))
		case slices.Contains(given, name):
			b.fail(misplaced(inBody, "pointer", at.String(), v.Type.String(), `The member "`+name+`" of the body is given twice.`))
		default:
			given = append(given, name)
			c.check(v.Type, value, at, 0)
			b.member(name)
			b.json = append(b.json, value...)
		}
		return !b.full()
	})
	for _, v := range r.inBody {
		if required(v) && !slices.Contains(given, v.Variable) {
			at := pointer{v.Variable}
			b.fail(misplaced(inBody, "pointer", at.String(), v.Type.String(), `The member "`+v.Variable+`" of the body is required.`))
		}
	}
}

// elsewhere says where a member of the body belongs.
func (r *route) elsewhere(name string) string {
	if slices.ContainsFunc(r.inPath, func(p parameter) bool { return p.name == name }) {
		return ": it stands in the path"
	}
	return ""
}

// pointer is where a value stands in the body.
type pointer []string

// String is the pointer as a fragment of RFC 6901 without its #, which is what
// RFC 9457 shows.
func (p pointer) String() string {
	var b strings.Builder
	for _, step := range p {
		b.WriteByte('/')
		b.WriteString(pointerSteps.Replace(step))
	}
	return b.String()
}

var pointerSteps = strings.NewReplacer("~", "~0", "/", "~1")

// with returns the pointer to a part of the value.
func (p pointer) with(step string) pointer { return append(slices.Clone(p), step) }
