package operation

import (
	"context"
	"errors"

	"github.com/weftql/weft/schema"
)

type coercer struct{}

var errNotYet = errors.New("operation: not implemented")

// Prepare returns the operation req selects, validated and normalised over v.
func Prepare(ctx context.Context, v *schema.View, r *Request) (*Operation, error) {
	return nil, errNotYet
}

// Coerce checks raw variables and appends their values to dst; the second
// result is Choice.Conditions.
func (o *Operation) Coerce(raw []byte, dst Values) (Values, uint64, error) {
	return nil, 0, errNotYet
}
