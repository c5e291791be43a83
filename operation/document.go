package operation

import (
	"errors"
	"unicode/utf8"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/parser"

	"github.com/weftql/weft/fault"
)

// parse returns the document of a request.
func parse(r *Request, limits *Limits) (*ast.QueryDocument, error) {
	if len(r.Document) > limits.Bytes {
		return nil, tooLong("document bytes", limits.Bytes)
	}
	text := string(r.Document)
	if r.Escaped {
		var ok bool
		if text, ok = unescape(text); !ok {
			return nil, parseFailed("The document is not a valid JSON string.", 0, 0)
		}
	}
	if !utf8.ValidString(text) {
		return nil, parseFailed("The document is not valid UTF-8.", 0, 0)
	}
	blocks, err := scan(text, limits)
	if err != nil {
		return nil, err
	}
	doc, err := parser.ParseQuery(&ast.Source{Input: text})
	if err != nil {
		return nil, syntaxFault(err)
	}
	if len(doc.Operations)+len(doc.Fragments) == 0 { // blank, or comments alone
		return nil, parseFailed("Syntax Error: the document is empty.", 0, 0)
	}
	for _, f := range doc.Fragments {
		// gqlparser reads variables of fragments, which are not in the specification.
		if len(f.VariableDefinition) > 0 {
			at := f.VariableDefinition[0].Position
			return nil, parseFailed("Syntax Error: a fragment has no variables of its own.", at.Line, at.Column)
		}
	}
	blocks.apply(doc)
	return doc, nil
}

func syntaxFault(err error) *fault.Error {
	var found *gqlerror.Error
	if !errors.As(err, &found) {
		return parseFailed("Syntax Error: "+err.Error(), 0, 0)
	}
	message := "Syntax Error: " + found.Message
	if len(found.Locations) == 0 {
		return parseFailed(message, 0, 0)
	}
	return parseFailed(message, found.Locations[0].Line, found.Locations[0].Column)
}

func parseFailed(message string, line, column int) *fault.Error {
	e := &fault.Error{Code: fault.GraphQLParseFailed, Message: cut(message, maxMessage)}
	if line > 0 {
		e.Locations = []fault.Position{{Line: line, Column: column}}
	}
	return e
}

// choose returns the operation a request names. A document with one operation
// needs no name.
func choose(doc *ast.QueryDocument, name string) (*ast.OperationDefinition, error) {
	if name == "" {
		switch len(doc.Operations) {
		case 0:
			return nil, unresolved("The document has no operation.")
		case 1:
			return doc.Operations[0], nil
		}
		return nil, unresolved("The document has several operations: operationName must say which one to run.")
	}
	for _, def := range doc.Operations {
		if def.Name == name {
			return def, nil
		}
	}
	return nil, unresolved("Unknown operation named \"" + clip(name) + "\".")
}

func unresolved(message string) *fault.Error {
	return &fault.Error{Code: fault.OperationResolutionFailure, Message: message}
}

// clip keeps a client's text short enough to be quoted in a message.
func clip(s string) string { return cut(s, 80) }

// cut returns at most the first bytes of s.
func cut(s string, most int) string {
	if len(s) <= most {
		return s
	}
	end := most
	for end > 0 && !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end] + "…"
}
