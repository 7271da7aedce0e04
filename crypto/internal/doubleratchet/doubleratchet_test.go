package doubleratchet

import (
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"math"
	"testing"

	"conclave/crypto/seal"
)

// root is any derivation of three keys.
func root(rk, dh [32]byte, extra []byte, mix uint32) (next, chain, header [32]byte) {
	of := func(use byte) [32]byte {
		return sha256.Sum256(fmt.Appendf(nil, "%d %x %x %x %d", use, rk, dh, extra, mix))
	}
	return of(0), of(1), of(2)
}

func pair(t *testing.T) (a, b State) {
	t.Helper()
	spk, err := seal.NewDHKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	own, err := NewKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	a, err = Initiator(root, [32]byte{1}, [32]byte{2}, [32]byte{3}, spk.Public(), own)
	if err != nil {
		t.Fatal(err)
	}
	return a, Responder([32]byte{1}, [32]byte{2}, [32]byte{3}, KeyOf(spk))
}

func TestHeaderKeysAndSeedsAgreeAcrossTurns(t *testing.T) {
	a, b := pair(t)
	from, to := &a, &b
	for turn := range 6 {
		if from.Due {
			next, err := from.Turn(rand.Reader, root, nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			*from = next
		}
		if from.Send.Header != to.NextRecv {
			t.Fatalf("turn %d: header keys differ", turn)
		}
		sent, h, want, err := from.Advance()
		if err != nil {
			t.Fatal(err)
		}
		before := fmt.Sprintf("%+v", *to)
		received, got, err := to.Next(root, h, nil, 0, 1)
		if err != nil || got != want {
			t.Fatalf("turn %d: got %x, %v, want %x", turn, got, err, want)
		}
		if after := fmt.Sprintf("%+v", *to); after != before {
			t.Fatalf("turn %d changed the state it began from", turn)
		}
		*from, *to = sent, received
		from, to = to, from
	}
}

func TestTurnsOutOfTurnAreRefused(t *testing.T) {
	a, b := pair(t)
	if _, err := a.Turn(rand.Reader, root, nil, 0); !errors.Is(err, ErrTurn) {
		t.Errorf("sending half not due: got %v, want %v", err, ErrTurn)
	}
	if _, _, _, err := b.Advance(); !errors.Is(err, ErrNoChain) {
		t.Errorf("no sending chain: got %v, want %v", err, ErrNoChain)
	}
	_, h, _, err := a.Advance()
	if err != nil {
		t.Fatal(err)
	}
	b, _, err = b.Next(root, h, nil, 0, 1)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := b.Next(root, h, nil, 0, 1); !errors.Is(err, ErrTurn) {
		t.Errorf("a second key before we answered the first: got %v, want %v", err, ErrTurn)
	}
}

func TestNumbersDoNotWrap(t *testing.T) {
	a, b := pair(t)
	a.Send.N = math.MaxUint32
	if _, _, _, err := a.Advance(); !errors.Is(err, ErrExhausted) {
		t.Errorf("sending beyond the last number: got %v, want %v", err, ErrExhausted)
	}
	b.Recv = Chain{Index: 1, N: math.MaxUint32 - 1}
	if _, _, err := b.Current(math.MaxUint32, 0, 1); !errors.Is(err, ErrExhausted) {
		t.Errorf("receiving the last number: got %v, want %v", err, ErrExhausted)
	}
	for name, h := range map[string]Header{
		"long previous chain": {PN: math.MaxUint32, N: 1},
		"long new chain":      {N: math.MaxUint32},
		"both":                {PN: MaxSkip, N: 1},
	} {
		b.Recv = Chain{Index: 1}
		if _, _, err := b.Next(root, h, nil, 0, 1); !errors.Is(err, ErrTooFarAhead) {
			t.Errorf("%s: got %v, want %v", name, err, ErrTooFarAhead)
		}
	}
}

func TestKeptKeysAreBounded(t *testing.T) {
	var kept []Kept
	for chain := range uint32(8) {
		keys := make([]Missing, 300)
		for i := range keys {
			keys[i] = Missing{N: uint32(i), Expires: int64(10 * (chain + 1))}
		}
		kept = keep(kept, Chain{Index: chain + 1}, keys, 0)
		if n, chains := count(kept), len(kept); n > MaxKept || chains > MaxKeptChains {
			t.Fatalf("after chain %d: got %d keys of %d chains, want at most %d of %d", chain+1, n, chains, MaxKept, MaxKeptChains)
		}
	}
	if got, want := kept[0].Index, uint32(4); got != want {
		t.Errorf("oldest chain: got %d, want %d", got, want)
	}
	kept = keep(kept, Chain{Index: 8}, make([]Missing, 700), 0)
	if got, want := len(kept[0].Keys), 100; count(kept) != MaxKept || got != want {
		t.Errorf("oldest chain after an overflow: got %d of %d keys, want %d of %d", got, count(kept), want, MaxKept)
	}
	s := State{Kept: kept}.Expire(60)
	if got, want := s.Kept[0].Index, uint32(7); got != want {
		t.Errorf("oldest chain after expiry: got %d, want %d", got, want)
	}
	if len(kept) != MaxKeptChains {
		t.Errorf("expiry changed the state it began from: %d chains, want %d", len(kept), MaxKeptChains)
	}
	if s = s.Expire(math.MaxInt64); len(s.Kept) != 0 {
		t.Errorf("kept chains after all expired: got %d, want 0", len(s.Kept))
	}
}

func TestAKeyThatWasKeptIsUsedOnceAndInTime(t *testing.T) {
	a, b := pair(t)
	var heads []Header
	var seeds [][32]byte
	for range 3 {
		next, h, seed, err := a.Advance()
		if err != nil {
			t.Fatal(err)
		}
		a, heads, seeds = next, append(heads, h), append(seeds, seed)
	}
	const expires = 100
	b, got, err := b.Next(root, heads[2], nil, 0, expires)
	if err != nil || got != seeds[2] || len(b.Kept) != 1 {
		t.Fatalf("the third message first: got %x, %v with %d chains kept, want %x and one", got, err, len(b.Kept), seeds[2])
	}
	if _, _, err := b.FromKept(0, 1, expires); !errors.Is(err, ErrReplay) {
		t.Errorf("a key whose time has come: got %v, want %v", err, ErrReplay)
	}
	after, got, err := b.FromKept(0, 1, expires-1)
	if err != nil || got != seeds[1] {
		t.Fatalf("the second message: got %x, %v, want %x", got, err, seeds[1])
	}
	if _, _, err := after.FromKept(0, 1, expires-1); !errors.Is(err, ErrReplay) {
		t.Errorf("the second message again: got %v, want %v", err, ErrReplay)
	}
	if _, got, err := after.FromKept(0, 0, expires-1); err != nil || got != seeds[0] {
		t.Errorf("the first message: got %x, %v, want %x", got, err, seeds[0])
	}
}

func TestAJumpHasABound(t *testing.T) {
	a, b := pair(t)
	_, h, _, err := a.Advance()
	if err != nil {
		t.Fatal(err)
	}
	if b, _, err = b.Next(root, h, nil, 0, 1); err != nil {
		t.Fatal(err)
	}
	if _, _, err := b.Current(b.Recv.N+MaxSkip, 0, 1); err != nil {
		t.Errorf("a jump over %d keys: got %v, want it done", MaxSkip, err)
	}
	if _, _, err := b.Current(b.Recv.N+MaxSkip+1, 0, 1); !errors.Is(err, ErrTooFarAhead) {
		t.Errorf("a jump over %d keys: got %v, want %v", MaxSkip+1, err, ErrTooFarAhead)
	}
}
