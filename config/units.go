package config

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/invopop/jsonschema"
)

// Duration is a time.Duration written as 300ms, 10s, 1m30s or 2h.
type Duration time.Duration

// Bytes is a size written as 4096, 64KiB, 2MiB, 1GiB, or with KB, MB, GB in
// thousands.
type Bytes int64

func (d *Duration) parse(text string) error {
	v, err := time.ParseDuration(text)
	if err != nil || v < 0 {
		return errors.New("is not a duration such as 300ms, 10s or 1m30s")
	}
	*d = Duration(v)
	return nil
}

var byteUnits = []struct {
	suffix string
	factor int64
}{
	{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}, {"KB", 1e3}, {"MB", 1e6}, {"GB", 1e9}, {"B", 1}, {"", 1},
}

func (b *Bytes) parse(text string) error {
	for _, unit := range byteUnits {
		number, ok := strings.CutSuffix(text, unit.suffix)
		if !ok {
			continue
		}
		v, err := strconv.ParseInt(strings.TrimSpace(number), 10, 64)
		if err != nil || v < 0 || v > 1<<62/unit.factor {
			break
		}
		*b = Bytes(v * unit.factor)
		return nil
	}
	return errors.New("is not a size such as 4096, 64KiB or 2MiB")
}

// JSONSchema describes the written form.
func (Duration) JSONSchema() *jsonschema.Schema {
	return &jsonschema.Schema{Type: "string", Pattern: `^([0-9]+(\.[0-9]+)?(ns|us|µs|ms|s|m|h))+$|^0$|^\$\{`}
}

// JSONSchema describes the written form.
func (Bytes) JSONSchema() *jsonschema.Schema {
	return &jsonschema.Schema{OneOf: []*jsonschema.Schema{
		{Type: "integer", Minimum: "0"}, {Type: "string", Pattern: `^[0-9]+ ?([KMG]i?B|B)?$|^\$\{`}}}
}
