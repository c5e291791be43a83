package rest

import (
	"net/http"
	"strconv"
	"time"

	"github.com/weftql/weft/fault"
)

// over returns l with what it leaves open taken from the profile's.
func (l Lifecycle) over(profile Lifecycle) Lifecycle {
	if l.Deprecated.IsZero() {
		l.Deprecated, l.Reason = profile.Deprecated, profile.Reason
	}
	if l.Sunset.IsZero() || !profile.Sunset.IsZero() && profile.Sunset.Before(l.Sunset) {
		l.Sunset = profile.Sunset
	}
	if l.Successor == "" {
		l.Successor = profile.Successor
	}
	return l
}

// announce adds the headers Deprecation (RFC 9745), Sunset (RFC 8594) and Link.
func (l Lifecycle) announce(h http.Header) {
	if !l.Deprecated.IsZero() {
		h.Set("Deprecation", "@"+strconv.FormatInt(l.Deprecated.Unix(), 10))
	}
	if !l.Sunset.IsZero() {
		h.Set("Sunset", l.Sunset.UTC().Format(http.TimeFormat))
	}
	if l.Successor != "" {
		h.Add("Link", "<"+l.Successor+`>; rel="successor-version"`)
	}
}

// gone returns SUNSET from the sunset on.
func (l Lifecycle) gone(now time.Time) error {
	if l.Sunset.IsZero() || now.Before(l.Sunset) {
		return nil
	}
	message := "This was served until " + l.Sunset.UTC().Format(time.DateOnly) + "."
	if l.Successor != "" {
		message += " Use " + l.Successor + " instead."
	}
	return &fault.Error{Code: fault.Sunset, Message: message}
}
