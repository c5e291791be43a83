package limit

import (
	"fmt"

	"github.com/weftql/weft/config"
	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/operation"
	"github.com/weftql/weft/stages"
)

// documentStage refuses documents for their shape. It looks at each document
// once, not at each operation.
func documentStage(cfg config.DocumentLimits) stages.Stage {
	bounds := []bound{
		{fault.MaxDepthLimit, "levels of fields", cfg.MaxDepth, func(s *operation.Shape) int { return s.Depth }},
		{fault.MaxHeightLimit, "fields", cfg.MaxHeight, func(s *operation.Shape) int { return s.Height }},
		{fault.MaxAliasesLimit, "aliases", cfg.MaxAliases, func(s *operation.Shape) int { return s.Aliases }},
		{fault.MaxRootFieldsLimit, "root fields", cfg.MaxRootFields, func(s *operation.Shape) int { return s.RootFields }},
		{fault.MaxDirectivesLimit, "uses of directives", cfg.MaxDirectives, func(s *operation.Shape) int { return s.Directives }},
		{fault.MaxFragmentsLimit, "fragments", cfg.MaxFragments, func(s *operation.Shape) int { return s.Fragments }},
	}
	return stages.Stage{
		Name: "limits.document", Mode: modeOf(cfg.Mode),
		Prepare: func(op *operation.Operation) (any, error) {
			var list fault.List
			for i := range bounds {
				if b := &bounds[i]; b.of(&op.Shape) > b.most {
					list = append(list, b.exceeded(b.of(&op.Shape)))
				}
			}
			if list != nil {
				return nil, list
			}
			return nil, nil
		},
	}
}

// bound is the most there may be of something.
type bound struct {
	code fault.Code
	what string
	most int
	of   func(s *operation.Shape) int
}

func (b *bound) exceeded(has int) *fault.Error {
	return &fault.Error{Code: b.code, Message: fmt.Sprintf("The operation has %s %s; %d are allowed.", many(has), b.what, b.most)}
}

// many prints a count, but not one that no longer is exact.
func many(n int) string {
	if n > 1_000_000 {
		return "over 1000000"
	}
	return fmt.Sprint(n)
}

// modeOf translates the words of the configuration; off was asked before.
func modeOf(word string) stages.Mode {
	if word == "observe" {
		return stages.Observe
	}
	return stages.Enforce
}
