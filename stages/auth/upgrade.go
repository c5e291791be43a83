package auth

import (
	"context"
	"errors"

	"github.com/weftql/weft/caller"
)

// AuthenticateUpgrade is Authenticate for the request that opens a WebSocket:
// credentials that are not valid are refused while that can still be done over
// HTTP; missing ones are not if they may yet come with connection_init.
func (a *Authenticators) AuthenticateUpgrade(ctx context.Context, c *caller.Caller) error {
	err := a.Authenticate(ctx, c)
	var why reason
	if a.later && errors.As(err, &why) && why == noCredentials {
		return nil
	}
	return err
}

// readsInit reports whether credentials may come with connection_init.
func readsInit(carriers []carrier) bool {
	for _, c := range carriers {
		if _, ok := c.(initPayload); ok {
			return true
		}
	}
	return false
}
