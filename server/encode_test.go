package server

import (
	"io"
	"runtime"
	"strings"
	"testing"

	"github.com/weftql/weft/fault"
)

// TestWriteAnswer writes what stands around a body without copying it: one
// event goes to many clients at once.
func TestWriteAnswer(t *testing.T) {
	body := []byte(`{"data":{"a":"` + strings.Repeat("x", 1<<20) + `"}}`)
	failed := []*fault.Error{{Code: fault.BadRequest, Message: "no"}}
	const told = `"errors":[{"message":"no","extensions":{"code":"BAD_REQUEST"}}]`
	for _, c := range []struct {
		name     string
		answer   Answer
		delivery *Delivery
		want     string
	}{
		{"data", Answer{Body: body}, nil, string(body)},
		{"data of a stream", Answer{Body: body}, &Delivery{More: true}, string(body)},
		{"data and errors", Answer{Body: body, Errors: failed}, nil, `{` + told + `,` + string(body[1:])},
		{"errors", Answer{Errors: failed}, nil, `{` + told + `}`},
		{"errors after a gap", Answer{Errors: failed}, &Delivery{Gap: true}, `{` + told + `,"extensions":{"gap":true}}`},
		{"dropped", Answer{Body: body}, &Delivery{Dropped: 3}, string(body[:len(body)-1]) + `,"extensions":{"dropped":3}}`},
		{"all", Answer{Body: body, Errors: failed}, &Delivery{Dropped: 3, Gap: true}, `{` + told + `,` + string(body[1:len(body)-1]) + `,"extensions":{"dropped":3,"gap":true}}`},
	} {
		var out strings.Builder
		if err := writeAnswer(&out, &c.answer, c.delivery); err != nil || out.String() != c.want {
			t.Errorf("%s: %v, %.200s…%s", c.name, err, out.String(), out.String()[max(0, out.Len()-100):])
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_ = writeAnswer(io.Discard, &c.answer, c.delivery)
		runtime.ReadMemStats(&after)
		if used := after.TotalAlloc - before.TotalAlloc; used > 64<<10 {
			t.Errorf("%s: %d bytes are copied", c.name, used)
		}
	}
}
