package config

import (
	"reflect"
	"testing"
	"time"
)

func TestParseRate(t *testing.T) {
	for text, want := range map[string]Every{
		"50/s": {50, time.Second}, "600/m": {600, time.Minute}, "10/h": {10, time.Hour}, "1/d": {1, 24 * time.Hour},
		"100/10s": {100, 10 * time.Second}, " 5 / 1m30s ": {5, 90 * time.Second},
	} {
		if got, err := ParseRate(text); got != want || err != nil {
			t.Errorf("%s is %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "50", "s/50", "0/s", "-1/s", "1.5/s", "50/w", "50/0s", "99999999999/s", "1/1ns", "2147483647/1ms"} {
		if got, err := ParseRate(text); err == nil {
			t.Errorf("%s is %v", text, got)
		}
	}
}

func TestLooserAndWithin(t *testing.T) {
	base := Limits{
		Store:       "redis",
		Document:    DocumentLimits{MaxDepth: 20, Mode: "enforce"},
		Rates:       []Rate{{Name: "ip"}},
		Cost:        CostLimits{Max: 1000, Subgraphs: map[string]int{"a": 10}},
		Concurrency: ConcurrencyLimits{Max: 100},
	}
	loose := Limits{
		OnStoreError: "open",
		Document:     DocumentLimits{MaxDepth: 21, MaxHeight: 501, MaxAliases: 60, Mode: "observe"},
		Variables:    VariableLimits{MaxString: 1 << 20, Mode: "off"},
		Rates:        []Rate{{Name: "mine"}, {Name: "ip"}},
		Cost:         CostLimits{Max: 2000, Subgraphs: map[string]int{"a": 11, "b": 5}},
		Concurrency:  ConcurrencyLimits{Max: 101},
	}
	want := []string{"document.max_depth", "document.max_height", "cost.max", "concurrency.max", "document.mode",
		"variables.mode", "variables.max_string", "cost.subgraphs.a", "rates[1].name", "on_store_error"}
	if got := loose.Looser(base); !reflect.DeepEqual(got, want) {
		t.Errorf("looser in %q", got)
	}
	tight := Limits{
		Document:    DocumentLimits{MaxDepth: 5, MaxHeight: 10},
		Variables:   VariableLimits{MaxString: 10},
		Rates:       []Rate{{Name: "mine"}},
		Cost:        CostLimits{Max: 10, Subgraphs: map[string]int{"a": 1, "b": 5}},
		Concurrency: ConcurrencyLimits{Max: 7},
	}
	if got := tight.Looser(base); got != nil {
		t.Errorf("a tighter one is looser in %q", got)
	}
	got := tight.Within(base)
	if again := (Limits{}).Within(base); !reflect.DeepEqual(again, base) {
		t.Errorf("nothing within base is %+v", again)
	}
	base.Document.MaxDepth, base.Document.MaxHeight, base.Variables.MaxString = 5, 10, 10
	base.Rates = append(base.Rates, Rate{Name: "mine", BFF: true})
	base.Cost.Max, base.Cost.Subgraphs = 10, map[string]int{"a": 1, "b": 5}
	base.Concurrency.BFF = 7
	if !reflect.DeepEqual(got, base) {
		t.Errorf("%+v", got)
	}
	if looser := loose.Within(Limits{}); looser.Document.MaxHeight != 0 || looser.Document.MaxDepth != 21 {
		t.Errorf("a number beyond the default holds: %+v", looser.Document)
	}
}
