package compose

import "testing"

func TestValueText(t *testing.T) {
	for text, want := range map[string]string{
		`1.50`: `1.5`, `2.0`: `2`, `1.5e3`: `1500`, `1e-7`: `1e-7`, `1e400`: `1e400`, `-0.25`: `-0.25`, `0.0`: `0`,
		`0.1000000000000000000000000001`: `0.1000000000000000000000000001`,
		`12345678901234567890`:           `12345678901234567890`,
		`[1, [A, null], true]`:           `[1, [A, null], true]`,
		`{b: 1, a: {c: []}}`:             `{b: 1, a: {c: []}}`,
		`"\"\\ \n \u0001 é 日"`:           `"\"\\ \n \u0001 é 日"`,
		"\"\"\"a\n\"b\"\"\"\"":           `"a\n\"b\""`,
	} {
		if got := valueText(literal(t, text)); got != want {
			t.Errorf("%s: got %s, want %s", text, got, want)
		}
	}
}
