package auth

import (
	"errors"

	"github.com/weftql/weft/fault"
)

// reason is why credentials were refused: the cause of an error, for logs.
type reason string

func (r reason) Error() string { return string(r) }

const (
	noCredentials     reason = "no credentials"
	severalFound      reason = "several credentials in one place"
	malformed         reason = "the token is malformed"
	tooLong           reason = "the token is too long"
	criticalHeader    reason = "the token has a critical header"
	unknownIssuer     reason = "the token's issuer is not known"
	wrongAlgorithm    reason = "the token's algorithm is not allowed for its issuer, or not its key's"
	wrongType         reason = "the token's typ is not allowed"
	wrongAudience     reason = "the token is for another audience"
	unknownKey        reason = "the token's key is not known"
	wrongSignature    reason = "the token's signature does not hold"
	expired           reason = "the token has expired"
	endless           reason = "the token never expires"
	notYet            reason = "the token is not valid yet"
	fromFuture        reason = "the token was issued in the future"
	malformedKey      reason = "the API key is malformed"
	unknownAPIKey     reason = "the API key is not known"
	expiredKey        reason = "the API key has expired"
	keyNotYet         reason = "the API key is not valid yet"
	wrongNetwork      reason = "the API key may not be used from this address"
	wrongBFF          reason = "the credentials are for another client profile"
	otherKind         reason = "the client profile takes other kinds of credentials"
	insufficientScope reason = "a scope that the client profile needs is missing"
)

// refuse returns the error of credentials that are missing or not valid. The
// message is the same whatever is wrong with them.
func refuse(why reason) *fault.Error {
	message := "the credentials are not valid"
	if why == noCredentials {
		message = "credentials are required"
	}
	return &fault.Error{Code: fault.Unauthenticated, Message: message, Cause: why}
}

// forbid returns the error of credentials that are valid, but not here.
func forbid(why reason) *fault.Error {
	return &fault.Error{Code: fault.Forbidden, Message: "these credentials do not allow it", Cause: why}
}

// unavailable is the error while an issuer's keys have never been read.
func unavailable() *fault.Error {
	return &fault.Error{Code: fault.AuthenticationUnavailable, Message: "the credentials cannot be checked at the moment"}
}

// Challenge returns the value of WWW-Authenticate for an error of Authenticate
// or of a stage (RFC 6750, section 3), "" if it takes none.
func (a *Authenticators) Challenge(err error) string {
	code := fault.CodeOf(err)
	if code != fault.Unauthenticated && code != fault.Forbidden {
		return ""
	}
	var why reason
	known := errors.As(err, &why)
	scheme := "Bearer"
	if !a.bearer && len(a.list) > 0 {
		scheme = "ApiKey"
	}
	switch {
	case code == fault.Forbidden && why == insufficientScope:
		return scheme + ` error="insufficient_scope"`
	case code == fault.Forbidden:
		return ""
	case !known, why == noCredentials: // a profile or a right that asks for some
		return scheme + ` error="invalid_request"`
	}
	return scheme + ` error="invalid_token"`
}
