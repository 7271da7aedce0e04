package sim

import (
	"crypto/sha256"
	"fmt"
	"sync"
	"testing"
	"time"

	"conclave/node/nodetest/wire"
)

// trace is what arrived anywhere, in order.
type trace struct {
	mu     sync.Mutex
	frames []wire.Frame
}

// of has the frames of a network noted.
func (tr *trace) of(n *wire.Net) *wire.Net {
	n.Tap = func(f wire.Frame) {
		tr.mu.Lock()
		defer tr.mu.Unlock()
		tr.frames = append(tr.frames, f)
	}
	return n
}

// String tells how many frames there were, and what two equal traces have in common.
func (tr *trace) String() string {
	h := sha256.New()
	for _, f := range tr.frames {
		fmt.Fprintf(h, "%d %d %d %s %d\n", f.At.UnixNano(), f.From, f.To, f.Kind, f.Bytes)
	}
	return fmt.Sprintf("%d frames, hash %x", len(tr.frames), h.Sum(nil)[:8])
}

func TestATraceTellsFramesApart(t *testing.T) {
	began := time.Unix(1_800_000_000, 0)
	seen := map[string]wire.Frame{}
	for _, f := range []wire.Frame{
		{At: began, From: 1, To: 2, Kind: "a", Bytes: 3}, {At: began.Add(1), From: 1, To: 2, Kind: "a", Bytes: 3},
		{At: began, From: 2, To: 1, Kind: "a", Bytes: 3}, {At: began, From: 1, To: 2, Kind: "", Bytes: 3}, {At: began, From: 1, To: 2, Kind: "a", Bytes: 4},
	} {
		tr := &trace{}
		tr.of(&wire.Net{}).Tap(f)
		if other, ok := seen[tr.String()]; ok {
			t.Errorf("traces of %v and %v: got the same", f, other)
		}
		seen[tr.String()] = f
	}
}
