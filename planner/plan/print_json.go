package plan

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// JSON prints p in the form of Apollo's query plans, as one line. Look-ups that
// share a request are one node of kind BatchFetch, and a fetch of a connector
// has a member connector, which Apollo does not have.
func JSON(p *Plan) []byte { return (&jsonPrinter{p: p, layout: newLayout(p), batches: true}).print() }

// ApolloJSON prints p with the nodes Apollo has: look-ups that share a request
// are printed as parallel fetches of their own.
func ApolloJSON(p *Plan) []byte { return (&jsonPrinter{p: p, layout: newLayout(p)}).print() }

type jsonPrinter struct {
	p       *Plan
	layout  *layout
	batches bool
}

// The nodes, with members in the order existing tools write them.
type (
	planJSON struct {
		Kind string `json:"kind"`
		Node any    `json:"node,omitempty"`
	}
	listJSON struct {
		Kind  string `json:"kind"`
		Nodes []any  `json:"nodes"`
	}
	flattenJSON struct {
		Kind string   `json:"kind"`
		Path []string `json:"path"`
		Node any      `json:"node"`
	}
	conditionJSON struct {
		Kind       string `json:"kind"`
		Condition  string `json:"condition"`
		IfClause   any    `json:"ifClause,omitempty"`
		ElseClause any    `json:"elseClause,omitempty"`
	}
	subscriptionJSON struct {
		Kind    string `json:"kind"`
		Primary any    `json:"primary"`
		Rest    any    `json:"rest,omitempty"`
	}
	fetchJSON struct {
		Kind           string        `json:"kind"`
		ServiceName    string        `json:"serviceName"`
		Connector      string        `json:"connector,omitempty"`
		Requires       []pickJSON    `json:"requires,omitempty"`
		VariableUsages []string      `json:"variableUsages"`
		Operation      string        `json:"operation"`
		OperationKind  string        `json:"operationKind"`
		OperationName  *string       `json:"operationName"`
		ID             *string       `json:"id"`
		InputRewrites  []rewriteJSON `json:"inputRewrites"`
		OutputRewrites []rewriteJSON `json:"outputRewrites"`
		EntityBatch    *batchJSON    `json:"entityBatch,omitempty"`
	}
	batchJSON struct {
		Aliases []aliasJSON `json:"aliases"`
	}
	aliasJSON struct {
		Alias          string        `json:"alias"`
		Variable       string        `json:"representationsVariableName"`
		Paths          [][]string    `json:"paths"`
		Requires       []pickJSON    `json:"requires"`
		InputRewrites  []rewriteJSON `json:"inputRewrites"`
		OutputRewrites []rewriteJSON `json:"outputRewrites"`
	}
	pickJSON struct {
		Kind          string     `json:"kind"`
		TypeCondition string     `json:"typeCondition,omitempty"`
		Name          string     `json:"name,omitempty"`
		Selections    []pickJSON `json:"selections,omitempty"`
	}
	rewriteJSON struct {
		Kind        string   `json:"kind"`
		Path        []string `json:"path"`
		SetValueTo  string   `json:"setValueTo,omitempty"`
		RenameKeyTo string   `json:"renameKeyTo,omitempty"`
	}
)

func (j *jsonPrinter) print() []byte {
	out := planJSON{Kind: "QueryPlan"}
	if j.p.Tree != nil {
		out.Node = j.node(j.p.Tree)
	}
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(out); err != nil {
		panic("plan: " + err.Error()) // only strings and lists are encoded
	}
	return []byte(strings.TrimSuffix(b.String(), "\n"))
}

func (j *jsonPrinter) node(n Node) any {
	switch n := n.(type) {
	case *SequenceNode:
		return listJSON{Kind: "Sequence", Nodes: j.nodes(n.Nodes)}
	case *ParallelNode:
		return j.parallel(n)
	case *FlattenNode:
		return flattenJSON{Kind: "Flatten", Path: n.Path, Node: j.node(n.Node)}
	case *FetchNode:
		return j.fetch(n)
	case *ConditionNode:
		out := conditionJSON{Kind: "Condition", Condition: j.p.Variables[n.Variable]}
		if n.If != nil {
			out.IfClause = j.node(n.If)
		}
		if n.Else != nil {
			out.ElseClause = j.node(n.Else)
		}
		return out
	case *SubscriptionNode:
		out := subscriptionJSON{Kind: "Subscription", Primary: j.node(n.Primary)}
		if n.Rest != nil {
			out.Rest = j.node(n.Rest)
		}
		return out
	}
	panic("plan: unknown node")
}

func (j *jsonPrinter) nodes(list []Node) []any {
	out := make([]any, len(list))
	for i, n := range list {
		out[i] = j.node(n)
	}
	return out
}

func (j *jsonPrinter) parallel(n *ParallelNode) any {
	if !j.batches {
		return listJSON{Kind: "Parallel", Nodes: j.nodes(n.Nodes)}
	}
	var out []any
	for _, group := range oneRequest(n.Nodes) {
		if len(group) == 1 {
			out = append(out, j.node(group[0]))
		} else {
			out = append(out, j.batch(group))
		}
	}
	if len(out) == 1 {
		return out[0]
	}
	return listJSON{Kind: "Parallel", Nodes: out}
}

// head fills what all fetches have.
func (j *jsonPrinter) head(kind string, f *Fetch) fetchJSON {
	out := fetchJSON{
		Kind: kind, ServiceName: j.p.Subgraphs[f.Subgraph], Connector: f.connector(), VariableUsages: []string{},
		Operation: f.Operation, OperationKind: kindWord(f.Kind),
	}
	if f.Name != "" {
		out.OperationName = &f.Name
	}
	for _, i := range f.Variables {
		out.VariableUsages = append(out.VariableUsages, j.p.Variables[i])
	}
	return out
}

func (j *jsonPrinter) fetch(n *FetchNode) fetchJSON {
	f := &j.p.Fetches[n.Fetch]
	out := j.head("Fetch", f)
	for s := range f.Sets {
		if n.Set >= 0 && n.Set != s {
			continue
		}
		set := &f.Sets[s]
		requires, in := j.layout.inputs(f, set)
		out.Requires = append(out.Requires, picksJSON(requires)...)
		out.InputRewrites = append(out.InputRewrites, rewritesJSON(in)...)
		if sel, ok := selected(f, set); ok {
			out.OutputRewrites = append(out.OutputRewrites, rewritesJSON(outputs(sel, nil))...)
			if n.Set >= 0 && len(f.Sets) > 1 {
				out.Operation, out.VariableUsages = alone(f, sel)
			}
		}
	}
	return out
}

// alone prints one look-up of a shared request as a request of its own, and the
// client variables it uses.
func alone(f *Fetch, sel ast.SelectionSet) (string, []string) {
	body := compact(sel)
	declared := []string{"$representations: [_Any!]!"}
	used := []string{}
	for _, v := range declarations(f.Operation) {
		if slices.ContainsFunc(f.Sets, func(s Set) bool { return s.Variable == v.Variable }) || !uses(sel, v.Variable) {
			continue
		}
		text := "$" + v.Variable + ": " + v.Type.String()
		if v.DefaultValue != nil {
			text += " = " + v.DefaultValue.String()
		}
		declared, used = append(declared, text), append(used, v.Variable)
	}
	name := ""
	if f.Name != "" {
		name = " " + f.Name
	}
	return kindWord(f.Kind) + name + "(" + strings.Join(declared, ", ") + ") { _entities(representations: $representations) " + body + " }", used
}

// batch prints look-ups that share a request. A set that stands at several places
// is one alias with several paths.
func (j *jsonPrinter) batch(group []Node) fetchJSON {
	first, _ := requestOf(group[0])
	f := &j.p.Fetches[first.Fetch]
	out := j.head("BatchFetch", f)
	out.EntityBatch = &batchJSON{}
	for _, n := range group {
		part, path := requestOf(n)
		set := &f.Sets[max(part.Set, 0)] // -1 is the only one
		if i := slices.IndexFunc(out.EntityBatch.Aliases, func(a aliasJSON) bool { return a.Alias == set.Alias }); i >= 0 {
			out.EntityBatch.Aliases[i].Paths = append(out.EntityBatch.Aliases[i].Paths, path)
			continue
		}
		requires, in := j.layout.inputs(f, set)
		alias := aliasJSON{
			Alias: set.Alias, Variable: set.Variable, Paths: [][]string{path},
			Requires: picksJSON(requires), InputRewrites: rewritesJSON(in),
		}
		if sel, ok := selected(f, set); ok {
			alias.OutputRewrites = rewritesJSON(outputs(sel, nil))
		}
		out.EntityBatch.Aliases = append(out.EntityBatch.Aliases, alias)
	}
	return out
}

func picksJSON(list []pick) []pickJSON {
	var out []pickJSON
	for _, p := range list {
		kind := "Field"
		if p.On != "" {
			kind = "InlineFragment"
		}
		out = append(out, pickJSON{Kind: kind, TypeCondition: p.On, Name: p.Name, Selections: picksJSON(p.Sub)})
	}
	return out
}

func rewritesJSON(list []rewrite) []rewriteJSON {
	var out []rewriteJSON
	for _, r := range list {
		kind := "ValueSetter"
		if r.Rename != "" {
			kind = "KeyRenamer"
		}
		out = append(out, rewriteJSON{Kind: kind, Path: r.Path, SetValueTo: r.Value, RenameKeyTo: r.Rename})
	}
	return out
}

func kindWord(k Kind) string { return [...]string{"query", "mutation", "subscription"}[k] }

// compact prints a selection set on one line.
func compact(set ast.SelectionSet) string {
	parts := make([]string, len(set))
	for i, sel := range set {
		head, below := selectionHead(sel)
		if len(below) > 0 {
			head += " " + compact(below)
		}
		parts[i] = head
	}
	return "{ " + strings.Join(parts, " ") + " }"
}
