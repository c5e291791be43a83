package grpcapi

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"fmt"
	"os"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	_ "google.golang.org/grpc/encoding/gzip" // answers may be compressed
	"google.golang.org/grpc/keepalive"

	"github.com/weftql/weft/fault"
)

const (
	// streamWindow is how much a server may send of a stream that nobody reads,
	// which is held in memory, up to four times over (measured: 270 KiB, with
	// messages that just do not fit a buffer of grpc-go's). It is the least grpc-go
	// allows; left to itself it lets a window grow to 16 MiB, for each of thousands
	// of subscriptions. Messages that are waited for get the window they need.
	streamWindow = 64 << 10
	// connWindow is what all streams of a connection may have on the way; what
	// arrived counts as read, so it holds no memory. It is grpc-go's own maximum.
	connWindow = 16 << 20
	// maxMetadata is the size of a header or trailer, in which statuses with their
	// details come; grpc-go's own bound is 16 MiB.
	maxMetadata = 64 << 10
	// maxSendBytes is the size of a request.
	maxSendBytes = 4 << 20
)

// pool is the channels to one target with one set of settings. It is shared by
// all snapshots that want the same.
type pool struct {
	// queries may be sent again; mutations and streams are not. Without retries
	// both are the same channels. They connect when they are used.
	queries, others []*grpc.ClientConn
	turn            atomic.Uint32
	slots           chan struct{} // one element for each running unary call

	owner *Transport
	key   string
	refs  atomic.Int64 // sources, running calls and streams; 0 is closed for good
}

// pool returns the channels for a target; the caller releases them.
func (t *Transport) pool(target string, plaintext bool, s *Settings) (*pool, error) {
	creds, digest, err := credentialsOf(plaintext, s)
	if err != nil {
		return nil, err
	}
	key := target + "\n" + digest + fmt.Sprint("\n", s.MaxReceiveBytes, s.Concurrency, s.Channels, s.ConnectTimeout, s.Keepalive, s.Retry)
	t.mu.Lock()
	defer t.mu.Unlock()
	if p := t.pools[key]; p != nil && p.retain() {
		return p, nil
	}
	p := &pool{slots: make(chan struct{}, s.Concurrency), owner: t, key: key}
	if p.queries, err = dial(target, creds, s, s.Retry.Attempts > 0); err != nil {
		return nil, err
	}
	p.others = p.queries
	if s.Retry.Attempts > 0 {
		if p.others, err = dial(target, creds, s, false); err != nil {
			p.close()
			return nil, err
		}
	}
	p.refs.Store(1)
	t.pools[key] = p
	return p, nil
}

// retain is for what may outlive its snapshot: a call, a stream. It is false when
// the channels are closed.
func (p *pool) retain() bool {
	for n := p.refs.Load(); n > 0; n = p.refs.Load() {
		if p.refs.CompareAndSwap(n, n+1) {
			return true
		}
	}
	return false
}

// release closes the channels once nobody holds them.
func (p *pool) release() {
	if p.refs.Add(-1) > 0 {
		return
	}
	p.owner.mu.Lock()
	if p.owner.pools[p.key] == p { // not one made since for the same target
		delete(p.owner.pools, p.key)
	}
	p.owner.mu.Unlock()
	p.close()
}

func (p *pool) close() {
	for _, c := range p.queries {
		_ = c.Close() // an error says that it is closed already
	}
	for _, c := range p.others {
		_ = c.Close()
	}
}

// conn picks a channel.
func (p *pool) conn(retry bool) *grpc.ClientConn {
	all := p.others
	if retry {
		all = p.queries
	}
	if len(all) == 1 {
		return all[0]
	}
	return all[int(p.turn.Add(1))%len(all)]
}

// enter waits for a place among the running calls; leave gives it back.
func (p *pool) enter(ctx context.Context) error {
	select {
	case p.slots <- struct{}{}:
		return nil
	default:
	}
	select {
	case p.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (p *pool) leave() { <-p.slots }

// dial makes channels; they connect when they are first used.
func dial(target string, creds credentials.TransportCredentials, s *Settings, retry bool) ([]*grpc.ClientConn, error) {
	calls := []grpc.CallOption{grpc.MaxCallRecvMsgSize(s.MaxReceiveBytes), grpc.MaxCallSendMsgSize(maxSendBytes), grpc.ForceCodecV2(codec{})}
	delays := backoff.DefaultConfig
	delays.BaseDelay, delays.MaxDelay = 100*time.Millisecond, 5*time.Second // chosen: a backend that restarts is back soon
	options := []grpc.DialOption{
		grpc.WithTransportCredentials(creds),
		grpc.WithDefaultCallOptions(calls...),
		grpc.WithDefaultServiceConfig(s.serviceConfig(retry)),
		grpc.WithDisableServiceConfig(), // TXT records of the target do not configure a gateway
		grpc.WithUserAgent("weft"),
		grpc.WithMaxHeaderListSize(maxMetadata),
		grpc.WithStaticStreamWindowSize(streamWindow),
		grpc.WithStaticConnWindowSize(connWindow),
		grpc.WithConnectParams(grpc.ConnectParams{Backoff: delays, MinConnectTimeout: s.ConnectTimeout}),
	}
	if !retry {
		options = append(options, grpc.WithDisableRetry())
	}
	if s.Keepalive.Time > 0 {
		options = append(options, grpc.WithKeepaliveParams(keepalive.ClientParameters{Time: s.Keepalive.Time, Timeout: s.Keepalive.Timeout}))
	}
	conns := make([]*grpc.ClientConn, 0, s.Channels)
	for range s.Channels {
		c, err := grpc.NewClient(target, options...)
		if err != nil {
			for _, c := range conns {
				_ = c.Close()
			}
			return nil, &fault.Error{Code: TargetInvalid, Message: fmt.Sprintf("target %q: %v", target, err), Cause: err}
		}
		conns = append(conns, c)
	}
	return conns, nil
}

// credentialsOf makes the credentials, and a digest of all they depend on: a
// renewed certificate is another channel.
func credentialsOf(plaintext bool, s *Settings) (credentials.TransportCredentials, string, error) {
	if plaintext {
		return insecure.NewCredentials(), "plaintext", nil
	}
	config := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: s.TLS.ServerName}
	digest := sha256.New()
	read := func(file string) ([]byte, error) {
		b, err := os.ReadFile(file)
		if err != nil {
			return nil, &fault.Error{Code: TargetInvalid, Message: "tls: " + err.Error(), Cause: err}
		}
		fmt.Fprintf(digest, "%d %s\n", len(b), b)
		return b, nil
	}
	fmt.Fprintf(digest, "%q\n", s.TLS.ServerName)
	if s.TLS.CA != "" {
		pem, err := read(s.TLS.CA)
		if err != nil {
			return nil, "", err
		}
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(pem) {
			return nil, "", &fault.Error{Code: TargetInvalid, Message: "tls: " + s.TLS.CA + " holds no certificate"}
		}
	}
	if s.TLS.Cert != "" || s.TLS.Key != "" {
		cert, err := read(s.TLS.Cert)
		if err != nil {
			return nil, "", err
		}
		key, err := read(s.TLS.Key)
		if err != nil {
			return nil, "", err
		}
		pair, err := tls.X509KeyPair(cert, key)
		if err != nil {
			return nil, "", &fault.Error{Code: TargetInvalid, Message: "tls: " + err.Error(), Cause: err}
		}
		config.Certificates = []tls.Certificate{pair}
	}
	return credentials.NewTLS(config), hex.EncodeToString(digest.Sum(nil)), nil
}
