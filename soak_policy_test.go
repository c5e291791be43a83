package weft_test

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
	"weak"

	"github.com/weftql/weft"
	"github.com/weftql/weft/config"
	"github.com/weftql/weft/internal/redistest"
	"github.com/weftql/weft/stages/auth/keys"
)

// TestPolicySoak runs a process with three profiles, tokens of two issuers, API
// keys and rates on a real Redis, and has everything change and fail at once:
// configurations, overlays and operations, good ones and broken ones, schemas,
// subgraphs, key sets, Redis, and clients that leave. What subgraphs say is
// marked with who may see it and whom it is for: no client may get anything
// else, or be refused without a reason, and what is counted stays counted.
//
// WEFT_SOAK is how long, for example 10m; default is a few seconds. WEFT_SEED
// draws another run.
func TestPolicySoak(t *testing.T) {
	long, seed := 4*time.Second, uint64(1)
	if text := os.Getenv("WEFT_SOAK"); text != "" {
		var err error
		if long, err = time.ParseDuration(text); err != nil {
			t.Fatal(err)
		}
	}
	if text := os.Getenv("WEFT_SEED"); text != "" {
		var err error
		if seed, err = strconv.ParseUint(text, 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	before := runtime.NumGoroutine()
	s := startPolicySoak(t, seed)
	s.run(t, long)
	s.settle(t)
	s.end(t)
	waitForGoroutines(t, before+1) // the way to Redis
	s.closed(t)
	t.Log(s.seen)
	for _, what := range s.missing() {
		t.Errorf("nothing was %s", what)
	}
}

// policySoak is the process, what is around it and what its clients have seen.
type policySoak struct {
	process   *weft.Process
	stop      context.CancelFunc
	done      chan error
	client    *http.Client
	dir       string
	seed      uint64
	people    *policyPeople
	addresses [2]string // of users and stock
	users     *soakBackend
	stock     *soakBackend
	issuers   []*policyIssuer
	redis     *redistest.Server
	between   *redistest.Proxy
	log       logBuffer
	keys      map[string]string // by name
	regime    regime
	scene     scene
	breaks    int
	snapshots []weak.Pointer[weft.Snapshot]

	mu   sync.Mutex
	seen map[string]int
}

func (s *policySoak) note(what string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seen[what]++
}

// missing returns what must happen and has not.
func (s *policySoak) missing() (none []string) {
	for _, what := range []string{"whole", "denied", "hidden", "cancelled", "kept out", "introspected", "rest", "event", "expired", "touched", "used up", "few used up",
		"taken", "config refused", "bff stale", "schema swapped", "schema refused", "subgraph restarted", "redis restarted", "keys away", "rotated"} {
		if s.count(what) == 0 {
			none = append(none, what)
		}
	}
	return none
}

// shows is what a configuration lets be seen, beside what never changes.
type shows uint8

const (
	showsPlan       shows = 1 << iota // policy self lets who asks for himself pass
	showsMail                         // web's overlay does not hide it
	showsCost                         // partner's contract has it
	showsIntrospect                   // web's clients may
)

// regime is what was in force when: a request under way during a change may be
// answered by either.
type regime struct {
	mu  sync.Mutex
	log []struct{ any, all shows }
}

func (r *regime) push(any, all shows) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.log = append(r.log, struct{ any, all shows }{any, all})
}

func (r *regime) now() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.log) - 1
}

// since returns what was shown at some time since then, and what always.
func (r *regime) since(then int) (any, all shows) {
	r.mu.Lock()
	defer r.mu.Unlock()
	all = ^shows(0)
	for _, one := range r.log[then:] {
		any, all = any|one.any, all&one.all
	}
	return any, all
}

const policyLink = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@tag", "@authenticated", "@requiresScopes", "@policy"])
`

const (
	policyUsers = policyLink + `type Query { user(id: ID!): User EXTRA: Int }
type Mutation { touch(nonce: ID!): Touch }
type Subscription { ticks(topic: ID!): Tick! }
type Touch { nonce: ID! who: String! }
type Tick { at: String! who: String! mail: String @authenticated pay: String @requiresScopes(scopes: [["hr"]]) }
type User @key(fields: "id") {
  id: ID! who: String! name: String
  mail: String @authenticated
  pay: String @requiresScopes(scopes: [["hr"]])
  plan(of: ID!): String @policy(policies: [["self"]])
  inner: String @tag(name: "internal")
}`
	policyStock = policyLink + `type User @key(fields: "id") { id: ID! seen: String cost: String @tag(name: "internal") }`
)

// scene is what stands in the files at the moment.
type scene struct {
	turn   int
	shows  shows
	auth   int    // another one opens the authenticators again
	limits string // further rates
	claims bool   // a second claim is sent on
	logs   bool
	broken string // which file
	extra  int    // of the schema
}

func startPolicySoak(t *testing.T, seed uint64) *policySoak {
	s := &policySoak{dir: t.TempDir(), seed: seed, done: make(chan error, 1), seen: map[string]int{}, keys: map[string]string{},
		client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 100}}}
	s.people = newPolicyPeople(t)
	s.users = startSoakBackend(t, serveHTTP(s.people.users()))
	s.stock = startSoakBackend(t, serveHTTP(s.people.stock()))
	s.addresses = [2]string{s.users.address, s.stock.address}
	for _, name := range []string{"one", "two"} {
		s.issuers = append(s.issuers, startPolicyIssuer(t, name))
	}
	s.redis = redistest.Start(t, "")
	s.between = redistest.NewProxy(t, s.redis.Address)
	s.writeKeys(t)
	s.scene = scene{shows: ^shows(0), limits: "[]"}
	s.write(t)
	settings, err := s.load()
	if err != nil {
		t.Fatal(err)
	}
	if s.process, err = weft.Start(t.Context(), settings, false, slog.New(slog.NewTextHandler(&s.log, nil))); err != nil {
		t.Fatal(err)
	}
	s.process.Load = s.load
	s.took(s.scene)
	var ctx context.Context
	ctx, s.stop = context.WithCancel(context.Background())
	go func() { s.done <- s.process.Run(ctx) }() // ends with end
	return s
}

func (s *policySoak) load() (*config.Config, error) {
	return config.Load(filepath.Join(s.dir, "weft.yaml"), config.System())
}

func (s *policySoak) writeKeys(t *testing.T) {
	t.Helper()
	var records []keys.Record
	for name, bff := range map[string]string{"reseller-1": "", "reseller-2": "partner", "reseller-3": "", "robot": ""} {
		key := keys.New("test", "")
		s.keys[name] = key.Reveal()
		records = append(records, keys.Record{ID: key.ID, Env: "test", Name: name, BFF: bff, Hashes: []string{key.Hash("")}})
	}
	if err := keys.Edit(filepath.Join(s.dir, "keys.yaml"), func([]keys.Record) ([]keys.Record, error) { return records, nil }); err != nil {
		t.Fatal(err)
	}
}

// write writes all files of a scene.
func (s *policySoak) write(t *testing.T) {
	t.Helper()
	c := &s.scene
	either := func(is bool, a, b string) string {
		if is {
			return a
		}
		return b
	}
	self := either(c.shows&showsPlan != 0, `{ expr: "args.of == principal.sub" }`, "deny")
	scope := either(c.claims, `, { claim: scope, header: x-user-scope }`, "")
	access := either(c.logs, "{ file: "+filepath.Join(s.dir, "access.log")+" }", "{ enabled: false }")
	var issuers strings.Builder
	for _, one := range s.issuers {
		fmt.Fprintf(&issuers, "\n          - { name: %s, iss: %q, jwks: { url: \"http://%s/keys\", poll: 10s, timeout: 200ms, max_wait: 100ms }, algs: [EdDSA], leeway: 0s }", one.name, one.name, one.address)
	}
	files := map[string]string{
		"weft.yaml": fmt.Sprintf(`
version: 1
listeners: { public: { address: 127.0.0.1:0 }, admin: { address: 127.0.0.1:0 } }
graphs: [ { introspection: by_bff, websocket: { max_connections_per_client: 1000 } } ]
runtime: { watch: false }
stores: { redis: { url: "redis://%s" } }
subgraphs:
  defaults:
    timeout: 1s
    retry: { attempts: 2, backoff: 1ms..5ms }
    breaker: { min_requests: 10, window: 500ms, sleep: 20ms..50ms }
  list:
    - { name: users, url: "http://%s/", schema: users.graphql, subscriptions: { protocol: sse } }
    - { name: stock, url: "http://%s/", schema: stock.graphql }
auth:
  authenticators:
    - jwt:
        cache_tokens: %d
        issuers: %s
    - api_key: { header: x-api-key, store: keys.yaml }
  propagate: { claims: [ { claim: sub, header: x-user-id }%s ] }
  policies: { self: %s }
limits:
  store: redis+local
  document: { max_tokens: %d }
  cost: { max: 5000 }
  concurrency: { max: %d }
  rates:
    - { name: scarce, key: principal.sub, rate: 1/h, burst: 5, match: 'operation.name == "Scarce"' }
    - { name: all, key: "principal.sub ?? request.ip", rate: %d/s, cost: actual }
bffs: [ { dir: web }, { dir: ios }, { dir: partner }, { dir: fresh } ]
telemetry: { logs: { access: %s } }
`, s.between.Address, s.addresses[0], s.addresses[1], 1000+c.auth, issuers.String(), scope, self, 10000+c.turn, 500+c.turn%7, 1000000+c.turn, access),
		"users.graphql":              strings.Replace(policyUsers, "EXTRA", "e"+strconv.Itoa(c.extra), 1),
		"stock.graphql":              policyStock,
		"web/bff.yaml":               "name: web\nowner: w\ndefault: true\ncontract: { exclude_tags: [internal] }\nintrospection: " + either(c.shows&showsIntrospect != 0, "on", "off") + "\n",
		"web/schema.graphql":         "extend type User @rename(to: \"Person\") {\n  name: String @rename(to: \"title\")\n  greeting: String @expr(\"string(claims.sub ?? 'nobody') + ' ' + name\", uses: [\"name\"])\n" + either(c.shows&showsMail != 0, "", "  mail: String @hide\n") + "}\n",
		"ios/bff.yaml":               fmt.Sprintf("name: ios\nowner: i\nmatch: [ { path: /ios } ]\ncontract: { exclude_tags: [internal] }\noperations: { mode: trusted }\nrest: { prefix: /ios/v1, openapi: true }\nlimits: { rates: [ { name: app, key: request.ip, rate: %d/s } ] }\n", 500000+c.turn%3),
		"ios/operations/u.graphql":   "query User($id: ID!) @rest(path: \"/users/{id}\", unwrap: \"user\") { user(id: $id) { id who name mail pay seen" + either(c.turn%2 == 0, "", " again: id") + " } }\n",
		"ios/operations/t.graphql":   "mutation Touch($nonce: ID!) @rest(method: POST, path: \"/touch/{nonce}\", unwrap: \"touch\") { touch(nonce: $nonce) { nonce who } }\n",
		"partner/bff.yaml":           "name: partner\nowner: p\nmatch: [ { api_key: reseller-* } ]\ncontract: { allow: [Query.user, User.id, User.who, User.name, User.seen, User.inner" + either(c.shows&showsCost != 0, ", User.cost", "") + "] }\nauth: { require: true, authenticators: [api_key] }\nlimits:\n  rates:\n    - { name: few, key: principal.sub, rate: 1/h, burst: 5, match: 'operation.name == \"Few\"' }\n    - { name: many, key: principal.sub, rate: " + strconv.Itoa(100000+c.turn) + "/s }\n",
		"fresh/bff.yaml":             "name: fresh\nowner: f\nmatch: [ { path: /fresh } ]\ncontract: { exclude_tags: [internal] }\n",
		"fresh/operations/f.graphql": "query Fresh($id: ID!) @rest(path: \"/users/{id}\", unwrap: \"user\") { user(id: $id) { id who name } }\n",
	}
	if c.broken != "" {
		breaks[c.broken](files)
	}
	for name, text := range files {
		file := filepath.Join(s.dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// breaks are ways for files to be wrong.
var breaks = map[string]func(files map[string]string){
	"config syntax": func(f map[string]string) { f["weft.yaml"] += "  oops: [\n" },
	"config key":    func(f map[string]string) { f["weft.yaml"] += "mistake: 1\n" },
	"config policy": func(f map[string]string) {
		f["weft.yaml"] = strings.Replace(f["weft.yaml"], "self: ", "other: { expr: \"nothing.at + \" }\n    self: ", 1)
	},
	"config rate": func(f map[string]string) {
		f["weft.yaml"] = strings.Replace(f["weft.yaml"], "principal.sub ?? request.ip", "principal.nothing", 1)
	},
	"schema": func(f map[string]string) {
		f["users.graphql"] = strings.Replace(f["users.graphql"], "name: String", "name: Unknown", 1)
	},
	"web overlay": func(f map[string]string) { f["web/schema.graphql"] += "extend type Nothing { a: Int @hide }\n" },
	"ios operations": func(f map[string]string) {
		f["ios/operations/u.graphql"] = strings.Replace(f["ios/operations/u.graphql"], "seen", "unseen", 1)
	},
	"ios bff": func(f map[string]string) { f["ios/bff.yaml"] += "mistake: 1\n" },
	"ios rate": func(f map[string]string) {
		f["ios/bff.yaml"] = strings.Replace(f["ios/bff.yaml"], "key: request.ip", "key: principal.nothing", 1)
	},
	"partner looser": func(f map[string]string) {
		f["partner/bff.yaml"] = strings.Replace(f["partner/bff.yaml"], "limits:\n", "limits:\n  cost: { max: 999999 }\n", 1)
	},
	"partner auth": func(f map[string]string) {
		f["partner/bff.yaml"] = strings.Replace(f["partner/bff.yaml"], "[api_key]", "[nobody]", 1)
	},
	"partner allow": func(f map[string]string) {
		f["partner/bff.yaml"] = strings.Replace(f["partner/bff.yaml"], "User.seen", "User.nothing", 1)
	},
	"web empty":       func(f map[string]string) { f["web/schema.graphql"] = "" },
	"ios empty":       func(f map[string]string) { f["ios/operations/u.graphql"] = "\n" },
	"partner empty":   func(f map[string]string) { f["partner/bff.yaml"] = "" },
	"fresh operation": func(f map[string]string) { f["fresh/operations/f.graphql"] += "query Fresh { nothing }\n" },
}

// took notes what is shown from now on.
func (s *policySoak) took(c scene) { s.regime.push(c.shows, c.shows) }

// run has clients ask while everything changes, for so long.
func (s *policySoak) run(t *testing.T, long time.Duration) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	time.AfterFunc(long, func() { // and until all of it has happened, on a busy machine too
		for range 600 {
			if len(s.missing()) == 0 || !pause(ctx, 100*time.Millisecond) {
				break
			}
		}
		cancel()
	})
	var wg sync.WaitGroup
	for kind, of := range []struct {
		client  func(*testing.T, context.Context, *rand.Rand, *principal)
		number  int
		follows bool
	}{{s.askWeb, 6, false}, {s.askIOS, 3, false}, {s.askPartner, 3, false}, {s.touchOnce, 2, false}, {s.useUp, 1, false}, {s.followStream, 3, true}, {s.followSocket, 3, true}} {
		for n := range of.number {
			random := rand.New(rand.NewPCG(s.seed<<8+uint64(kind), uint64(n)))
			wg.Go(func() { // ends with ctx
				for i := 0; ctx.Err() == nil; i++ {
					who := s.somebody(t, random, fmt.Sprintf("k%dn%d", kind, n), of.follows)
					one, cancel := context.WithCancel(t.Context())
					if random.IntN(10) == 0 && !of.follows {
						time.AfterFunc(time.Duration(random.IntN(5000))*time.Microsecond, cancel)
					}
					if of.follows {
						stop := context.AfterFunc(ctx, cancel)
						of.client(t, one, random, who)
						stop()
					} else {
						of.client(t, one, random, who)
					}
					cancel()
				}
			})
		}
	}
	for n, trouble := range []func(*testing.T, context.Context, *rand.Rand){s.changeUntil, s.failUntil, s.rotateUntil, s.troubleRedisUntil} {
		wg.Go(func() { trouble(t, ctx, rand.New(rand.NewPCG(s.seed, uint64(n)))) }) // ends with ctx
	}
	wg.Wait()
}

// changeUntil changes the files and has the process take them.
func (s *policySoak) changeUntil(t *testing.T, ctx context.Context, random *rand.Rand) {
	for i := 1; pause(ctx, time.Duration(random.IntN(200))*time.Millisecond); i++ {
		s.change(t, i, random)
	}
	s.scene.broken = ""
	s.change(t, 0, random) // all is well in the end
}

// change makes another scene. What is broken never takes effect.
func (s *policySoak) change(t *testing.T, turn int, random *rand.Rand) {
	before := s.scene
	if before.broken == "" && turn > 0 && random.IntN(3) == 0 {
		names := slices.Sorted(maps.Keys(breaks))
		s.breaks++
		s.scene.broken = names[(7*s.breaks+int(s.seed))%len(names)] // one after the other
	} else {
		s.scene.broken = ""
		s.scene.turn++
		s.scene.shows = shows(random.IntN(16))
		s.scene.claims = random.IntN(8) == 0
		s.scene.logs = random.IntN(2) == 0
		s.scene.extra = random.IntN(4)
		if random.IntN(8) == 0 {
			s.scene.auth++
		}
	}
	s.regime.push(before.shows|s.scene.shows, before.shows&s.scene.shows)
	s.write(t)
	err := s.process.Reload(t.Context())
	again := s.process.Gateway.Reload(t.Context())
	switch kind, _, _ := strings.Cut(s.scene.broken, " "); kind {
	case "":
		s.note("taken")
		if err != nil || again != nil {
			t.Errorf("a configuration is refused: %v, %v", err, again)
		}
	case "config":
		s.note("config refused")
		if err == nil {
			t.Errorf("%s: it is taken", s.scene.broken)
		}
	case "schema":
		s.note("schema refused")
		if again == nil {
			t.Errorf("%s: it is taken", s.scene.broken)
		}
	default:
		if err != nil || again != nil {
			t.Errorf("%s: %v, %v", s.scene.broken, err, again)
		}
		_, details := s.process.Gateway.Health()
		if !strings.Contains(fmt.Sprint(details), "bff "+kind+" ") || strings.Contains(fmt.Sprint(details), "not served") {
			t.Errorf("%s: %v", s.scene.broken, details)
		}
		s.note("bff stale")
	}
	if s.scene.extra != before.extra {
		s.note("schema swapped")
	}
	s.took(s.scene)
	s.snapshots = append(s.snapshots, weak.Make(s.process.Gateway.Snapshot()))
}

// failUntil stops and starts subgraphs.
func (s *policySoak) failUntil(t *testing.T, ctx context.Context, random *rand.Rand) {
	for pause(ctx, time.Duration(300+random.IntN(500))*time.Millisecond) {
		b := pick(random, s.users, s.stock)
		b.stop()
		pause(ctx, time.Duration(random.IntN(100))*time.Millisecond)
		b.start(t)
		s.note("subgraph restarted")
	}
}

// rotateUntil makes new keys, and has key sets go away and come back.
func (s *policySoak) rotateUntil(t *testing.T, ctx context.Context, random *rand.Rand) {
	for pause(ctx, time.Duration(200+random.IntN(300))*time.Millisecond) {
		one := pick(random, s.issuers...)
		switch random.IntN(3) {
		case 0:
			one.rotate(t)
			s.note("rotated")
		case 1:
			one.backend.stop()
			s.note("keys away")
			pause(ctx, time.Duration(random.IntN(600))*time.Millisecond)
			one.backend.start(t)
		default:
			one.hangs.Store(true)
			s.note("keys away")
			pause(ctx, time.Duration(random.IntN(600))*time.Millisecond)
			one.hangs.Store(false)
		}
	}
}

// troubleRedisUntil slows, stops and starts Redis.
func (s *policySoak) troubleRedisUntil(t *testing.T, ctx context.Context, random *rand.Rand) {
	for pause(ctx, time.Duration(200+random.IntN(400))*time.Millisecond) {
		if random.IntN(2) == 0 {
			s.between.Delay.Store(int64(time.Duration(random.IntN(100)) * time.Millisecond))
			pause(ctx, 200*time.Millisecond)
			s.between.Delay.Store(0)
			continue
		}
		s.redis.Stop()
		pause(ctx, time.Duration(random.IntN(300))*time.Millisecond)
		s.redis = redistest.Start(t, s.redis.Address)
		s.note("redis restarted")
	}
}

// settle waits until nothing is left of the clients.
func (s *policySoak) settle(t *testing.T) {
	s.people.calm.Store(true)
	slowly(t, "the end of streams from subgraphs", func() bool { return s.people.open.Load() == 0 })
	slowly(t, "the end of old snapshots", func() bool {
		runtime.GC()
		alive := 0
		for _, p := range s.snapshots {
			if p.Value() != nil && p.Value() != s.process.Gateway.Snapshot() {
				alive++
			}
		}
		return alive == 0
	})
	if n := s.people.twice(); n > 0 {
		t.Errorf("%d mutations were sent again", n)
	}
}

// end stops the process.
func (s *policySoak) end(t *testing.T) {
	s.client.CloseIdleConnections()
	s.stop()
	if err := <-s.done; err != nil {
		t.Error(err)
	}
	http.DefaultClient.CloseIdleConnections()
	s.users.stop()
	s.stock.stop()
	for _, one := range s.issuers {
		one.hangs.Store(false)
		one.backend.stop()
	}
	s.redis.Stop()
	if text := s.log.String(); strings.Contains(text, "panic") {
		t.Error(text)
	}
}

// closed looks for files that are still open.
func (s *policySoak) closed(t *testing.T) {
	links, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return // not on this system
	}
	for _, link := range links {
		if to, err := os.Readlink("/proc/self/fd/" + link.Name()); err == nil && strings.HasPrefix(to, s.dir) {
			t.Errorf("%s is still open", to)
		}
	}
}
