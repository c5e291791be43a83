package mapping

// variables are the values of one evaluation's variables, checked when they are
// first read.
type variables struct {
	vars Vars
	text [][]byte // of vars[i]; nil if it was not read, empty if it is no JSON
}

func (v *variables) set(vars Vars) {
	v.vars = vars
	v.text = v.text[:0]
}

// find returns the JSON of a variable. One that is not JSON is not there.
func (v *variables) find(name string) ([]byte, bool) {
	for i := range v.vars {
		if v.vars[i].Name != name {
			continue
		}
		for len(v.text) < len(v.vars) {
			v.text = append(v.text, nil)
		}
		if v.text[i] == nil {
			v.text[i] = checked(v.vars[i].JSON)
		}
		return v.text[i], len(v.text[i]) > 0
	}
	return nil, false
}

// checked is JSON text without the space around it, not nil but empty if it is
// none.
func checked(b []byte) []byte {
	text, err := CheckJSON(b)
	if err != nil {
		return []byte{}
	}
	return text
}
