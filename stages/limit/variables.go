package limit

import (
	"context"
	"fmt"

	"github.com/weftql/weft/config"
	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/internal/jsonscan"
	"github.com/weftql/weft/stages"
)

// variables bounds what clients put into variables. What their documents hold
// is bounded by tokens.
type variables struct {
	depth, list, text int
	small             int // a shorter value is within every bound
}

func variablesStage(cfg config.VariableLimits) stages.Stage {
	v := &variables{
		depth: min(cfg.MaxDepth, jsonscan.MaxDepth),
		list:  cfg.MaxList, text: int(cfg.MaxString),
	}
	v.small = min(2*v.depth, 2*v.list, v.text)
	return stages.Stage{Name: "limits.variables", Mode: modeOf(cfg.Mode), Check: v.check}
}

func (v *variables) check(_ context.Context, c *stages.Call) error {
	own := len(c.Operation.Variables) - len(c.Operation.Literals)
	for i, value := range c.Values[:min(own, len(c.Values))] {
		if len(value) <= v.small {
			continue
		}
		if what, most := v.exceeds(value); what != "" {
			return &fault.Error{Code: fault.VariablesLimit, Message: fmt.Sprintf(
				"Variable \"$%s\" has more than %d %s.", c.Operation.Variables[i].Name, most, what)}
		}
	}
	return nil
}

// exceeds goes through a JSON value once and says what it has too much of.
func (v *variables) exceeds(value []byte) (what string, most int) {
	var commas [jsonscan.MaxDepth + 1]int // of the list at a depth; -1 in an object
	depth := 0
	for at := 0; at < len(value); at++ {
		switch value[at] {
		case '"':
			end := jsonscan.Skip(value, at)
			if end == jsonscan.None {
				return "", 0
			}
			if end-at-2 > v.text {
				return "bytes in one string", v.text
			}
			at = end - 1
		case '[', '{':
			if depth++; depth > v.depth {
				return "levels of lists and objects", v.depth
			}
			commas[depth] = 0
			if value[at] == '{' {
				commas[depth] = -1
			}
		case ']', '}':
			depth = max(0, depth-1)
		case ',':
			if commas[depth] >= 0 && depth > 0 {
				if commas[depth]++; commas[depth] >= v.list {
					return "items in one list", v.list
				}
			}
		}
	}
	return "", 0
}
