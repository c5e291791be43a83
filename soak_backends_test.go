package weft_test

import (
	"context"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/reflection"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/weftql/weft/examples/shop/pricing/pricingpb"
)

// What the backends say of an item is for one client: said is a text, discount
// a number that no other pair of client and item has. Some texts are long, so
// that buffers of all sizes go from one to the other.
func said(what, who, id string) string {
	text := what + " " + who + "#" + id
	switch sum := soakSum(text); {
	case strings.HasPrefix(id, hugeID):
		return strings.Repeat(text+" ", 900_000/len(text))
	case sum%200 == 0:
		return strings.Repeat(text+" ", 300_000/len(text))
	case sum%20 == 0:
		return strings.Repeat(text+" ", 200)
	}
	return text
}

// hugeID is of items whose texts together are more than one buffer takes.
const hugeID = "huge"

func discount(who, id string) int32 { return int32(soakSum(who+"#"+id) % 1_000_000) }

func soakSum(text string) uint32 {
	sum := fnv.New32a()
	_, _ = io.WriteString(sum, text) // never fails
	return sum.Sum32()
}

// pause waits; it reports false if ctx ended first.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// soakBackend is a server that can be stopped and started again at its address.
type soakBackend struct {
	serve   func(ctx context.Context, l net.Listener) (stop func())
	address string
	stop    func()
}

func startSoakBackend(t *testing.T, serve func(context.Context, net.Listener) func()) *soakBackend {
	t.Helper()
	b := &soakBackend{serve: serve, address: "127.0.0.1:0"}
	b.start(t)
	return b
}

func (b *soakBackend) start(t *testing.T) {
	t.Helper()
	var l net.Listener
	until(t, "an address that is free again", func() (ok bool) {
		var err error
		l, err = net.Listen("tcp", b.address)
		return err == nil
	})
	b.address = l.Addr().String()
	ctx, cancel := context.WithCancel(context.Background())
	end := b.serve(ctx, l)
	b.stop = func() { cancel(); end() }
}

// serveHTTP returns what serves a handler; the context of its requests ends
// with the server, WebSockets' too.
func serveHTTP(h http.Handler) func(context.Context, net.Listener) func() {
	return func(ctx context.Context, l net.Listener) func() {
		server := &http.Server{Handler: h, BaseContext: func(net.Listener) context.Context { return ctx }}
		go func() { _ = server.Serve(l) }() // ends with Close
		return func() { _ = server.Close() }
	}
}

// soakSubgraph is a GraphQL subgraph of items with events over WebSocket and SSE.
type soakSubgraph struct {
	*soakEvents
	field string // of the subscription
}

// soakEvents numbers and counts the streams of all backends.
type soakEvents struct {
	serial, open, sockets atomic.Int64
	calm                  atomic.Bool // nothing fails any more
}

// play sends the events of one stream until somebody ends it: numbered, now and
// then a burst, about every hundredth time the end. It returns false if the
// stream is to break.
func (e *soakEvents) play(ctx context.Context, send func(stream, n int64) error) bool {
	e.open.Add(1)
	defer e.open.Add(-1)
	stream := e.serial.Add(1)
	burst := 0
	for n := int64(0); ; n++ {
		if burst--; burst <= 0 {
			if !pause(ctx, time.Duration(rand.IntN(8000))*time.Microsecond) {
				return true
			}
			if rand.IntN(25) == 0 {
				burst = rand.IntN(150)
			}
		}
		if ctx.Err() != nil || send(stream, n) != nil {
			return true
		}
		switch rand.IntN(400) {
		case 0:
			return true
		case 1:
			return false
		}
	}
}

// event is one event's data. The item's id says for whom it is.
func (s *soakSubgraph) event(topic, who, init string, stream, n int64) string {
	return fmt.Sprintf(`{"data":{%q:{"topic":%q,"stream":"%d","n":%d,"who":%q,"init":%q,"item":{"id":"%s.%s.%d","name":%q}}}}`,
		s.field, topic, stream, n, who, init, who, topic, n, said("name", who, fmt.Sprintf("%s.%s.%d", who, topic, n)))
}

type soakRequest struct {
	Variables struct {
		ID, Topic       string
		Representations []struct{ ID string }
	}
}

func (s *soakSubgraph) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	who := r.Header.Get("Authorization")
	if websocket.IsWebSocketUpgrade(r) {
		s.socket(w, r, who)
		return
	}
	text, err := io.ReadAll(r.Body)
	var body soakRequest
	if err != nil || json.Unmarshal(text, &body) != nil {
		return // weft gave up in the middle
	}
	if strings.Contains(r.Header.Get("Accept"), "text/event-stream") {
		w.Header().Set("Content-Type", "text/event-stream")
		ok := s.play(r.Context(), func(stream, n int64) error {
			if _, err := fmt.Fprintf(w, "event: next\ndata: %s\n\n", s.event(body.Variables.Topic, who, "", stream, n)); err != nil {
				return err
			}
			return http.NewResponseController(w).Flush()
		})
		if !ok {
			panic(http.ErrAbortHandler)
		}
		_, _ = io.WriteString(w, "event: complete\ndata:\n\n") // weft may have gone
		return
	}
	one := func(id string) string {
		return fmt.Sprintf(`{"__typename":"Item","id":%q,"name":%q}`, id, said("name", who, id))
	}
	var list, entities []string
	for i := range 5 {
		list = append(list, one(fmt.Sprintf("%s.%d", body.Variables.ID, i)))
	}
	for _, rep := range body.Variables.Representations {
		entities = append(entities, one(rep.ID))
	}
	s.answer(w, r, fmt.Sprintf(`{"data":{"item":%s,"touch":%s,"items":[%s],"_entities":[%s]}}`,
		one(body.Variables.ID), one(body.Variables.ID), strings.Join(list, ","), strings.Join(entities, ",")))
}

// answer sends a body, most of the time.
func (e *soakEvents) answer(w http.ResponseWriter, r *http.Request, body string) {
	w.Header().Set("Content-Type", "application/json")
	chance := rand.IntN(150)
	if e.calm.Load() {
		chance = 149
	}
	switch chance {
	case 0:
		http.Error(w, `{"secret":"stack trace"}`, http.StatusInternalServerError)
	case 1:
		panic(http.ErrAbortHandler) // hangs up
	case 2:
		w.Header().Set("Content-Length", fmt.Sprint(len(body)+1))
		_, _ = io.WriteString(w, body) // the gateway may have gone, here and below
	case 3:
		<-r.Context().Done() // stalls
		panic(http.ErrAbortHandler)
	case 4:
		_, _ = io.WriteString(w, body[:len(body)/2])
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
		panic(http.ErrAbortHandler)
	case 5:
		w.Header().Set("Connection", "close")
		_, _ = io.WriteString(w, body)
	case 6, 7, 8:
		pause(r.Context(), time.Duration(rand.IntN(50))*time.Millisecond)
		_, _ = io.WriteString(w, body)
	case 9:
		_, _ = io.WriteString(w, body[:len(body)/2])
		_ = http.NewResponseController(w).Flush()
		_, _ = io.WriteString(w, body[len(body)/2:])
	default:
		_, _ = io.WriteString(w, body)
	}
}

// socket serves graphql-transport-ws.
func (s *soakSubgraph) socket(w http.ResponseWriter, r *http.Request, who string) {
	upgrader := websocket.Upgrader{Subprotocols: []string{"graphql-transport-ws"}}
	ws, err := upgrader.Upgrade(w, r, nil)
	if err != nil {
		return // the answer is written
	}
	s.sockets.Add(1)
	defer s.sockets.Add(-1)
	ctx, cancel := context.WithCancel(r.Context())
	var streams sync.WaitGroup
	defer streams.Wait()
	defer cancel()
	context.AfterFunc(ctx, func() { _ = ws.Close() }) // ends the reading below
	var writing sync.Mutex
	write := func(text string) error {
		writing.Lock()
		defer writing.Unlock()
		return ws.WriteMessage(websocket.TextMessage, []byte(text))
	}
	init, running := "", map[string]context.CancelFunc{}
	for {
		var m struct {
			Type, ID string
			Payload  struct {
				Tag string
				soakRequest
			}
		}
		if ws.ReadJSON(&m) != nil {
			return
		}
		switch m.Type {
		case "connection_init":
			init = m.Payload.Tag
			if rand.IntN(10) == 0 {
				pause(ctx, 20*time.Millisecond)
			}
			_ = write(`{"type":"connection_ack"}`) // a broken connection cannot be read either, here and below
		case "ping":
			_ = write(`{"type":"pong"}`)
		case "complete":
			if stop := running[m.ID]; stop != nil {
				stop()
			}
		case "subscribe":
			one, stop := context.WithCancel(ctx)
			running[m.ID] = stop
			streams.Go(func() { // ends with the stream or the connection
				defer stop()
				ok := s.play(one, func(stream, n int64) error {
					return write(fmt.Sprintf(`{"id":%q,"type":"next","payload":%s}`, m.ID, s.event(m.Payload.Variables.Topic, who, init, stream, n)))
				})
				switch {
				case one.Err() != nil:
				case ok:
					_ = write(fmt.Sprintf(`{"id":%q,"type":"complete"}`, m.ID))
				case rand.IntN(2) == 0:
					_ = write(fmt.Sprintf(`{"id":%q,"type":"error","payload":[{"message":"secret"}]}`, m.ID))
				default:
					_ = ws.Close()
				}
			})
		}
	}
}

// soakREST answers one by one and many at once.
func soakREST(e *soakEvents) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		who := r.Header.Get("Authorization")
		what, id, _ := strings.Cut(r.URL.Path[1:], "/")
		text, err := io.ReadAll(r.Body)
		switch {
		case err != nil:
			return
		case strings.HasPrefix(what, "many"):
			var ids, list []string
			if json.Unmarshal(text, &ids) != nil {
				w.WriteHeader(http.StatusBadRequest)
				return
			}
			for _, id := range ids {
				list = append(list, fmt.Sprintf(`{"id":%q,"price":%q}`, id, said("price", who, id)))
			}
			e.answer(w, r, "["+strings.Join(list, ",")+"]")
			return
		case what == "orders":
			var order struct{ ID string }
			if json.Unmarshal(text, &order) != nil {
				w.WriteHeader(http.StatusBadRequest)
				return
			}
			what, id = "order", order.ID
		}
		e.answer(w, r, fmt.Sprintf(`{"text":%q}`, said(strings.TrimRight(what, "2"), who, id)))
	})
}

// soakOffers is a gRPC service whose streams count in discount; valid_until
// names them.
type soakOffers struct {
	pricingpb.UnimplementedPricingServer
	*soakEvents
	alive context.Context // of the server
}

func serveOffers(e *soakEvents) func(context.Context, net.Listener) func() {
	return func(ctx context.Context, l net.Listener) func() {
		server := grpc.NewServer()
		pricingpb.RegisterPricingServer(server, &soakOffers{soakEvents: e, alive: ctx})
		reflection.Register(server)
		go func() { _ = server.Serve(l) }() // ends with Stop
		return server.Stop
	}
}

func asker(ctx context.Context) string {
	md, _ := metadata.FromIncomingContext(ctx)
	return strings.Join(md.Get("authorization"), "+")
}

// BatchGetOffers fails now and then.
func (s *soakOffers) BatchGetOffers(ctx context.Context, r *pricingpb.BatchGetOffersRequest) (*pricingpb.BatchGetOffersResponse, error) {
	chance := rand.IntN(100)
	if s.calm.Load() {
		chance = 99
	}
	switch chance {
	case 0:
		return nil, status.Error(codes.Internal, "secret")
	case 1:
		return nil, status.Error(codes.Unavailable, "secret")
	case 2:
		<-ctx.Done() // stalls
		return nil, ctx.Err()
	case 3:
		pause(ctx, 20*time.Millisecond)
	}
	who, answer := asker(ctx), &pricingpb.BatchGetOffersResponse{}
	for _, id := range r.GetProductIds() {
		answer.Offers = append(answer.Offers, &pricingpb.Offer{ProductId: id, Discount: discount(who, id)})
	}
	return answer, nil
}

// WatchOffer plays a stream.
func (s *soakOffers) WatchOffer(r *pricingpb.WatchOfferRequest, out grpc.ServerStreamingServer[pricingpb.Offer]) error {
	who := asker(out.Context())
	ok := s.play(out.Context(), func(stream, n int64) error {
		return out.Send(&pricingpb.Offer{ProductId: fmt.Sprintf("%s.%s.%d", who, r.GetProductId(), n), Discount: int32(n), ValidUntil: &timestamppb.Timestamp{Seconds: stream}})
	})
	if !ok {
		return status.Error(codes.Aborted, "secret")
	}
	return nil
}
