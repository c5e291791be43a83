package batch

import (
	"encoding/json"
	"testing"

	"github.com/weftql/weft/subgraphs"
)

// FuzzSplit takes any answer apart and puts it together: what comes out is JSON
// with an entity for each place, or an error.
func FuzzSplit(f *testing.F) {
	for _, seed := range []string{
		`{"data":{"_entities":[{"a":1},null]},"errors":[{"message":"x","path":["_entities",1,"a",0]},{"path":[]},{}]}`, `{"data":null,"errors":[{"message":"x"}]}`,
		`{"data":{"_entities":[1,"x"]}}`, `{"errors":{"path":["_entities",0]}}`, `[]`, `{"data":{"_entities":null},"errors":[3]}`,
	} {
		f.Add([]byte(seed))
	}
	c := &entityCall{alias: "_entities"}
	f.Fuzz(func(t *testing.T, body []byte) {
		results := split(&subgraphs.Response{Body: body}, "_entities", 2)
		if len(results) != 2 {
			t.Fatalf("%d results", len(results))
		}
		var res subgraphs.Response
		if c.write(results, &res) != nil {
			return
		}
		var answer struct {
			Data *struct {
				Entities []json.RawMessage `json:"_entities"`
			}
			Errors []json.RawMessage
		}
		if err := json.Unmarshal(res.Body, &answer); err != nil || answer.Data == nil && answer.Errors == nil || answer.Data != nil && len(answer.Data.Entities) != 2 {
			t.Errorf("%q becomes %s: %v", body, res.Body, err)
		}
	})
}
