package bff

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"github.com/weftql/weft/bff/rest"
	"github.com/weftql/weft/caller"
	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/operation"
)

// known are the documents of a profile: what its operations folder and its
// manifest hold. It is read-only once made.
type known struct {
	profile *Profile
	// byID has ids, names and digests of files; byText texts as they may come,
	// plain and as JSON; byEssence texts without their white space.
	byID, byText, byEssence map[string]*Known
	longest                 int // of the texts, in bytes
}

// Known is a document that a profile knows.
type Known struct {
	*rest.Operation
	text   []byte
	header []header
}

// Headers adds what an answer says of the operation's end: Deprecation, Sunset
// and Link.
func (d *Known) Headers(h http.Header) {
	for _, line := range d.header {
		h.Set(line.name, line.value)
	}
}

func newKnown(p *Profile) *known {
	return &known{profile: p, byID: map[string]*Known{}, byText: map[string]*Known{}, byEssence: map[string]*Known{}}
}

// add makes an operation known; file is where it stands alone, nil for those of
// manifests, which have no name to be called by.
func (k *known) add(o *rest.Operation, file *text) {
	d := &Known{Operation: o, text: []byte(o.Document), header: headersOf(o.Lifecycle)}
	k.byID[o.ID] = d
	k.text(o.Document, d)
	if file == nil {
		return
	}
	k.byID[o.Name] = d
	k.byID[digest(file.content)] = d
	k.text(file.content, d)
}

func (k *known) text(text string, d *Known) {
	k.byText[text] = d
	k.longest = max(k.longest, len(text))
	if quoted, err := json.Marshal(text); err == nil { // as clients write it, if they escape no more than they must
		plain := strings.NewReplacer(`\u003c`, "<", `\u003e`, ">", `\u0026`, "&").Replace(string(quoted))
		k.byText[plain[1:len(plain)-1]] = d
	}
	k.byEssence[essence(text)] = d
}

// Document settles which document a request is about. The text of a known one is
// put in place, whether the request names it by its id or has it in some form.
// The result is the known
// document, nil for one that is not, and not to be changed.
//
// An id is an operation's name, the hex SHA-256 of its text with or without
// "sha256:" before it, that of its file, or its id in a manifest.
//
// Errors are PERSISTED_QUERY_NOT_FOUND and PERSISTED_QUERY_NOT_SUPPORTED for an
// id that is not known, QUERY_NOT_IN_SAFELIST and
// PERSISTED_DOCUMENT_ID_REQUIRED by the profile's mode, and UNAUTHENTICATED and
// FORBIDDEN if the caller has not the scopes the operation asks for.
func (p *Profile) Document(r *operation.Request) (*Known, error) {
	if len(r.Document) == 0 && r.DocumentID != "" {
		return p.byID(r)
	}
	if p.mode == modeOpen && len(p.known.byText) == 0 {
		return nil, nil //nolint:nilnil // not known, and no mistake
	}
	if d := p.known.routed(r); d != nil {
		r.Document, r.Escaped = d.text, false
		return d, p.permits(d, r.Caller)
	}
	d := p.known.find(r, p.mode != modeOpen)
	switch {
	case p.mode == modeIDs && (d == nil || d.ID != r.DocumentID):
		return nil, &fault.Error{Code: fault.PersistedDocumentRequired, Message: "this client profile takes operations by their id only"}
	case d != nil:
		r.Document, r.Escaped = d.text, false // without what is for the gateway, and the same for all its forms
		return d, p.permits(d, r.Caller)
	case p.mode == modeTrusted:
		return nil, &fault.Error{Code: fault.QueryNotInSafelist, Message: "this client profile does not know the operation"}
	case p.mode == modeAudit:
		p.audit.note(r)
	}
	return nil, nil //nolint:nilnil // not known, and no mistake
}

func (p *Profile) byID(r *operation.Request) (*Known, error) {
	d := p.known.byID[strings.TrimPrefix(r.DocumentID, "sha256:")]
	switch {
	case d != nil:
		r.Document, r.Escaped = d.text, false
		return d, p.permits(d, r.Caller)
	case len(p.known.byID) == 0:
		// The message is what clients look for before they send the text instead.
		return nil, &fault.Error{Code: fault.PersistedQueryNotSupported, Message: "PersistedQueryNotSupported"}
	}
	return nil, &fault.Error{Code: fault.PersistedQueryNotFound, Message: "PersistedQueryNotFound"}
}

// routed returns the document that a path stands for, nil if it is none. Files
// may have changed since the path was looked up.
func (k *known) routed(r *operation.Request) *Known {
	if !r.Routed {
		return nil
	}
	if d := k.byID[r.DocumentID]; d != nil {
		return d
	}
	return k.byID[r.Name]
}

// find returns the known document that has the request's text, nil if none has.
// A text in the very form it is known in costs one look-up; others are cut into
// tokens, if it matters.
func (k *known) find(r *operation.Request, matters bool) *Known {
	if d := k.byText[string(r.Document)]; d != nil || !matters {
		return d
	}
	if len(r.Document) > 4*k.longest+1024 {
		return nil // a known text with that much white space is not worth the look
	}
	text := string(r.Document)
	if r.Escaped {
		if json.Unmarshal([]byte(`"`+text+`"`), &text) != nil {
			return nil
		}
	}
	return k.byEssence[essence(text)]
}

// permits holds a caller against @auth of the operation, and the clock against
// its @sunset.
func (p *Profile) permits(d *Known, c *caller.Caller) error {
	if !d.Sunset.IsZero() && !p.now().Before(d.Sunset) {
		return over("the operation", d.Lifecycle)
	}
	if len(d.Scopes) == 0 {
		return nil
	}
	if c == nil || anonymous(c) {
		return &fault.Error{Code: fault.Unauthenticated, Message: "the operation needs credentials"}
	}
	for _, all := range d.Scopes {
		if within(all, c.Principal.Scopes) {
			return nil
		}
	}
	return &fault.Error{Code: fault.Forbidden, Message: "the operation needs scopes that the credentials do not have"}
}

// IDs returns what the profile's documents can be called by, sorted.
func (p *Profile) IDs() []string {
	ids := make([]string, 0, len(p.known.byID))
	for id := range p.known.byID {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}
