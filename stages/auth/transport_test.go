package auth

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"sync"
	"testing"
	"time"
)

// network answers requests for key sets without a socket, so that a test's time
// can be its own.
type network struct {
	mu      sync.Mutex
	sets    map[string]string // by URL
	header  http.Header
	down    bool
	delay   time.Duration
	fetches []time.Time
	urls    []string
}

func (n *network) RoundTrip(r *http.Request) (*http.Response, error) {
	n.mu.Lock()
	n.fetches = append(n.fetches, time.Now())
	n.urls = append(n.urls, r.URL.String())
	body, ok := n.sets[r.URL.String()]
	down, delay, header := n.down, n.delay, n.header
	n.mu.Unlock()
	select {
	case <-time.After(delay):
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
	status := http.StatusOK
	switch {
	case down:
		return nil, errors.New("connection refused")
	case !ok:
		status = http.StatusNotFound
	}
	return &http.Response{StatusCode: status, Header: header, Body: io.NopCloser(bytes.NewReader([]byte(body))), Request: r}, nil
}

func (n *network) client() *http.Client { return &http.Client{Transport: n} }

// change changes it while others use it.
func (n *network) change(do func()) {
	n.mu.Lock()
	defer n.mu.Unlock()
	do()
}

// count returns how many fetches there were.
func (n *network) count() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return len(n.fetches)
}

// busiest returns the largest number of fetches within any window.
func (n *network) busiest(window time.Duration) int {
	n.mu.Lock()
	defer n.mu.Unlock()
	most := 0
	for i, from := range n.fetches {
		within := 0
		for _, at := range n.fetches[i:] {
			if at.Sub(from) < window {
				within++
			}
		}
		most = max(most, within)
	}
	return most
}

const jwksURL = "https://id.test/jwks.json"

func onNetwork(t testing.TB, p *provider) *network {
	t.Helper()
	return &network{sets: map[string]string{jwksURL: p.jwks()}, header: http.Header{}}
}
