package compose

import (
	"math"
	"math/big"
	"strconv"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// valueText returns a literal as GraphQL. Its depth is limited by schema.MaxNesting.
func valueText(v *ast.Value) string {
	var b strings.Builder
	writeValue(&b, v)
	return b.String()
}

// argumentsText returns arguments as GraphQL without parentheses, "" without
// any.
func argumentsText(args ast.ArgumentList) string {
	var b strings.Builder
	for i, a := range args {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(a.Name)
		b.WriteString(": ")
		writeValue(&b, a.Value)
	}
	return b.String()
}

func writeValue(b *strings.Builder, v *ast.Value) {
	switch v.Kind {
	case ast.StringValue, ast.BlockValue:
		writeString(b, v.Raw)
	case ast.ListValue:
		b.WriteByte('[')
		for i, c := range v.Children {
			if i > 0 {
				b.WriteString(", ")
			}
			writeValue(b, c.Value)
		}
		b.WriteByte(']')
	case ast.ObjectValue:
		b.WriteByte('{')
		for i, c := range v.Children {
			if i > 0 {
				b.WriteString(", ")
			}
			b.WriteString(c.Name)
			b.WriteString(": ")
			writeValue(b, c.Value)
		}
		b.WriteByte('}')
	case ast.Variable:
		b.WriteByte('$')
		b.WriteString(v.Raw)
	case ast.FloatValue:
		b.WriteString(shortFloat(v.Raw))
	default:
		b.WriteString(v.Raw)
	}
}

// shortFloat returns the shortest way to write a float: 1.50 is 1.5 and 2.0 is
// 2, which GraphQL takes for a Float too. Other composers print floats so, and
// equal schemas should look equal. A literal that float64 cannot hold exactly,
// or that needs an exponent, stays as it is.
func shortFloat(raw string) string {
	plain := plainNumber(raw)
	exact, ok := new(big.Rat).SetString(plain)
	f, err := strconv.ParseFloat(plain, 64)
	if size := math.Abs(f); !ok || err != nil || size != 0 && size < 1e-6 || size >= 1e21 {
		return raw
	}
	short := strconv.FormatFloat(f, 'f', -1, 64)
	if back, ok := new(big.Rat).SetString(short); !ok || back.Cmp(exact) != 0 {
		return raw
	}
	return short
}

// writeString writes a quoted string. It may hold any characters; control
// characters are escaped.
func writeString(b *strings.Builder, s string) {
	const hex = "0123456789abcdef"
	b.WriteByte('"')
	for _, r := range s {
		switch r {
		case '"', '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case '\n':
			b.WriteString(`\n`)
		case '\r':
			b.WriteString(`\r`)
		case '\t':
			b.WriteString(`\t`)
		case '\b':
			b.WriteString(`\b`)
		case '\f':
			b.WriteString(`\f`)
		default:
			if r < ' ' || r == 0x7f {
				b.WriteString(`\u00`)
				b.WriteByte(hex[r>>4])
				b.WriteByte(hex[r&15])
				continue
			}
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
}
