package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"

	"github.com/weftql/weft/internal/testkit"
)

// breakdowns are the ways a subgraph fails as a whole.
var breakdowns = []*testkit.Exchange{
	{Refused: true},
	{Status: http.StatusServiceUnavailable, ContentType: "text/plain", Body: []byte("busy")},
	{Status: http.StatusOK, ContentType: "application/json", Body: []byte(`{"data":{"_entities":[`)},
	{Status: http.StatusOK, ContentType: "application/json", Body: []byte(`{"errors":[{"message":"no"}]}`)},
	{Status: http.StatusOK, ContentType: "application/json", Body: []byte(`{"data":null,"errors":[{"message":"no","path":["x",0]}]}`)},
	{Status: http.StatusOK, ContentType: "application/json", Body: []byte(`{}`)},
}

// breakdown says which subgraph fails and how; the zero value is none.
type breakdown struct {
	subgraph string
	way      int
}

func drawBreakdown(rng *rand.Rand, l *lab, query string) breakdown {
	if rng.IntN(100) >= 15 || strings.HasPrefix(query, "subscription") || strings.Contains(query, "@defer") {
		return breakdown{}
	}
	return breakdown{l.members[rng.IntN(len(l.members))].Name, rng.IntN(len(breakdowns))}
}

// apply breaks the subgraph until the next reset.
func (b breakdown) apply(l *lab) {
	for _, m := range l.members {
		if m.Name == b.subgraph {
			m.Broken = breakdowns[b.way]
		}
		m.Lenient = m.Lenient || b.subgraph != ""
	}
}

// compareBroken checks an answer for which a subgraph was down: nothing in it is
// wrong, something says what is missing, and nothing is missing when nobody
// asked the subgraph.
func (l *lab) compareBroken(ctx context.Context, d *testkit.Document, q *question, want *testkit.Response, got *testkit.Answer) (kind, difference string) {
	asked := false
	for _, r := range l.log.Records() {
		asked = asked || r.Subgraph == q.broken.subgraph
	}
	if !asked || got.Failure != nil || got.Refused || want.Refused {
		return l.compare(want, got, true)
	}
	for _, m := range l.members {
		if v := m.Violations(); len(v) > 0 && m.Name != q.broken.subgraph {
			return "violation", v[0]
		}
	}
	truth := l.truth.fresh()
	if d := testkit.Diminished(ctx, d, testkit.WorldResolver{World: truth}, q.variables, got.Data); d != "" {
		return "broken", d
	}
	if len(got.Errors) == 0 && !l.silent() && !(isEmpty(breakdowns[q.broken.way]) && l.answersByEngine(q.broken.subgraph)) {
		return "broken", fmt.Sprintf("%s was asked and failed, and no error says so", q.broken.subgraph)
	}
	return "", ""
}
