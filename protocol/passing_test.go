package protocol_test

import (
	"bytes"
	"testing"
	"time"

	"conclave/protocol"
)

func TestPassingFactsAreBounded(t *testing.T) {
	signal := protocol.MemberSignal{Author: protocol.Account{1}, Signal: protocol.Signal{Kind: "typing", Body: make([]byte, protocol.MaxSignal)}}
	if _, err := protocol.DecodeMemberSignal(signal.Encode()); err != nil {
		t.Errorf("the largest signal: %v", err)
	}
	signal.Signal.Body = append(signal.Signal.Body, 0)
	if _, err := protocol.DecodeMemberSignal(signal.Encode()); err == nil {
		t.Error("a signal over the limit was read")
	}
	for count, ok := range map[int]bool{0: false, 1: true, protocol.CursorMembers: true, protocol.CursorMembers + 1: false} {
		c := protocol.MemberCursors{Cursors: make([]protocol.MemberCursor, count)}
		if _, err := protocol.DecodeMemberCursors(c.Encode()); (err == nil) != ok {
			t.Errorf("%d cursors: got %v, want taken: %v", count, err, ok)
		}
	}
}

func TestWhatWaitedIsNotFresh(t *testing.T) {
	now := time.UnixMilli(1_800_000_000_000)
	for off, want := range map[time.Duration]bool{0: true, 4 * time.Minute: true, -4 * time.Minute: true, 6 * time.Minute: false, -6 * time.Minute: false} {
		s := protocol.Signal{At: uint64(now.Add(off).UnixMilli())}
		if got := s.Fresh(now); got != want {
			t.Errorf("sent %v from now: got %v, want %v", off, got, want)
		}
	}
	if (protocol.Signal{At: 1 << 63}).Fresh(now) {
		t.Error("a signal of the end of time is fresh")
	}
}

func FuzzPassing(f *testing.F) {
	f.Add(protocol.MemberSignal{Author: protocol.Account{1}, Signal: protocol.Signal{Kind: "typing"}}.Encode())
	f.Add(protocol.MemberCursors{Cursors: make([]protocol.MemberCursor, 2)}.Encode())
	f.Fuzz(func(t *testing.T, in []byte) {
		if s, err := protocol.DecodeMemberSignal(in); err == nil && !bytes.Equal(s.Encode(), in) {
			t.Error("a signal has two encodings")
		}
		if c, err := protocol.DecodeMemberCursors(in); err == nil && !bytes.Equal(c.Encode(), in) {
			t.Error("cursors have two encodings")
		}
	})
}
