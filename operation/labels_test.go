package operation_test

import (
	"strings"
	"testing"

	"github.com/weftql/weft/internal/golden"
	"github.com/weftql/weft/operation"
	"github.com/weftql/weft/schema/compose"
)

const federation2 = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@requires", "@provides", "@external", "@shareable", "@override", "@interfaceObject", "@context", "@fromContext"])
`

// Cases below labels hold subgraphs and query.graphql; labels.txt has the
// override labels its plan may depend on.
func TestLabels(t *testing.T) {
	golden.Run(t, "testdata/labels", []string{"labels.txt"}, func(t *testing.T, c *golden.Case) {
		var inputs []compose.Input
		for _, file := range c.Inputs("subgraphs/") {
			name := strings.TrimSuffix(strings.TrimPrefix(file, "subgraphs/"), ".graphql")
			inputs = append(inputs, compose.Input{Name: name, SDL: federation2 + c.Must(t, file)})
		}
		result := compose.Compose(inputs, compose.Options{})
		if !result.OK() {
			t.Fatal(result.Errors[0])
		}
		op, err := operation.Prepare(t.Context(), result.Graph.API, &operation.Request{Document: []byte(c.Must(t, "query.graphql"))})
		if err != nil {
			t.Fatal(err)
		}
		c.Output(t, "labels.txt", strings.Join(append(op.Labels, ""), "\n"))
	})
}
