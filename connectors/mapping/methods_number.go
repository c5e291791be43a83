package mapping

import (
	"bytes"
	"math"
	"math/bits"
	"strconv"
)

// isInteger says whether a number is written as an integer.
func isInteger(raw []byte) bool { return !bytes.ContainsAny(raw, ".eE") }

// integer is a number written as an integer of 64 bits.
func integer(raw []byte) (int64, bool) {
	if !isInteger(raw) || len(raw) > 20 {
		return 0, false
	}
	n, err := strconv.ParseInt(string(raw), 10, 64)
	return n, err == nil
}

// float is a number as a float; beyond their range it is infinite.
func float(raw []byte) float64 {
	f, _ := strconv.ParseFloat(string(raw), 64)
	return f
}

// truncated is a number without its fraction, if that has 64 bits.
func truncated(raw []byte) (int64, bool) {
	if isInteger(raw) {
		return integer(raw)
	}
	f := math.Trunc(float(raw))
	return int64(f), f >= math.MinInt64 && f < math.MaxInt64
}

// compareNumbers compares by value: as integers if both are, else as floats.
func compareNumbers(a, b []byte) int {
	if x, ok := integer(a); ok {
		if y, ok := integer(b); ok {
			switch {
			case x < y:
				return -1
			case x > y:
				return 1
			}
			return 0
		}
	}
	switch x, y := float(a), float(b); {
	case x < y:
		return -1
	case x > y:
		return 1
	}
	return 0
}

// appendFloat writes a float so that it reads back as one: 14.0, not 14. Very
// small and very large ones have an exponent, as short as can be: 1e-7.
func appendFloat(dst []byte, f float64) []byte {
	at := len(dst)
	if a := math.Abs(f); a != 0 && (a < 1e-5 || a >= 1e16) {
		dst = strconv.AppendFloat(dst, f, 'e', -1, 64)
		exponent := at + bytes.IndexByte(dst[at:], 'e') + 1
		from := exponent + 1 // behind its sign
		if dst[from] == '0' {
			from++
		}
		if dst[exponent] == '-' {
			exponent++
		}
		return append(dst[:exponent], dst[from:]...)
	}
	dst = strconv.AppendFloat(dst, f, 'f', -1, 64)
	if bytes.IndexByte(dst[at:], '.') < 0 {
		dst = append(dst, '.', '0')
	}
	return dst
}

func floatValue(f float64) value { return value{kind: kindNumber, raw: appendFloat(nil, f)} }

// operation is one arithmetic method. ints says no for what overflows and for
// division by zero; nil means that the result is always a float.
type operation struct {
	ints   func(a, b int64) (int64, bool)
	floats func(a, b float64) float64
}

func add(c *call) value {
	return c.fold(operation{addInts, func(a, b float64) float64 { return a + b }})
}
func sub(c *call) value {
	return c.fold(operation{subInts, func(a, b float64) float64 { return a - b }})
}
func mul(c *call) value {
	return c.fold(operation{mulInts, func(a, b float64) float64 { return a * b }})
}
func div(c *call) value { return c.fold(operation{nil, func(a, b float64) float64 { return a / b }}) }
func mod(c *call) value { return c.fold(operation{modInts, math.Mod}) }

// fold applies an operation to the input and each argument from the left.
func (c *call) fold(op operation) value {
	if !c.step.called {
		return c.fail("takes arguments")
	}
	if c.at.kind != kindNumber {
		return c.fail("takes numbers, not %s", c.at.kind.typeName())
	}
	result := c.at
	for i := range c.step.args {
		v := c.arg(i)
		if v.kind != kindNumber {
			return c.fail("takes numbers, not %s", v.kind.typeName())
		}
		var ok bool
		if result, ok = op.apply(result.raw, v.raw); !ok {
			return c.fail("has no result with %s", v.raw)
		}
	}
	return result
}

func (op operation) apply(a, b []byte) (value, bool) {
	if op.ints != nil && isInteger(a) && isInteger(b) {
		x, ok1 := integer(a)
		y, ok2 := integer(b)
		if !ok1 || !ok2 {
			return absent, false
		}
		n, ok := op.ints(x, y)
		return intValue(n), ok
	}
	f := op.floats(float(a), float(b))
	if math.IsInf(f, 0) || math.IsNaN(f) {
		return absent, false
	}
	return floatValue(f), true
}

func addInts(a, b int64) (int64, bool) {
	n := a + b
	return n, (n > a) == (b > 0)
}

func subInts(a, b int64) (int64, bool) {
	n := a - b
	return n, (n < a) == (b > 0)
}

func mulInts(a, b int64) (int64, bool) {
	high, low := bits.Mul64(magnitude(a), magnitude(b))
	if (a < 0) != (b < 0) {
		return -int64(low), high == 0 && low <= 1<<63
	}
	return int64(low), high == 0 && low < 1<<63
}

func magnitude(n int64) uint64 {
	if n < 0 {
		return -uint64(n)
	}
	return uint64(n)
}

func modInts(a, b int64) (int64, bool) {
	switch b {
	case 0:
		return 0, false
	case -1: // the quotient of the smallest integer overflows
		return 0, true
	}
	return a % b, true
}
