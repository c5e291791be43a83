package compose

import (
	"fmt"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/fault"
)

// checkCacheTags checks the templates of @cacheTag: on root fields they may use
// {$args.x}, on entities {$key.x} where x is in every key.
func (c *composition) checkCacheTags(s *subgraph) {
	for _, t := range s.types {
		for _, a := range t.directives.all(idCacheTag) {
			k := &cacheTagCheck{c: c, s: s, a: a, coordinate: t.name}
			k.onType(t)
		}
		for _, f := range t.fields {
			for _, a := range f.directives.all(idCacheTag) {
				k := &cacheTagCheck{c: c, s: s, a: a, coordinate: f.coordinate()}
				k.onField(f)
			}
		}
	}
}

type cacheTagCheck struct {
	c          *composition
	s          *subgraph
	a          *application
	coordinate string
}

func (k *cacheTagCheck) fail(code fault.Code, format string, args ...any) {
	k.c.fail(code, k.coordinate, "@cacheTag on "+quote(k.coordinate)+": "+fmt.Sprintf(format, args...), place{k.s, k.a.pos})
}

func (k *cacheTagCheck) onField(f *fieldDecl) {
	if f.owner != k.s.query && f.owner != k.s.mutation && f.owner != k.s.subscription {
		k.fail(CacheTagNonRootField, "only root fields and entities can have cache tags")
		return
	}
	for _, path := range k.paths() {
		if path[0] != "$args" || len(path) < 2 {
			k.fail(CacheTagRootFieldArgument, "the template may use {$args.name} only, not {%s}", strings.Join(path, "."))
			continue
		}
		a := f.arg(path[1])
		if a == nil {
			k.fail(CacheTagRootFieldArgument, "the field has no argument %s", quote(path[1]))
			continue
		}
		k.inputPath(a.typ, path[2:])
	}
}

// inputPath follows a path through input objects to a leaf.
func (k *cacheTagCheck) inputPath(typ *ast.Type, path []string) {
	for _, name := range path {
		t := k.s.typeByName[typ.Name()]
		if typ.Elem != nil || t == nil || t.kind != ast.InputObject || t.input(name) == nil {
			k.fail(CacheTagInvalidFormat, "%s has no field %s to follow", typ, quote(name))
			return
		}
		typ = t.input(name).typ
	}
	if typ.Elem != nil || k.s.kindOf(typ.Name()) == ast.InputObject {
		k.fail(CacheTagInvalidFormat, "the template must end in a single scalar or enum, not in %s", typ)
	}
}

func (k *cacheTagCheck) onType(t *typeDecl) {
	resolvable := false
	for _, key := range t.keys {
		resolvable = resolvable || key.resolvable
	}
	if !resolvable {
		k.fail(CacheTagEntityNotResolvable, "the type needs a resolvable @key")
		return
	}
	for _, path := range k.paths() {
		if path[0] != "$key" || len(path) < 2 {
			k.fail(CacheTagEntityArgument, "the template may use {$key.name} only, not {%s}", strings.Join(path, "."))
			continue
		}
		for _, key := range t.keys {
			if !k.keyPath(key, path[1:]) {
				break
			}
		}
	}
}

// keyPath follows a path through the selections of a key to a leaf.
func (k *cacheTagCheck) keyPath(key *key, path []string) bool {
	list := key.fields.selections
	for i, name := range path {
		var found *selection
		for _, sel := range list {
			if sel.name == name {
				found = sel
			}
		}
		if found == nil || found.field == nil {
			k.fail(CacheTagEntityArgument, "%s is not in the key %s; every key must have it", quote(strings.Join(path, ".")), quote(key.fields.text))
			return false
		}
		last := i == len(path)-1
		if found.field.typ.Elem != nil || last == composite(k.s.kindOf(found.field.typ.Name())) {
			k.fail(CacheTagInvalidFormat, "%s must lead to a single scalar or enum", quote(strings.Join(path, ".")))
			return false
		}
		list = found.selections
	}
	return true
}

// paths returns the variable parts of the template, each split at its dots.
func (k *cacheTagCheck) paths() [][]string {
	var found [][]string
	rest := k.a.text("format")
	for {
		open := strings.IndexByte(rest, '{')
		if open < 0 {
			if strings.IndexByte(rest, '}') >= 0 {
				k.fail(CacheTagInvalidFormat, "the template has a } without {")
			}
			return found
		}
		end := strings.IndexByte(rest[open:], '}')
		if end < 0 {
			k.fail(CacheTagInvalidFormat, "the template has a { without }")
			return found
		}
		path := strings.Split(strings.TrimSpace(rest[open+1:open+end]), ".")
		for _, name := range path {
			if name == "" {
				k.fail(CacheTagInvalidFormat, "the template has an empty name in {%s}", strings.Join(path, "."))
				return found
			}
		}
		found = append(found, path)
		rest = rest[open+end+1:]
	}
}
