package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/weftql/weft/internal/golden"
	"github.com/weftql/weft/internal/testkit"
)

// Cases below table are the rows of the table of what selections ask for, end to
// end: subgraphs, an operation and what the caller brings (words such as
// authenticated, scope a, policy p); answer.txt is the answer and the removed
// places, requests.txt what subgraphs were asked. The oracle must agree.
func TestTable(t *testing.T) {
	golden.Run(t, "testdata/table", []string{"answer.txt", "requests.txt"}, func(t *testing.T, c *golden.Case) {
		sdls := map[string]string{}
		for _, name := range c.Inputs("subgraphs/") {
			sdls[strings.TrimSuffix(strings.TrimPrefix(name, "subgraphs/"), ".graphql")] = imports + c.Must(t, name)
		}
		l, err := newLab(sdls, c.Header("interfaces") == "plain", false)
		if err != nil {
			t.Fatal(err)
		}
		q := question{query: c.Must(t, "query.graphql"), variables: c.Header("variables")}
		if q.variables == "" {
			q.variables = "{}"
		}
		for _, word := range c.Headers("caller") {
			q.person.authenticated = true
			if scope, ok := strings.CutPrefix(word, "scope "); ok {
				q.person.scopes = append(q.person.scopes, scope)
			} else if policy, ok := strings.CutPrefix(word, "policy "); ok {
				q.person.policies = append(q.person.policies, policy)
			}
		}
		if out := l.judge(&q); out.problem != "" {
			t.Errorf("%s\nwant %s\ngot  %s", out.problem, out.want, out.got)
		}
		r := l.ask(t.Context(), &q)
		var answer, requests strings.Builder
		answer.WriteString(testkit.FormatJSON(r.data) + "\n")
		for _, place := range r.removed {
			answer.WriteString("removed /" + place + "\n")
		}
		for _, request := range r.requests {
			fmt.Fprintf(&requests, "%s: %s %s\n", request.Subgraph, request.Operation, request.Variables)
		}
		c.Output(t, "answer.txt", answer.String())
		c.Output(t, "requests.txt", requests.String())
	})
}
