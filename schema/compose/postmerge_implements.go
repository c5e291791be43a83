package compose

// interfaces checks that a type still has what its interfaces promise (GraphQL
// specification, section 3.6.1). That fields exist is checked before.
func (k *mergedCheck) interfaces(t *mergedType) {
	for _, i := range t.interfaces {
		if i == t {
			k.fail(t.name, t.places(), "Interface %q implements itself after the merge.", t.name)
			continue
		}
		for _, promised := range i.fields {
			if f := t.fieldByName[promised.name]; f != nil {
				k.promise(f, promised)
			}
		}
		for _, higher := range i.interfaces {
			switch {
			case higher == t:
				k.fail(t.name, append(t.places(), i.places()...), "%q and %q implement each other after the merge.", t.name, i.name)
			case higher != i && !t.implements[higher.name]:
				k.fail(t.name, append(t.places(), i.places()...), "%q implements %q, which implements %q, so it must say so too. Add implements %s.", t.name, i.name, higher.name, higher.name)
			}
		}
	}
}

// promise compares a field with the interface field it implements.
func (k *mergedCheck) promise(f, promised *mergedField) {
	at := append(f.places(), promised.places()...)
	if !k.g.isSubtype(promised.typ, f.typ) {
		k.fail(f.coordinate(), at, "Field %q has the type %q after the merge, but interface field %q promises %q. Use that type or a narrower one wherever the field is declared.",
			f.coordinate(), f.typ.String(), promised.coordinate(), promised.typ.String())
	}
	for _, expected := range promised.args {
		a := f.arg(expected.name)
		switch {
		case a == nil:
			k.fail(f.coordinate(), at, "Field %q lacks argument %q of interface field %q after the merge. Declare it in every subgraph that has the field.",
				f.coordinate(), expected.name, promised.coordinate())
		case !sameType(a.typ, expected.typ):
			k.fail(argumentCoordinate(f.coordinate(), a.name), append(append([]place{}, a.at...), expected.at...), "Argument %q of %q has the type %q after the merge, but %q in interface field %q. They must be equal.",
				a.name, f.coordinate(), a.typ.String(), expected.typ.String(), promised.coordinate())
		}
	}
	for _, a := range f.args {
		if a.required() && promised.arg(a.name) == nil {
			k.fail(argumentCoordinate(f.coordinate(), a.name), append(append([]place{}, a.at...), promised.places()...),
				"Argument %q of %q is required after the merge, but interface field %q does not have it. Make it optional wherever it is declared.",
				a.name, f.coordinate(), promised.coordinate())
		}
	}
}
