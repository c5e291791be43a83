package main

import (
	"strings"
	"testing"
)

func TestRead(t *testing.T) {
	in := `{"Action":"output","Package":"p","Test":"TestA","Output":"boom\n"}
{"Action":"fail","Package":"p","Test":"TestA"}
{"Action":"pass","Package":"p","Test":"TestB"}
{"Action":"skip","Package":"p","Test":"TestC"}
{"Action":"fail","Package":"p","Elapsed":1}
{"Action":"output","Package":"q","Output":"panic: x\n"}
{"Action":"fail","Package":"q"}
no event
`
	var out strings.Builder
	c, err := read(strings.NewReader(in), &out)
	if err != nil {
		t.Fatal(err)
	}
	if want := (counts{passed: 1, failed: 1, skipped: 1, broken: 1}); c != want {
		t.Errorf("counts %+v, want %+v", c, want)
	}
	for _, want := range []string{"boom", "panic: x", "no event"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("report lacks %q:\n%s", want, out.String())
		}
	}
}
