package schema

import (
	"cmp"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// ContractOptions select a part of the API schema by tags or coordinates. The
// zero value selects everything.
type ContractOptions struct {
	// ID becomes the View's.
	ID int
	// Include, if not empty, removes object and interface fields and unions
	// that have none of these tags. A type's tag counts for its fields.
	Include []string
	// Wide extends Include to arguments, input fields, enum values and scalars.
	Wide bool
	// Exclude removes what has one of these tags, and wins over Include.
	Exclude []string
	// Hide removes coordinates: Type, Type.member, Type.field(arg:).
	Hide []string
	// HideUnreachable removes types that no root leads to.
	HideUnreachable bool
	// Cascade also removes what refers to removed types, instead of failing.
	// A required argument never goes alone: its field goes with it.
	Cascade bool
}

// Removal is one element that a contract took out.
type Removal struct {
	Coordinate string
	// Tag is the tag that did it: an excluded one, or "" when an included one
	// is missing or Reason is not about tags.
	Tag    string
	Reason Reason
}

// Reason says why a contract removed an element.
type Reason string

// The reasons of a [Removal].
const (
	Excluded    Reason = "excluded tag"
	NotIncluded Reason = "no included tag"
	Listed      Reason = "hidden by coordinate"
	Emptied     Reason = "nothing of it is left"
	Dangling    Reason = "its type was removed"
	Uncallable  Reason = "the type of a required argument was removed"
	Unreachable Reason = "not reachable from a root"
)

// Contract returns the part of the API schema that o selects.
//
// What is left must be a valid API schema by the rules of @inaccessible; if it
// is not, their codes come back as a fault.List. Coordinates in Hide that the
// API schema does not have are CONTRACT_UNKNOWN_COORDINATE. The result shares
// every definition that lost nothing with the API schema.
func (g *Supergraph) Contract(o ContractOptions) (*View, error) {
	c := newContract(g, o)
	c.byTags()
	if err := c.byCoordinates(); err != nil {
		return nil, err
	}
	c.settle()
	if o.HideUnreachable {
		c.unreachable()
		c.settle()
	}
	hidden := &marks{extra: c.hidden}
	api := g.API.AST
	if err := findingsError(checkInaccessible(api, &features{}, hidden)); err != nil {
		return nil, err
	}
	keepAll := func(string) bool { return false }
	cut := &cutter{from: api, hidden: hidden, dropDirective: keepAll, dropType: keepAll}
	v := newView(g, cut.cut())
	v.ID = o.ID
	v.Removed = c.removed
	slices.SortFunc(v.Removed, func(a, b Removal) int { return cmp.Compare(a.Coordinate, b.Coordinate) })
	return v, nil
}

// contract is one selection being worked out on the API schema.
type contract struct {
	g       *Supergraph
	o       ContractOptions
	api     *ast.Schema
	order   []*ast.Definition
	tag     string // local name of @tag
	hidden  map[string]bool
	removed []Removal
	// users are the definitions that name a type, and have to be looked at
	// again when it goes.
	users map[string][]*ast.Definition
}

func newContract(g *Supergraph, o ContractOptions) *contract {
	c := &contract{
		g: g, o: o, api: g.API.AST, order: definitionsInOrder(g.API.AST),
		tag: g.linked.directive("tag", "tag"), hidden: map[string]bool{}, users: map[string][]*ast.Definition{},
	}
	for _, def := range c.order {
		for name := range referencesOf(def) {
			c.users[name] = append(c.users[name], def)
		}
		for _, name := range def.Interfaces {
			c.users[name] = append(c.users[name], def)
		}
	}
	return c
}

// referencesOf yields the type names that a definition's members have, once
// each.
func referencesOf(def *ast.Definition) map[string]bool {
	names := map[string]bool{}
	for _, f := range def.Fields {
		if strings.HasPrefix(f.Name, "__") {
			continue
		}
		names[f.Type.Name()] = true
		for _, a := range f.Arguments {
			names[a.Type.Name()] = true
		}
	}
	for _, name := range def.Types {
		names[name] = true
	}
	return names
}

func (c *contract) remove(coordinate, tag string, why Reason) {
	if !c.hidden[coordinate] {
		c.hidden[coordinate] = true
		c.removed = append(c.removed, Removal{coordinate, tag, why})
	}
}

// byTags applies the include and exclude lists. The tags stand in the
// supergraph; the API schema has lost them.
func (c *contract) byTags() {
	if len(c.o.Include) == 0 && len(c.o.Exclude) == 0 {
		return
	}
	for _, api := range c.order {
		def := c.g.AST.Types[api.Name]
		own := c.tagsOf(def.Directives)
		leaf := def.Kind == ast.Union || c.o.Wide && def.Kind == ast.Scalar
		c.judge(def.Name, own, nil, leaf)
		for _, f := range def.Fields {
			at := def.Name + "." + f.Name
			if strings.HasPrefix(f.Name, "__") {
				continue
			}
			tags := c.tagsOf(f.Directives)
			c.judge(at, tags, own, def.Kind != ast.InputObject || c.o.Wide)
			for _, a := range f.Arguments {
				c.judge(argumentCoordinate(at, a.Name), c.tagsOf(a.Directives), append(slices.Clone(own), tags...), c.o.Wide)
			}
		}
		for _, v := range def.EnumValues {
			c.judge(def.Name+"."+v.Name, c.tagsOf(v.Directives), own, c.o.Wide)
		}
	}
}

// judge removes an element for an excluded tag of its own, or, where the
// include list applies, for having no included one itself or from its parents.
func (c *contract) judge(coordinate string, own, inherited []string, includable bool) {
	for _, tag := range own {
		if slices.Contains(c.o.Exclude, tag) {
			c.remove(coordinate, tag, Excluded)
			return
		}
	}
	if !includable || len(c.o.Include) == 0 {
		return
	}
	included := func(tag string) bool { return slices.Contains(c.o.Include, tag) }
	if !slices.ContainsFunc(own, included) && !slices.ContainsFunc(inherited, included) {
		c.remove(coordinate, "", NotIncluded)
	}
}

func (c *contract) tagsOf(list ast.DirectiveList) []string {
	var tags []string
	for _, d := range list {
		if c.tag != "" && d.Name == c.tag {
			tags = append(tags, stringArg(d, "name"))
		}
	}
	return tags
}

func (c *contract) byCoordinates() error {
	p := &problems{}
	for _, coordinate := range c.o.Hide {
		if !c.exists(coordinate) {
			p.add(ContractUnknownCoordinate, nil, "the API schema has no %s to hide", coordinate)
			continue
		}
		c.remove(coordinate, "", Listed)
	}
	return p.err()
}

// exists reports whether a coordinate names an element of the API schema.
func (c *contract) exists(coordinate string) bool {
	owner, argument, hasArgument := strings.Cut(strings.TrimSuffix(coordinate, ":)"), "(")
	if name, ok := strings.CutPrefix(owner, "@"); ok {
		d := c.api.Directives[name]
		return d != nil && hasArgument && d.Arguments.ForName(argument) != nil
	}
	name, member, hasMember := strings.Cut(owner, ".")
	def := c.api.Types[name]
	switch {
	case def == nil || def.BuiltIn:
		return false
	case !hasMember:
		return !hasArgument
	}
	f := def.Fields.ForName(member)
	if hasArgument {
		return f != nil && strings.HasSuffix(coordinate, ":)") && f.Arguments.ForName(argument) != nil
	}
	return f != nil || def.EnumValues.ForName(member) != nil
}
