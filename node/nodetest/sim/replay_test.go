package sim

import (
	"crypto/sha256"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"testing"
	"testing/cryptotest"
	"testing/synctest"
	"time"

	"conclave/node/nodetest/wire"
	"conclave/protocol"
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

// replay tells one story with keys that follow from the seed, on one processor. See the package comment for what is left to chance.
func replay(t *testing.T, seed uint64) *trace {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	tr := &trace{}
	cryptotest.SetGlobalRandom(t, seed)
	people := peopleOf(t, seed)
	cryptotest.SetGlobalRandom(t, seed)
	synctest.Test(t, func(t *testing.T) { tell(t, seed, overWire{tr.of(wire.New(seed, weather(seed)))}, people) })
	return tr
}

// begin has the people of a seed meet, and returns who they are and what arrived until then.
func begin(t *testing.T, seed uint64) (people []protocol.Account, tr *trace) {
	tr = &trace{}
	cryptotest.SetGlobalRandom(t, seed)
	synctest.Test(t, func(t *testing.T) {
		s := &story{world: newWorld(t, overWire{tr.of(wire.New(seed, weather(seed)))})}
		if err := s.acquaint(draw(Plan{Seed: seed}.chance())); err != nil {
			t.Error(err)
		}
		for _, p := range s.people {
			people = append(people, p.acct)
		}
		if err := s.close(); err != nil {
			t.Error(err)
		}
	})
	return people, tr
}

func TestASeedMakesTheSameWorld(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	hashes := map[string]bool{}
	for seed := range uint64(4) {
		who, one := begin(t, seed)
		again, two := begin(t, seed)
		if len(who) < 3 || !slices.Equal(who, again) {
			t.Errorf("seed %d: got the people %v, then %v, want the same", seed, who, again)
		}
		if one.String() != two.String() || len(one.frames) == 0 {
			t.Errorf("seed %d: got %v, then %v, want the same", seed, one, two)
		}
		hashes[one.String()] = true
	}
	if len(hashes) != 4 {
		t.Errorf("4 seeds: got %d different traces, want 4", len(hashes))
	}
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
