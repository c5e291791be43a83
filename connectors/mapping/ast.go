package mapping

// selection is the content of { }, or a whole mapping.
type selection struct {
	items []*item
	off   int
	// whole: a mapping that is one anonymous path, whose value is the mapping's.
	whole *path
	// produces: something that always has a value was pruned from items, so
	// that the selection yields an object even where the others find nothing.
	produces bool
	// unwanted were pruned and may have a value even of what is no object.
	unwanted []*item
}

// item is one member of a selection.
type item struct {
	naming naming
	dotted bool   // spread with "..."
	key    string // what the value is called, of named
	bytes  []byte // of key
	path   *path
	off    int
}

// naming is how an item's value enters the object.
type naming uint8

const (
	// named: as one key.
	named naming = iota
	// anonymous: as it is. It stands alone.
	anonymous
	// spread: its keys are merged. Without "..." it is a path with braces.
	spread
)

// path is a start, steps from there, and perhaps a selection at the end.
type path struct {
	start start
	name  string // of startVariable, with its $
	local bool   // the variable is bound by ->as in this mapping
	expr  *expr  // of startExpr
	steps []step
	sub   *selection
	off   int
}

// start is where a path begins.
type start uint8

const (
	startDollar start = iota // $, and every bare key
	startAt
	startVariable
	startExpr // $(…), or a literal in an expression
)

// step is one step of a path.
type step struct {
	kind   stepKind
	name   string // key or method
	method *method
	args   []*expr
	called bool   // with parentheses
	bind   string // the variable that ->as binds, with its $
	off    int
}

type stepKind uint8

const (
	stepKey stepKind = iota
	stepMethod
	stepQuestion
)

// expr is what stands in $( ) and in arguments.
type expr struct {
	kind  exprKind
	value value   // of a literal without paths
	props []prop  // of exprObject
	items []*expr // of exprList and of chains
	path  *path
	off   int
}

type prop struct {
	key   string
	bytes []byte // of key
	value *expr
	off   int
}

type exprKind uint8

const (
	exprLiteral exprKind = iota
	exprObject
	exprList
	exprPath
	exprNullish // ??
	exprAbsent  // ?!
)

// singleKey is the key of a path of one key, with or without ? and braces.
func (p *path) singleKey() (string, bool) {
	if p.start != startDollar || len(p.steps) == 0 || p.steps[0].kind != stepKey || p.explicit() {
		return "", false
	}
	for _, s := range p.steps[1:] {
		if s.kind != stepQuestion {
			return "", false
		}
	}
	return p.steps[0].name, true
}

// explicit says that the path is written with its $.
func (p *path) explicit() bool { return p.name == "$" }
