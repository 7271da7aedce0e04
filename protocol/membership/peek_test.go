package membership

import (
	"errors"
	"testing"
)

func TestTheIDIsReadWithoutAKey(t *testing.T) {
	g, _ := goldenHistory(t)
	for _, op := range g.Ops() {
		if got, err := IDOf(op.Encode()); err != nil || got != op.ID {
			t.Errorf("got %x, %v, want %x", got, err, op.ID)
		}
	}
	for name, raw := range map[string][]byte{"nothing": nil, "junk": {1, 2, 3}, "too long": make([]byte, MaxOp+1)} {
		if _, err := IDOf(raw); !errors.Is(err, ErrOp) {
			t.Errorf("%s: got %v, want %v", name, err, ErrOp)
		}
	}
}
