package compose

import (
	"fmt"

	"github.com/vektah/gqlparser/v2/ast"
)

func (m *merger) failExternalEverywhere(f *mergedField, standIns []*fieldDecl) {
	at := f.places()
	for _, d := range standIns {
		at = append(at, d.place())
	}
	m.fail(ExternalMissingOnBase, f.coordinate(), fmt.Sprintf(
		"Field %q is @external in every subgraph that has it (%s), so none resolves it. Remove @external in the one that does.",
		f.coordinate(), subgraphNames(at)), at...)
}

// checkExternalDirectives reports directives that would be lost, because
// external declarations take no part in the merge.
func (m *merger) checkExternalDirectives(f *mergedField) {
	for _, d := range f.sources {
		if !d.external {
			continue
		}
		for _, a := range d.directives {
			if m.composes(a, d.owner.subgraph) {
				m.fail(MergedDirectiveOnExternal, f.coordinate(), fmt.Sprintf(
					"Field %q is @external in subgraph %q and has @%s, which would be lost. Put @%s on the field in the subgraph that resolves it.",
					f.coordinate(), d.owner.subgraph.name, a.name, a.name), place{d.owner.subgraph, a.pos})
			}
		}
	}
}

// checkExternals compares external declarations with the merged field: what
// they promise must be what the resolving subgraph delivers. same says that the
// merged declarations have one type.
func (m *merger) checkExternals(f *mergedField, same bool) {
	var types []place
	for _, d := range f.sources {
		if d.external && !sameType(f.typ, d.typ) && (same || !m.graph.isSubtype(f.typ, d.typ)) {
			types = append(types, d.place())
		}
	}
	if len(types) > 0 {
		var declared []typed
		for _, d := range f.sources {
			declared = append(declared, typed{d.typ, d.place()})
		}
		m.fail(ExternalTypeMismatch, f.coordinate(), fmt.Sprintf(
			"Field %q has another type where it is @external (%s): %s. Use the type %q there.",
			f.coordinate(), subgraphNames(types), tell(typeSayings(declared)), f.typ.String()), f.places()...)
	}
	for _, a := range f.args {
		m.checkExternalArgument(f, a)
	}
}

func (m *merger) checkExternalArgument(f *mergedField, a *mergedArg) {
	var missing, types, defaults []saying
	for _, d := range f.sources {
		if !d.external {
			continue
		}
		own := argumentSource{d.owner.subgraph, d.args, d.pos}.arg(a.name)
		switch {
		case own == nil:
			missing = append(missing, saying{"missing", d.place()})
			continue
		case !m.graph.isSubtype(own.typ, a.typ):
			types = append(types, saying{`"` + own.typ.String() + `"`, place{d.owner.subgraph, own.pos}})
		}
		if !sameDefault(own.value, a.value) {
			defaults = append(defaults, saying{defaultText(own.value), place{d.owner.subgraph, own.pos}})
		}
	}
	coordinate := argumentCoordinate(f.coordinate(), a.name)
	if len(missing) > 0 {
		m.fail(ExternalArgumentMissing, coordinate, fmt.Sprintf("Argument %q is missing in %s, where the field is @external. Add it there.",
			coordinate, subgraphNames(at(missing))), append(at(missing), a.at...)...)
	}
	if len(types) > 0 {
		m.fail(ExternalArgumentTypeMismatch, coordinate, fmt.Sprintf("Argument %q has type %q, but where the field is @external it is %s. Use the same type there.",
			coordinate, a.typ.String(), tell(types)), append(at(types), a.at...)...)
	}
	if len(defaults) > 0 {
		m.fail(ExternalArgumentDefaultMismatch, coordinate, fmt.Sprintf("Argument %q has %s, but where the field is @external it has %s. Use the same default there.",
			coordinate, defaultText(a.value), tell(defaults)), append(at(defaults), a.at...)...)
	}
}

func sameDefault(a, b *ast.Value) bool {
	if a == nil || b == nil {
		return a == b
	}
	return sameValue(a, b)
}

func defaultText(v *ast.Value) string {
	if v == nil {
		return "no default"
	}
	return "the default " + valueText(v)
}
