package executor

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/weftql/weft/planner/plan"
)

// Plans of test cases are written as indented text, because a plan.Plan is wide
// and mostly empty. One line is one thing, words after the first are in any
// order:
//
//	subgraphs products inventory
//	variables code
//	shape 1 [links N] [parent]
//	  NAME [TYPE]              TYPE: wrappers around a shape number or a class: [2], Int, [[Enum:A,B]]
//	fetch SUBGRAPH [after 0,1] [vars 0] [guard G]
//	  data SHAPE [to SHAPE.LINK …]     or ALIAS VARIABLE TYPE SHAPE [apart] [guard G]
//	    to SHAPE.LINK [on A,B] [type REF]
//	      NAME[!] REF [on A,B] [type REF]    or NAME = JSON; nested by indentation
//	  join LEFTREF,… RIGHTREF,… LINK [shape N] [keys 0=1] [needs 2]
//	  context VARIABLE REF
//	data
//	  records OF/LINK …
//	  type REF  or  static T
//	  types A,B
//	  NAME RECORD.KEY TYPE [on A,B] [guard G]    TYPE: T! [T!]! … ; RECORD.self, typename, none
//	    [null] [expr N] [item N] [cap N] [flat] [quote] [enum A:B,C:D] [default JSON]
//	    uses, where: fields below
//
// REF is ^ per step up, /N per link, then .KEY or .self. G is literals of
// condition numbers, & inside | outside, ! negates: 0&!1|2.
func parsePlan(text string) (p *plan.Plan, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("plan text: %v", r)
		}
	}()
	p = &plan.Plan{Shapes: make([]plan.Shape, 1)}
	for _, n := range outline(text) {
		switch n.words[0] {
		case "subgraphs":
			p.Subgraphs = n.words[1:]
		case "variables":
			p.Variables = n.words[1:]
		case "omitnulls":
			p.OmitNulls = true
		case "shape":
			n.shape(p)
		case "fetch":
			n.fetch(p)
		case "data":
			p.Data = n.object()
		default:
			panic("unknown line " + strings.Join(n.words, " "))
		}
	}
	return p, nil
}

// line is a line with the lines indented below it.
type line struct {
	words []string
	below []*line
}

func outline(text string) []*line {
	root := &line{}
	stack := []*line{root}
	depths := []int{-1}
	for _, raw := range strings.Split(text, "\n") {
		trimmed := strings.TrimLeft(raw, " ")
		if trimmed == "" || trimmed[0] == '#' {
			continue
		}
		depth := len(raw) - len(trimmed)
		for depths[len(depths)-1] >= depth {
			stack, depths = stack[:len(stack)-1], depths[:len(depths)-1]
		}
		n := &line{words: strings.Fields(trimmed)}
		parent := stack[len(stack)-1]
		parent.below = append(parent.below, n)
		stack, depths = append(stack, n), append(depths, depth)
	}
	return root.below
}

// option returns the word after a keyword.
func (n *line) option(name string) string {
	for i, w := range n.words[:len(n.words)-1] {
		if w == name && i > 0 {
			return n.words[i+1]
		}
	}
	return ""
}

func (n *line) flag(name string) bool {
	for _, w := range n.words[1:] {
		if w == name {
			return true
		}
	}
	return false
}

func number10(s string) int {
	if s == "" {
		return 0
	}
	n, err := strconv.Atoi(s)
	if err != nil {
		panic(err)
	}
	return n
}

func numbers(s string) (out []int) {
	for _, w := range words(s) {
		out = append(out, number10(w))
	}
	return out
}

func words(s string) []string {
	if s == "" {
		return nil
	}
	return strings.Split(s, ",")
}

func (n *line) shape(p *plan.Plan) {
	at := number10(n.words[1])
	for len(p.Shapes) <= at {
		p.Shapes = append(p.Shapes, plan.Shape{})
	}
	s := plan.Shape{Links: number10(n.option("links")), Parent: n.flag("parent")}
	for _, k := range n.below {
		key := plan.Key{Name: k.words[0]}
		if len(k.words) > 1 {
			t := k.words[1]
			for strings.HasPrefix(t, "[") {
				key.Lists++
				t = t[1 : len(t)-1]
			}
			if strings.HasPrefix(t, "Enum:") {
				key.Class, key.Enum = plan.Enum, words(t[5:])
			} else if c, ok := map[string]plan.Class{"Any": plan.Any, "Int": plan.Int, "Float": plan.Float, "Boolean": plan.Boolean, "String": plan.String, "ID": plan.ID}[t]; ok {
				key.Class = c
			} else {
				key.Shape = number10(t)
			}
		}
		s.Keys = append(s.Keys, key)
	}
	p.Shapes[at] = s
}

func (n *line) fetch(p *plan.Plan) {
	f := plan.Fetch{
		Name: strconv.Itoa(len(p.Fetches)), After: numbers(n.option("after")),
		Variables: numbers(n.option("vars")), Guard: guardOf(n.option("guard")),
	}
	for i, name := range p.Subgraphs {
		if name == n.words[1] {
			f.Subgraph = i
		}
	}
	for _, b := range n.below {
		switch b.words[0] {
		case "join":
			j := plan.Join{Left: refs(b.words[1]), Right: refs(b.words[2]), Link: number10(b.words[3]), Shape: number10(b.option("shape")), Needs: numbers(b.option("needs"))}
			for _, pair := range words(b.option("keys")) {
				l, r, _ := strings.Cut(pair, "=")
				j.Keys, j.RightKeys = append(j.Keys, number10(l)), append(j.RightKeys, number10(r))
			}
			f.Joins = append(f.Joins, j)
		case "context":
			f.Context = append(f.Context, plan.Context{Variable: number10(b.words[1]), From: refOf(b.words[2])})
		default:
			f.Sets = append(f.Sets, b.set())
		}
	}
	p.Fetches = append(p.Fetches, f)
}

func (n *line) set() plan.Set {
	s := plan.Set{Apart: n.flag("apart"), Guard: guardOf(n.option("guard"))}
	if n.words[0] == "data" {
		s.Shape = number10(n.words[1])
	} else {
		s.Alias, s.Variable, s.Type, s.Shape = n.words[0], n.words[1], n.words[2], number10(n.words[3])
	}
	for _, b := range n.below {
		shape, link, _ := strings.Cut(b.words[1], ".")
		t := plan.Target{Shape: number10(shape), Link: number10(link), On: words(b.option("on"))}
		if r := b.option("type"); r != "" {
			t.Type = refOf(r)
		}
		for _, f := range b.below {
			t.Rep = append(t.Rep, f.rep())
		}
		s.Targets = append(s.Targets, t)
	}
	return s
}

func (n *line) rep() plan.RepField {
	f := plan.RepField{Name: strings.TrimSuffix(n.words[0], "!"), Must: strings.HasSuffix(n.words[0], "!"), On: words(n.option("on"))}
	if n.words[1] == "=" {
		f.Const = n.words[2]
		return f
	}
	f.From = refOf(n.words[1])
	if r := n.option("type"); r != "" {
		f.Type = refOf(r)
	}
	for _, b := range n.below {
		f.Sub = append(f.Sub, b.rep())
	}
	return f
}

func refs(s string) (out []plan.Ref) {
	for _, w := range words(s) {
		out = append(out, refOf(w))
	}
	return out
}

func refOf(s string) (r plan.Ref) {
	for strings.HasPrefix(s, "^") {
		r.Up++
		s = s[1:]
	}
	path, key, _ := strings.Cut(s, ".")
	for _, link := range strings.Split(path, "/")[1:] {
		r.Links = append(r.Links, number10(link))
	}
	r.Key = keyOf(key)
	return r
}

func keyOf(s string) int {
	if s == "self" {
		return -1
	}
	return number10(s)
}

func locOf(s string) plan.Loc {
	if s == "typename" || s == "none" {
		return plan.Loc{Record: -1}
	}
	record, key, _ := strings.Cut(s, ".")
	return plan.Loc{Record: number10(record), Key: keyOf(key)}
}

func guardOf(s string) (g plan.Guard) {
	if s == "" {
		return nil
	}
	for _, and := range strings.Split(s, "|") {
		var l plan.Literals
		for _, w := range strings.Split(and, "&") {
			if strings.HasPrefix(w, "!") {
				l.Clear |= 1 << number10(w[1:])
			} else {
				l.Set |= 1 << number10(w)
			}
		}
		g = append(g, l)
	}
	return g
}

func (n *line) object() plan.Object {
	o := plan.Object{Records: []plan.Record{{}}, Type: plan.Loc{Record: -1}}
	for _, b := range n.below {
		switch b.words[0] {
		case "records":
			for _, w := range b.words[1:] {
				of, link, _ := strings.Cut(w, "/")
				o.Records = append(o.Records, plan.Record{Of: number10(of), Link: number10(link)})
			}
		case "type":
			o.Type = locOf(b.words[1])
		case "static":
			o.Static = b.words[1]
		case "types":
			o.Types = words(b.words[1])
		default:
			o.Fields = append(o.Fields, b.field())
		}
	}
	return o
}

func (n *line) field() plan.Field {
	f := plan.Field{Name: n.words[0], From: locOf(n.words[1]), On: words(n.option("on")), Guard: guardOf(n.option("guard"))}
	t := n.words[2]
	for level := 0; ; level++ {
		if strings.HasSuffix(t, "!") {
			t = t[:len(t)-1]
		} else {
			f.Nullable |= 1 << level
		}
		if !strings.HasPrefix(t, "[") {
			break
		}
		f.Lists++
		t = t[1 : len(t)-1]
	}
	f.Write = n.write()
	if t == "{}" || len(n.below) > 0 {
		o := n.object()
		f.Object = &o
	}
	return f
}

// write takes the lines of uses and where out of those below.
func (n *line) write() *plan.Write {
	w := &plan.Write{
		Null: n.flag("null"), Expr: number10(n.option("expr")), Item: number10(n.option("item")), Cap: number10(n.option("cap")),
		Flat: n.flag("flat"), Quote: n.flag("quote"), Default: n.option("default"),
	}
	for _, pair := range words(n.option("enum")) {
		from, to, _ := strings.Cut(pair, ":")
		w.Enum = append(w.Enum, from, to)
	}
	var rest []*line
	for _, b := range n.below {
		into := map[string]*[]plan.Field{"uses": &w.Uses, "where": &w.Where}[b.words[0]]
		if into == nil {
			rest = append(rest, b)
			continue
		}
		for _, f := range b.below {
			*into = append(*into, f.field())
		}
	}
	n.below = rest
	if w.Null || w.Expr+w.Item+w.Cap > 0 || w.Flat || w.Quote || w.Default != "" || w.Enum != nil || w.Where != nil {
		return w
	}
	return nil
}
