package batch

import (
	"fmt"
	"testing"
)

func TestKeys(t *testing.T) {
	var k Keys
	if k.Find([]byte("a")) != -1 {
		t.Error("found in an empty set")
	}
	for round := range 3 {
		k.Reset(round)
		for i := range 1000 {
			key := []byte(fmt.Sprint("key ", i%500))
			at, added := k.Add(key)
			if at != i%500 || added != (i < 500) {
				t.Fatalf("key %d is at %d, added %v", i, at, added)
			}
		}
		if k.Len() != 500 || string(k.At(0)) != "key 0" || string(k.At(499)) != "key 499" || k.Find([]byte("key 17")) != 17 || k.Find([]byte("key 500")) != -1 {
			t.Error("keys are lost")
		}
	}
}

func TestCanonicalKeys(t *testing.T) {
	number := func(s string) string { return string(AppendNumber(nil, []byte(s))) }
	for _, same := range [][]string{
		{"1", "1.0", "1e0", "10e-1"}, {"0", "-0", "0.0"}, {"-3", "-3.0"}, {"0.5", "5e-1"}, {"123456789012345678901234567890"}, {"123456789012345678901234567891"}, {"1e400"},
	} {
		for _, other := range same[1:] {
			if number(same[0]) != number(other) {
				t.Errorf("%s is not %s", same[0], other)
			}
		}
	}
	seen := map[string]int{}
	for i, key := range [][]byte{
		AppendText(nil, nil), AppendText(nil, []byte("1")), AppendNumber(nil, []byte("1")), AppendOther(nil, []byte("1")), AppendNull(nil),
		AppendBool(nil, true), AppendBool(nil, false), AppendList(nil, 0), AppendList(nil, 1), AppendObject(nil),
		AppendText(AppendText(nil, []byte("ab")), []byte("c")), AppendText(AppendText(nil, []byte("a")), []byte("bc")), AppendText(nil, []byte("abs\x01c")),
		AppendNumber(nil, []byte("123456789012345678901234567890")), AppendNumber(nil, []byte("123456789012345678901234567891")),
	} {
		if other, known := seen[string(key)]; known {
			t.Errorf("%d and %d are one key", i, other)
		}
		seen[string(key)] = i
	}
}

func BenchmarkKeys(b *testing.B) {
	var k Keys
	keys := make([][]byte, 100)
	for i := range keys {
		keys[i] = fmt.Appendf(nil, "s\x08key%5d", i)
	}
	b.ReportAllocs()
	for b.Loop() {
		k.Reset(len(keys))
		for _, key := range keys {
			k.Add(key)
		}
	}
}
