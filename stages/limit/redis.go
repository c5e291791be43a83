package limit

import (
	"cmp"
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"errors"
	"log/slog"
	"net"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"

	"github.com/weftql/weft/config"
	"github.com/weftql/weft/fault"
)

// takeScript and settleScript are what Redis runs: see there.
var (
	//go:embed take.lua
	takeText string
	//go:embed settle.lua
	settleText string
)

// shared counts in Redis: all demands of an operation in one round trip, by the
// clock of Redis. While Redis is away or slow, requests do not ask it, see
// breaker.
type shared struct {
	client       *redis.Client
	take1, later *redis.Script
	prefix       string
	timeout      time.Duration
	metrics      *Metrics
	breaker      *breaker
	queue        *queue
}

// openShared connects when it is needed, so that a Redis that is away is no
// reason not to start.
func openShared(cfg config.Redis, o StoreOptions) (*shared, error) {
	opts, err := redis.ParseURL(cfg.URL)
	if err != nil { // not shown: the URL may hold a password
		return nil, &fault.Error{Code: fault.ConfigInvalid, Message: "stores.redis.url: that is not a URL such as redis://HOST:6379"}
	}
	timeout := cmp.Or(time.Duration(cfg.Timeout), 25*time.Millisecond)
	opts.ReadTimeout, opts.WriteTimeout, opts.PoolTimeout = timeout, timeout, timeout
	opts.DialTimeout, opts.DialerRetries, opts.MaxRetries = time.Second, 1, -1
	opts.MinIdleConns, opts.PoolSize = 2, max(32, opts.PoolSize)
	opts.ContextTimeoutEnabled = true
	// Version 2 of the protocol and no words beyond it: other servers speak it too.
	opts.Protocol, opts.DisableIdentity = 2, true
	opts.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	redis.SetLogger(silent{}) // failures are told by the breaker, once
	r := &shared{
		client: redis.NewClient(opts), prefix: cmp.Or(cfg.Prefix, "weft") + ":", timeout: timeout, metrics: o.Metrics,
		take1: redis.NewScript(takeText), later: redis.NewScript(settleText),
	}
	r.breaker = newBreaker(r.healthy, func(up bool) {
		if up {
			o.Metrics.up.Set(1)
			o.Logger.Info("the store of limits is back")
		} else {
			o.Metrics.up.Set(0)
			o.Logger.Warn("the store of limits is away or slow; limits are kept as limits.on_store_error says",
				slog.String("address", opts.Addr))
		}
	})
	r.queue = newQueue(r.settleAll)
	return r, nil
}

// silent is the client library's logger.
type silent struct{}

func (silent) Printf(context.Context, string, ...any) {}

func (r *shared) close() {
	r.queue.close()
	r.breaker.close()
	_ = r.client.Close()
}

// healthy asks Redis for a sign of life, on a connection that stands already,
// as fast as operations need it.
func (r *shared) healthy(ctx context.Context) bool {
	connect, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	if r.client.Ping(connect).Err() != nil {
		return false
	}
	once, cancel := context.WithTimeout(ctx, r.timeout)
	defer cancel()
	return r.client.Ping(once).Err() == nil
}

// take is [local.take] in Redis; ok is false if it could not be asked.
func (r *shared) take(ctx context.Context, demands []demand) (is, ok bool) {
	if r.breaker.open() {
		return false, false
	}
	keys, args := make([]string, len(demands)), make([]any, 0, 3*len(demands))
	for i := range demands {
		d := &demands[i]
		keys[i] = r.key(d.key)
		observed := 0
		if d.rule.observed {
			observed = 1
		}
		args = append(args, micros(d.cost), micros(d.rule.tolerance), observed)
	}
	// The client's patience is no sign of Redis's health.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), r.timeout)
	defer cancel()
	answer, err := r.take1.Run(ctx, r.client, keys, args...).Int64Slice()
	if err == nil && len(answer) != 1+2*len(demands) {
		err = errAnswer
	}
	if !r.judge(err) {
		return false, false
	}
	for i := range demands {
		d := &demands[i]
		d.owed, d.wait = answer[1+2*i]*int64(time.Microsecond), answer[2+2*i]*int64(time.Microsecond)
		d.refused = d.wait > 0
	}
	return answer[0] == 1, true
}

var errAnswer = errors.New("redis: a strange answer")

// judge counts failures.
func (r *shared) judge(err error) bool {
	r.breaker.record(err == nil)
	if err != nil {
		r.metrics.errors.WithLabelValues(reason(err)).Inc()
	}
	return err == nil
}

// reason says why Redis could not be asked, in one of a few words.
func reason(err error) string {
	var timeout net.Error
	switch {
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, redis.ErrPoolTimeout), errors.As(err, &timeout) && timeout.Timeout():
		return "timeout"
	case redis.HasErrorPrefix(err, ""), errors.Is(err, errAnswer):
		return "answer"
	}
	return "connection"
}

// adjustment is a difference to settle.
type adjustment struct {
	key              string
	delta, tolerance int64
}

// settle queues what an operation cost more or less than charged.
func (r *shared) settle(d *demand, delta int64) {
	if !r.breaker.open() {
		r.queue.add(adjustment{r.key(d.key), delta, d.rule.tolerance})
	}
}

// settleAll settles in one round trip.
func (r *shared) settleAll(list []adjustment) {
	if r.breaker.open() {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), 4*r.timeout)
	defer cancel()
	pipe := r.client.Pipeline()
	for _, a := range list {
		r.later.Eval(ctx, pipe, []string{a.key}, micros(a.delta), micros(a.tolerance))
	}
	_, err := pipe.Exec(ctx)
	r.judge(err)
}

// maxKey is how long a key may be as it is; a longer one is hashed. Chosen.
const maxKey = 200

// key is a demand's key in Redis. What stands in braces is the same for all
// demands of an operation, so that a cluster keeps them together.
func (r *shared) key(key []byte) string {
	if len(key) <= maxKey {
		return r.prefix + string(key)
	}
	sum := sha256.Sum256(key)
	return r.prefix + string(key[:maxKey-2*len(sum)]) + hex.EncodeToString(sum[:])
}

// micros are what Redis's clock has; fractions count for fast rates.
func micros(ns int64) string { return strconv.FormatFloat(float64(ns)/1e3, 'f', 3, 64) }
