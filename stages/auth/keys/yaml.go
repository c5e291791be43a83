package keys

import (
	"errors"
	"fmt"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// yamlList is a list of records, one mapping each. It is read from the syntax
// tree: that says where a mistake is, takes every scalar as the text it is
// written as, and needs none of YAML that a list of texts has no use for.
type yamlList struct{}

func (yamlList) parse(text []byte) ([]Record, error) {
	file, err := parser.ParseBytes(text, 0)
	if err != nil {
		var syntax *yaml.SyntaxError
		if errors.As(err, &syntax) && syntax.Token != nil {
			return nil, at(syntax.Token, syntax.Message)
		}
		return nil, errors.New("1:1: not YAML")
	}
	var records []Record
	for _, doc := range file.Docs {
		switch body := doc.Body.(type) {
		case nil, *ast.NullNode, *ast.CommentGroupNode:
		case *ast.SequenceNode:
			for _, item := range body.Values {
				r, err := yamlRecord(item)
				if err != nil {
					return nil, err
				}
				records = append(records, r)
			}
		default:
			return nil, at(body.GetToken(), "a list of records is expected")
		}
	}
	return records, nil
}

func yamlRecord(n ast.Node) (r Record, err error) {
	var members []*ast.MappingValueNode
	switch n := n.(type) {
	case *ast.MappingNode:
		members = n.Values
	case *ast.MappingValueNode:
		members = []*ast.MappingValueNode{n}
	default:
		return r, at(tokenOf(n), "a record is a mapping")
	}
	texts, lists := r.members()
	for _, member := range members {
		key, _ := yamlText(member.Key)
		var ok bool
		switch {
		case texts[key] != nil:
			*texts[key], ok = yamlText(member.Value)
		case lists[key] != nil:
			*lists[key], ok = yamlTexts(member.Value)
		default:
			return r, at(tokenOf(member.Key), fmt.Sprintf("unknown field %q", key))
		}
		if !ok {
			return r, at(tokenOf(member.Value), key+" is of another kind")
		}
	}
	return r, nil
}

// members returns where the values of a record's members go.
func (r *Record) members() (texts map[string]*string, lists map[string]*[]string) {
	return map[string]*string{"id": &r.ID, "env": &r.Env, "name": &r.Name, "owner": &r.Owner, "bff": &r.BFF, "tenant": &r.Tenant,
			"not_before": &r.NotBefore, "expires": &r.Expires, "created": &r.Created},
		map[string]*[]string{"scopes": &r.Scopes, "roles": &r.Roles, "cidrs": &r.CIDRs, "hashes": &r.Hashes}
}

func yamlText(n ast.Node) (string, bool) {
	switch n := n.(type) {
	case *ast.StringNode:
		return n.Value, true
	case *ast.LiteralNode:
		return n.Value.Value, true
	case *ast.NullNode:
		return "", true
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		return n.GetToken().Value, true
	}
	return "", false
}

func yamlTexts(n ast.Node) ([]string, bool) {
	if _, null := n.(*ast.NullNode); null {
		return nil, true
	}
	list, ok := n.(*ast.SequenceNode)
	if !ok {
		return nil, false
	}
	var texts []string
	for _, item := range list.Values {
		text, ok := yamlText(item)
		if !ok {
			return nil, false
		}
		texts = append(texts, text)
	}
	return texts, true
}

func tokenOf(n ast.Node) *token.Token {
	if n == nil {
		return nil
	}
	return n.GetToken()
}

// at says where a mistake is.
func at(t *token.Token, problem string) error {
	line, column := 1, 1
	if t != nil && t.Position != nil {
		line, column = t.Position.Line, t.Position.Column
	}
	return fmt.Errorf("%d:%d: %s", line, column, problem)
}

// yamlHead warns those who would edit the file by hand.
const yamlHead = "# Hashes of API keys, written by weft key: comments are lost when it writes again.\n"

func (yamlList) print(records []Record) ([]byte, error) {
	if len(records) == 0 {
		return []byte(yamlHead + "[]\n"), nil
	}
	text, err := yaml.Marshal(records)
	return append([]byte(yamlHead), text...), err
}
