package weft

import (
	"testing"
)

type closing chan struct{}

func (c closing) Close() { close(c) }

// TestKeptOpensAside gives a part back while another one takes its time to open.
func TestKeptOpensAside(t *testing.T) {
	var k kept[closing]
	open := func() (closing, error) { return make(closing), nil }
	first, release, err := k.acquire("a", open)
	if err != nil {
		t.Fatal(err)
	}
	if again, releaseAgain, _ := k.acquire("a", open); again != first {
		t.Error("equal settings have two parts")
	} else {
		releaseAgain()
	}
	_, releaseOther, err := k.acquire("b", func() (closing, error) {
		release()
		release() // once is enough
		<-first
		return open()
	})
	if err != nil {
		t.Fatal(err)
	}
	releaseOther()
	if len(k.parts) > 0 {
		t.Errorf("%d parts are left", len(k.parts))
	}
}
