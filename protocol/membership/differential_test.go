package membership

import (
	"bytes"
	"errors"
	"os"
	"testing"
)

func isStanding(err error) bool { return errors.Is(err, ErrStanding) }

// TestTwoResolversAgree compares the resolver with the one in reference_test.go, a plain and slow one of another shape.
func TestTwoResolversAgree(t *testing.T) {
	histories := 2_000
	if os.Getenv("CONCLAVE_NIGHTLY") == "1" {
		histories = 100_000
	}
	for seed := range histories / rarely {
		h := newHistory(t, uint64(seed), 10+seed%50)
		if !agree(h) {
			dump(t, h.g)
			t.Fatalf("seed %d, %d steps", seed, 10+seed%50)
		}
	}
}

// agree reports whether both resolvers say the same of a history, and of messages in it.
func agree(h *history) bool {
	ops := append(h.g.Ops(), h.refused...)
	w := newRefWorld(ops)
	all := map[ID]bool{}
	for _, op := range ops {
		all[op.ID] = true
	}
	got, want := h.g.Resolve(), w.view(all)
	before := h.t.Failed()
	for _, op := range ops {
		if g, r := h.g.Valid(op.ID), want.valid(op); g != r {
			h.t.Errorf("%T %x by %d: valid %v, reference %v", op.Body, op.ID[:3], op.Author.Account[1]-1, g, r)
		}
	}
	roles := want.roles()
	for i := range h.accounts {
		if g, r := got.Role(account(i)), roles[account(i)]; g != r {
			h.t.Errorf("role of %d: got %d, reference %d", i, g, r)
		}
	}
	if g, r := got.Len(), len(roles); g != r {
		h.t.Errorf("members: got %d, reference %d", g, r)
	}
	if g, r := got.Policy(), want.policy(); g != r {
		h.t.Errorf("policy: got %+v, reference %+v", g, r)
	}
	if g, r := got.Topic(), want.topic(); g != r {
		h.t.Errorf("topic: got %x, reference %x", g, r)
	}
	for _, k := range []FieldKey{Name, Description} {
		if g, r := got.Meta(k), want.meta(k); !bytes.Equal(g, r) {
			h.t.Errorf("field %d: got %x, reference %x", k, g, r)
		}
	}
	for range 5 {
		m := h.message()
		g, err := h.g.Shown(m)
		if err != nil {
			h.t.Fatal(err)
		}
		if r := w.shown(want, m); g != r {
			h.t.Errorf("message %+v shown: got %v, reference %v", m.Mark, g, r)
		}
	}
	return before || !h.t.Failed()
}

// message is one that somebody may have sent.
func (h *history) message() Message {
	i := h.IntN(h.accounts)
	return Message{Heads: h.view(), Account: account(i), Mark: mark(author(i, h.IntN(2)), uint64(1+h.IntN(2)), uint32(h.IntN(4)))}
}
