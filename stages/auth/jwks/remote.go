package jwks

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// remote is a key set at a URL.
type remote struct {
	url    string
	client *http.Client
	own    bool // the client is nobody else's
}

func (r *remote) close() {
	if r.own {
		r.client.CloseIdleConnections()
	}
}

// maxRedirects is for issuers that moved; chosen, not measured.
const maxRedirects = 3

func newClient() *http.Client {
	return &http.Client{
		Transport: &http.Transport{
			Proxy:               http.ProxyFromEnvironment,
			DialContext:         (&net.Dialer{Timeout: 3 * time.Second}).DialContext,
			TLSHandshakeTimeout: 3 * time.Second,
			MaxIdleConns:        2,
			IdleConnTimeout:     30 * time.Second,
			ForceAttemptHTTP2:   true,
		},
		CheckRedirect: func(r *http.Request, via []*http.Request) error {
			switch {
			case len(via) > maxRedirects:
				return errors.New("too many redirects")
			case via[0].URL.Scheme == "https" && r.URL.Scheme != "https":
				return errors.New("a redirect leads away from https")
			}
			return nil
		},
	}
}

func (r *remote) read(ctx context.Context) (*Keys, time.Duration, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, r.url, nil)
	if err != nil {
		return nil, 0, err
	}
	request.Header.Set("Accept", "application/jwk-set+json, application/json")
	response, err := r.client.Do(request)
	if err != nil {
		return nil, 0, err
	}
	defer func() { _ = response.Body.Close() }() // it was only read
	if response.StatusCode != http.StatusOK {
		return nil, 0, fmt.Errorf("the answer's status is %d", response.StatusCode)
	}
	text, err := io.ReadAll(io.LimitReader(response.Body, maxText+1))
	if err != nil {
		return nil, 0, err
	}
	keys, err := Parse(text)
	if err != nil {
		return nil, 0, err
	}
	return keys, maxAge(response.Header.Values("Cache-Control")), nil
}

// maxAge returns how long an answer is good for, between 10 s and 1 h; 0 if it
// does not say.
func maxAge(lines []string) time.Duration {
	for _, directive := range strings.Split(strings.Join(lines, ","), ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(directive), "=")
		if !strings.EqualFold(name, "max-age") {
			continue
		}
		seconds, err := strconv.ParseUint(strings.Trim(value, `"`), 10, 31)
		if err != nil {
			continue
		}
		return min(max(time.Duration(seconds)*time.Second, 10*time.Second), time.Hour)
	}
	return 0
}
