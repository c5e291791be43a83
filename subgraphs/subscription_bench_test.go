package subgraphs

import (
	"runtime"
	"strconv"
	"testing"
)

// BenchmarkEvents measures one event through a WebSocket to one subscriber.
func BenchmarkEvents(b *testing.B) {
	events := make(chan int)
	url := peers(b, func(p *peer) {
		p.greet()
		id := p.expect("subscribe").ID
		for n := range events {
			for range n {
				p.next(id, `{"data":{"reviewAdded":{"id":"r1","body":"Solid oak, solid table.","product":{"id":"1"}}}}`)
			}
		}
		p.closed()
	})
	source := newStreams(b, ws(url, SubscriptionOptions{}))
	stream := subscribe(b, source, watch1, &Request{})
	res := Response{Body: make([]byte, 0, 1024)}
	b.ReportAllocs()
	b.ResetTimer()
	events <- b.N
	for range b.N {
		res.Body = res.Body[:0]
		if err := stream.Next(b.Context(), &res); err != nil {
			b.Fatal(err)
		}
	}
	b.StopTimer()
	close(events)
}

// BenchmarkFanOut measures one event of a shared upstream to 500 subscribers.
func BenchmarkFanOut(b *testing.B) {
	const listeners = 500
	u := &upstream{hub: &hub{options: SubscriptionOptions{}.withDefaults()}}
	u.room.L = &u.mu
	var all []*listener
	for range listeners {
		all = append(all, u.add())
	}
	payload := []byte(`{"data":{"reviewAdded":{"id":"r1"}}}`)
	var res Response
	b.ReportAllocs()
	for b.Loop() {
		u.event(payload, alone{})
		for _, l := range all {
			res.Body = res.Body[:0]
			if err := l.Next(b.Context(), &res); err != nil {
				b.Fatal(err)
			}
		}
	}
}

// BenchmarkIdle reports the memory of an idle subscription, at both ends of its
// WebSockets, of which there is one for 100.
func BenchmarkIdle(b *testing.B) {
	const streams = 2000
	url := peers(b, func(p *peer) {
		p.greet()
		p.closed()
	})
	source := newStreams(b, ws(url, SubscriptionOptions{}))
	for b.Loop() {
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		var open []Stream
		for i := range streams {
			open = append(open, subscribe(b, source, watch1, values(strconv.Itoa(i))))
		}
		runtime.GC()
		runtime.ReadMemStats(&after)
		b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc+after.StackInuse-before.StackInuse)/streams, "B/stream")
		for _, stream := range open {
			closeStream(b, stream)
		}
	}
}
