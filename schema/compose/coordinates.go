package compose

import "strings"

// placesOf returns where the subgraphs declare the element of a coordinate:
// Type, Type.member, Type.field(arg:), @directive or @directive(arg:). An
// element nobody declares has none.
func (g *supergraph) placesOf(coordinate string) []place {
	element, arg, _ := strings.Cut(strings.TrimSuffix(coordinate, ":)"), "(")
	if name, ok := strings.CutPrefix(element, "@"); ok {
		d := g.definitionByName[name]
		switch {
		case d == nil:
			return nil
		case arg == "":
			return d.at
		}
		return argPlaces(d.args, arg)
	}
	owner, member, isMember := strings.Cut(element, ".")
	t := g.byName[owner]
	switch {
	case t == nil:
		return nil
	case !isMember:
		return t.places()
	case arg != "":
		if f := t.fieldByName[member]; f != nil {
			return argPlaces(f.args, arg)
		}
		return nil
	}
	return t.memberPlaces(member)
}

func argPlaces(args []*mergedArg, name string) []place {
	if a := argNamed(args, name); a != nil {
		return a.at
	}
	return nil
}

func (t *mergedType) memberPlaces(name string) []place {
	if f := t.fieldByName[name]; f != nil {
		return f.places()
	}
	for _, f := range t.inputs {
		if f.name == name {
			return f.places()
		}
	}
	for _, v := range t.values {
		if v.name == name {
			return v.places()
		}
	}
	return nil
}

// sentence ends a message like a sentence.
func sentence(message string) string {
	if strings.HasSuffix(message, ".") || strings.HasSuffix(message, "?") {
		return message
	}
	return message + "."
}
