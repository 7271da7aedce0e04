package net

import (
	"context"
	"testing"
	"time"
)

func TestAGuestPutsAndIsNobody(t *testing.T) {
	var from PeerID
	taken := make(chan Put, 1)
	b := start(t, Config{}, Handlers{Receive: func(_ context.Context, p PeerID, puts []Put) []Code {
		from = p
		taken <- puts[0]
		codes := make([]Code, len(puts))
		for i := range codes {
			codes[i] = Stored
		}
		return codes
	}})
	g, err := NewGuest(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer g.Close()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := g.Connect(ctx, b.ID(), b.Addrs()); err != nil {
		t.Fatal(err)
	}
	lane, err := g.Lane(ctx, b.ID())
	if err != nil {
		t.Fatal(err)
	}
	p, err := lane.Put(ctx, Queue{1}, Token{2}, []byte("blob"))
	if err != nil {
		t.Fatal(err)
	}
	if code, err := p.Wait(ctx); code != Stored || err != nil {
		t.Fatalf("answer: got %d, %v, want stored", code, err)
	}
	if got := <-taken; string(got.Blob) != "blob" || from != g.host.ID() {
		t.Errorf("got %q of %s, want the blob of %s", got.Blob, from, g.host.ID())
	}
	if got := g.host.Addrs(); len(got) != 0 {
		t.Errorf("addresses: got %v, want none", got)
	}
	if _, err := b.Request(ctx, g.host.ID(), "identity", nil); err == nil {
		t.Error("a request to a guest: got an answer, want none")
	}
	other, err := NewGuest(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	if other.host.ID() == g.host.ID() {
		t.Error("two guests go by one name")
	}
}
