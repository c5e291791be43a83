package plan_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/weftql/weft/internal/golden"
	"github.com/weftql/weft/planner/plan"
)

// shop is { topProducts { inStock seller { name } } } over four subgraphs, the
// last two look-ups in one request.
func shop() *plan.Plan {
	upc := func() plan.RepField {
		return plan.RepField{Name: "upc", From: plan.Ref{Key: 0}, Must: true}
	}
	return &plan.Plan{
		Subgraphs: []string{"inventory", "products", "sellers"},
		Variables: []string{"first", "deep"},
		Shapes: []plan.Shape{
			{},
			{Keys: []plan.Key{{Name: "topProducts", Lists: 1, Shape: 2}}},
			{Keys: []plan.Key{{Name: "upc", Class: plan.String}, {Name: "_w0_price", Class: plan.Int}, {Name: "owner", Shape: 3}}, Links: 1},
			{Keys: []plan.Key{{Name: "id"}}, Links: 1, Parent: true},
			{Keys: []plan.Key{{Name: "inStock", Class: plan.Boolean}}},
			{Keys: []plan.Key{{Name: "name", Class: plan.String}}},
		},
		Fetches: []plan.Fetch{
			{
				Subgraph: 1, Variables: []int{0},
				Operation: `query ($first: Int) { topProducts(first: $first) { upc _w0_price: price owner { id } } }`,
				Sets:      []plan.Set{{Shape: 1, Targets: []plan.Target{{}}}},
			},
			{
				Subgraph: 2, After: []int{0}, Round: 1, Name: "Q",
				Operation: `query Q($_e0: [_Any!]!, $_e1: [_Any!]!) { _e0: _entities(representations: $_e0) { ... on Product { inStock } } _e1: _entities(representations: $_e1) { ... on Seller { name } } }`,
				Sets: []plan.Set{
					{Alias: "_e0", Variable: "_e0", Type: "Product", Shape: 4, Targets: []plan.Target{{Shape: 2, Link: 0, Rep: []plan.RepField{
						upc(), {Name: "price", From: plan.Ref{Key: 1}},
					}}}},
					{Alias: "_e1", Variable: "_e1", Type: "Seller", Shape: 5, Targets: []plan.Target{{Shape: 3, Link: 0, On: nil, Rep: []plan.RepField{
						{Name: "__typename", Const: `"Party"`},
						{Name: "id", From: plan.Ref{Key: 0}, Must: true},
						{Name: "product", From: plan.Ref{Up: 1, Key: -1}, Sub: []plan.RepField{upc()}},
					}}}},
				},
			},
		},
		Data: plan.Object{
			Records: []plan.Record{{}}, Type: plan.Loc{Record: -1}, Static: "Query",
			Fields: []plan.Field{{Name: "topProducts", From: plan.Loc{Key: 0}, Lists: 1, Nullable: 2, Object: &plan.Object{
				Records: []plan.Record{{}, {Of: 0, Link: 0}}, Type: plan.Loc{Record: -1},
				Fields: []plan.Field{
					{Name: "inStock", From: plan.Loc{Record: 1}},
					{Name: "seller", From: plan.Loc{Key: 2}, Object: &plan.Object{
						Records: []plan.Record{{}, {}}, Type: plan.Loc{Record: -1},
						Fields: []plan.Field{{Name: "name", From: plan.Loc{Record: 1}, Nullable: 1}},
					}},
				},
			}}},
		},
		Inline: true,
		Tree: &plan.SequenceNode{Nodes: []plan.Node{
			&plan.FetchNode{Set: -1},
			&plan.ParallelNode{Nodes: []plan.Node{
				&plan.FlattenNode{Path: []string{"topProducts", "@"}, Node: &plan.FetchNode{Fetch: 1, Set: 0}},
				&plan.FlattenNode{Path: []string{"topProducts", "@", "owner"}, Node: &plan.FetchNode{Fetch: 1, Set: 1}},
			}},
		}},
		Touches: []string{"Product.upc", "Query.topProducts"},
		Metrics: plan.Metrics{Requests: 2, Rounds: 2, Subgraphs: 2},
	}
}

// places is { topProducts { inStock } best { inStock } }: one set serves two
// places.
func places() *plan.Plan {
	target := func(shape int) plan.Target {
		return plan.Target{Shape: shape, Rep: []plan.RepField{{Name: "upc", From: plan.Ref{Key: 0}, Must: true}}}
	}
	product := func() *plan.Object {
		return &plan.Object{
			Records: []plan.Record{{}, {}}, Type: plan.Loc{Record: -1},
			Fields: []plan.Field{{Name: "inStock", From: plan.Loc{Record: 1}, Nullable: 1}},
		}
	}
	upc := []plan.Key{{Name: "upc", Class: plan.String}}
	return &plan.Plan{
		Subgraphs: []string{"inventory", "products"},
		Shapes: []plan.Shape{
			{},
			{Keys: []plan.Key{{Name: "topProducts", Lists: 1, Shape: 2}, {Name: "best", Shape: 3}}},
			{Keys: upc, Links: 1}, {Keys: upc, Links: 1},
			{Keys: []plan.Key{{Name: "inStock", Class: plan.Boolean}}},
		},
		Fetches: []plan.Fetch{
			{
				Subgraph: 1, Operation: `{ topProducts { upc } best { upc } }`,
				Sets: []plan.Set{{Shape: 1, Targets: []plan.Target{{}}}},
			},
			{
				Subgraph: 0, After: []int{0}, Round: 1,
				Operation: `query ($_e0: [_Any!]!) { _entities(representations: $_e0) { ... on Product { inStock } } }`,
				Sets: []plan.Set{{
					Alias: "_entities", Variable: "_e0", Type: "Product", Shape: 4,
					Targets: []plan.Target{target(2), target(3)},
				}},
			},
		},
		Data: plan.Object{
			Records: []plan.Record{{}}, Type: plan.Loc{Record: -1}, Static: "Query",
			Fields: []plan.Field{
				{Name: "topProducts", From: plan.Loc{Key: 0}, Lists: 1, Nullable: 3, Object: product()},
				{Name: "best", From: plan.Loc{Key: 1}, Nullable: 1, Object: product()},
			},
		},
		Inline: true,
		Tree: &plan.SequenceNode{Nodes: []plan.Node{
			&plan.FetchNode{Set: -1},
			&plan.ParallelNode{Nodes: []plan.Node{
				&plan.FlattenNode{Path: []string{"topProducts", "@"}, Node: &plan.FetchNode{Fetch: 1, Set: -1}},
				&plan.FlattenNode{Path: []string{"best"}, Node: &plan.FetchNode{Fetch: 1, Set: -1}},
			}},
		}},
		Metrics: plan.Metrics{Requests: 2, Rounds: 2, Subgraphs: 2},
	}
}

// names is places with objects of several types, sent under their own names.
func names() *plan.Plan {
	p := places()
	for i := 2; i <= 3; i++ {
		p.Shapes[i].Keys = append(slices.Clone(p.Shapes[i].Keys), plan.Key{Name: "__typename", Class: plan.String})
	}
	f := &p.Fetches[1]
	f.Operation = `query ($_e0: [_Any!]!) { _entities(representations: $_e0) { ... on Book { inStock } ... on Film { inStock } } }`
	for i := range f.Sets[0].Targets {
		t := &f.Sets[0].Targets[i]
		t.Rep = append([]plan.RepField{{Name: "__typename", From: plan.Ref{Key: 1}}}, t.Rep...)
	}
	p.Fetches[0].Operation = `{ topProducts { upc __typename } best { upc __typename } }`
	return p
}

func TestCheckAcceptsSound(t *testing.T) {
	for _, p := range []*plan.Plan{shop(), places(), names()} {
		if err := plan.Check(p); err != nil {
			t.Error(err)
		}
	}
}

// leaf is a leaf of the first object of a plan's answer that is in no list.
func leaf(p *plan.Plan) *plan.Field {
	fields := p.Data.Fields[0].Object.Fields
	for i := range fields {
		if fields[i].Object == nil && fields[i].Lists == 0 {
			return &fields[i]
		}
	}
	panic("no leaf")
}

// TestCheckFindsWhatIsWrong breaks one promise at a time.
func TestCheckFindsWhatIsWrong(t *testing.T) {
	for _, c := range []struct {
		want string
		harm func(p *plan.Plan)
	}{
		{"0 shapes", func(p *plan.Plan) { p.Shapes = nil }},
		{"a value that is made is read too", func(p *plan.Plan) { p.Data.Fields[0].Write = &plan.Write{Null: true} }},
		{"several fields stand in its place", func(p *plan.Plan) { p.Data.Fields[0].Write = &plan.Write{Flat: true} }},
		{"an item of no list is taken", func(p *plan.Plan) { leaf(p).Write = &plan.Write{Cap: 1} }},
		{"a leaf is taken for an object", func(p *plan.Plan) { leaf(p).Write = &plan.Write{Flat: true} }},
		{"rewritten in no way there is", func(p *plan.Plan) { leaf(p).Write = &plan.Write{Enum: []string{"A"}} }},
		{"no leaf decides", func(p *plan.Plan) {
			p.Data.Fields[0].Write = &plan.Write{Where: []plan.Field{{Name: "x", From: plan.Loc{Record: -1}}}}
		}},
		{"shape 0 is used", func(p *plan.Plan) { p.Shapes[0].Links = 1 }},
		{"the name stands twice", func(p *plan.Plan) { p.Shapes[2].Keys[1].Name = "upc" }},
		{"no shape 9", func(p *plan.Plan) { p.Shapes[1].Keys[0].Shape = 9 }},
		{"stands in two places", func(p *plan.Plan) { p.Shapes[4].Keys[0] = plan.Key{Name: "x", Shape: 3} }},
		{"the root is below", func(p *plan.Plan) { p.Shapes[4].Keys[0] = plan.Key{Name: "x", Shape: 1} }},
		{"stands within itself", func(p *plan.Plan) {
			p.Shapes[1].Keys[0].Shape, p.Shapes[3].Keys[0].Shape = 0, 2
		}},
		{"class 1 does not fit", func(p *plan.Plan) { p.Shapes[1].Keys[0].Class = plan.Int }},
		{"no subgraph 7", func(p *plan.Plan) { p.Fetches[0].Subgraph = 7 }},
		{"no block 1", func(p *plan.Plan) { p.Fetches[0].Block = 1 }},
		{"both set and clear", func(p *plan.Plan) { p.Fetches[0].Guard = plan.Guard{{Set: 1, Clear: 1}} }},
		{"fetch 0 variables: 5", func(p *plan.Plan) { p.Fetches[0].Variables = []int{5} }},
		{"fetch 1 after: 1", func(p *plan.Plan) { p.Fetches[1].After = []int{1} }},
		{"round 0 is not after round 0", func(p *plan.Plan) { p.Fetches[1].Round = 0 }},
		{"no sets", func(p *plan.Plan) { p.Fetches[1].Sets = nil }},
		{"alias or variable stands twice", func(p *plan.Plan) { p.Fetches[1].Sets[1].Alias = "_e0" }},
		{"data itself beside other sets", func(p *plan.Plan) { p.Fetches[1].Sets[1].Alias = "" }},
		{`alias "_e0" with variable ""`, func(p *plan.Plan) { p.Fetches[1].Sets[0].Variable = "" }},
		{"is not the top of an answer", func(p *plan.Plan) { p.Fetches[1].Sets[0].Shape = 3 }},
		{"shape 2 has no link 3", func(p *plan.Plan) { p.Fetches[1].Sets[0].Targets[0].Link = 3 }},
		{"are the root", func(p *plan.Plan) { p.Fetches[1].Sets[0].Targets[0].Shape = 0 }},
		{"need a representation", func(p *plan.Plan) { p.Fetches[1].Sets[0].Targets[0].Rep = nil }},
		{"a record is a target twice", func(p *plan.Plan) {
			s := &p.Fetches[1].Sets[0]
			s.Targets = append(s.Targets, s.Targets[0])
		}},
		{"kind 1 in a plan of kind 0", func(p *plan.Plan) { p.Fetches[0].Kind = plan.Mutation }},
		{"is answered by fetches", func(p *plan.Plan) { p.Fetches[1].Sets[1].Shape = 1 }},
		{"is filled by", func(p *plan.Plan) {
			p.Fetches[1].Sets[1].Targets[0].Shape = 2
		}},
		{"which it does not wait for", func(p *plan.Plan) { p.Fetches[1].After = nil }},
		{"nothing in the representation must be there", func(p *plan.Plan) { p.Fetches[1].Sets[0].Targets[0].Rep[0].Must = false }},
		{`member "upc" stands twice`, func(p *plan.Plan) { p.Fetches[1].Sets[0].Targets[0].Rep[1].Name = "upc" }},
		{"is not JSON", func(p *plan.Plan) { p.Fetches[1].Sets[1].Targets[0].Rep[0].Const = "Party" }},
		{"is no object", func(p *plan.Plan) { p.Fetches[1].Sets[0].Targets[0].Rep[0].Sub = []plan.RepField{{Name: "x"}} }},
		{"key 2 of shape 2 is no leaf", func(p *plan.Plan) { p.Fetches[1].Sets[0].Targets[0].Rep[1].From.Key = 2 }},
		{"which the same fetch fills", func(p *plan.Plan) {
			p.Fetches[1].Sets[0].Targets[0].Rep[1].From = plan.Ref{Links: []int{0}}
		}},
		{"key 8 of shape 2 is no leaf", func(p *plan.Plan) { p.Fetches[1].Sets[0].Targets[0].Rep[1].From.Key = 8 }},
		{"nothing fills link 0", func(p *plan.Plan) {
			p.Shapes[4].Links = 1
			p.Data.Fields[0].Object.Fields[0].Object = nil
			p.Fetches[1].Sets[0].Targets[0].Rep[1].From = plan.Ref{Links: []int{0, 0}}
		}},
		{"does not know its parent", func(p *plan.Plan) { p.Shapes[3].Parent = false }},
		{"at the top", func(p *plan.Plan) {
			p.Shapes[1].Parent, p.Shapes[2].Parent = true, true
			p.Fetches[1].Sets[1].Targets[0].Rep[2].From.Up = 3
		}},
		{"context variable 1 is not used", func(p *plan.Plan) { p.Fetches[1].Context = []plan.Context{{Variable: 1}} }},
		{"data: no records", func(p *plan.Plan) { p.Data.Records = nil }},
		{"record 1 is linked to record 4", func(p *plan.Plan) { p.Data.Fields[0].Object.Records[1].Of = 4 }},
		{"nothing fills link 2", func(p *plan.Plan) { p.Data.Fields[0].Object.Records[1].Link = 2 }},
		{"data type: key 0 of shape 1 is no leaf", func(p *plan.Plan) { p.Data.Type = plan.Loc{} }},
		{"a static type is checked", func(p *plan.Plan) { p.Data.Types = []string{"Query"} }},
		{"two fields of one name may apply", func(p *plan.Plan) { p.Data.Fields = append(p.Data.Fields, p.Data.Fields[0]) }},
		{"depends on a type that is not known", func(p *plan.Plan) { p.Data.Fields[0].Object.Fields[0].On = []string{"Product"} }},
		{"nullability of more than 1 lists", func(p *plan.Plan) { p.Data.Fields[0].Nullable = 4 }},
		{"the type's name is not known", func(p *plan.Plan) { p.Data.Fields[0].Object.Fields[0].From.Record = -1 }},
		{"no record 5", func(p *plan.Plan) { p.Data.Fields[0].Object.Fields[0].From.Record = 5 }},
		{"is no object within 0 lists", func(p *plan.Plan) { p.Data.Fields[0].Lists, p.Data.Fields[0].Nullable = 0, 0 }},
		{"are no leaf and no list", func(p *plan.Plan) { p.Data.Fields[0].From.Key = -1 }},
		{"its parent 3 does not come before it", func(p *plan.Plan) { p.Blocks = []plan.Block{{Parent: 3}} }},
		{"block 1 needs: 9", func(p *plan.Plan) { p.Blocks = []plan.Block{{Needs: []int{9}}} }},
		{"set 1 of fetch 1 is missing", func(p *plan.Plan) {
			n := p.Tree.(*plan.SequenceNode).Nodes[1].(*plan.ParallelNode)
			n.Nodes = n.Nodes[:1]
		}},
		{"fetch 1 does not come after fetch 0", func(p *plan.Plan) { slices.Reverse(p.Tree.(*plan.SequenceNode).Nodes) }},
		{"no set 4 of fetch 1", func(p *plan.Plan) {
			n := p.Tree.(*plan.SequenceNode)
			n.Nodes = append(n.Nodes, &plan.FetchNode{Fetch: 1, Set: 4})
		}},
		{"tree: no variable 9", func(p *plan.Plan) { p.Tree = &plan.ConditionNode{Variable: 9, If: p.Tree} }},
		{"a node is nil", func(p *plan.Plan) { p.Tree = &plan.FlattenNode{} }},
		{"metrics say 3 requests", func(p *plan.Plan) { p.Metrics.Requests = 3 }},
		{"touches are not sorted", func(p *plan.Plan) { slices.Reverse(p.Touches) }},
		{"inline is false", func(p *plan.Plan) { p.Inline = false }},
		{"is not one operation", func(p *plan.Plan) { p.Fetches[0].Operation = "{" }},
		{"is a mutation", func(p *plan.Plan) {
			p.Fetches[0].Operation = strings.Replace(p.Fetches[0].Operation, "query", "mutation", 1)
		}},
		{`is named "Q", the fetch ""`, func(p *plan.Plan) { p.Fetches[1].Name = "" }},
		{"declares [first], sent are [deep]", func(p *plan.Plan) { p.Fetches[0].Variables = []int{1} }},
	} {
		p := shop()
		c.harm(p)
		err := plan.Check(p)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("want %q, got %v", c.want, err)
		}
	}
}

// TestPrint shows one plan in every form.
func TestPrint(t *testing.T) {
	conditional := shop()
	conditional.Tree = &plan.SequenceNode{Nodes: []plan.Node{
		&plan.ConditionNode{Variable: 1, If: &plan.FetchNode{Set: -1}, Else: &plan.ParallelNode{Nodes: []plan.Node{
			&plan.ConditionNode{Variable: 1, If: &plan.FetchNode{Set: -1}},
			&plan.ConditionNode{Variable: 1, Else: &plan.FetchNode{Set: -1}},
			&plan.FetchNode{Fetch: 1, Set: 0}, &plan.FetchNode{Fetch: 1, Set: 1},
		}}},
	}}
	stream := shop()
	n := stream.Tree.(*plan.SequenceNode)
	stream.Tree = &plan.SubscriptionNode{Primary: n.Nodes[0], Rest: n.Nodes[1]}
	plans := map[string]*plan.Plan{"shop": shop(), "conditional": conditional, "stream": stream, "empty": {}, "places": places(), "names": names()}
	golden.Run(t, "testdata", []string{"plan.txt", "plan.json", "apollo.json"}, func(t *testing.T, c *golden.Case) {
		p := plans[c.Name]
		if p == nil {
			t.Fatal("no such plan")
		}
		c.Output(t, "plan.txt", plan.Text(p))
		c.Output(t, "plan.json", indent(t, plan.JSON(p)))
		c.Output(t, "apollo.json", indent(t, plan.ApolloJSON(p)))
	})
}

func indent(t *testing.T, text []byte) string {
	var b bytes.Buffer
	if err := json.Indent(&b, text, "", " "); err != nil {
		t.Fatal(err)
	}
	return b.String() + "\n"
}
