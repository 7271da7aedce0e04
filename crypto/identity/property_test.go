package identity

import (
	"bytes"
	"errors"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// grow appends a random valid entry to the owner's log and returns it.
func (o *owner) grow(t *rapid.T, day int) Signed {
	e := o.log.Next(days(day))
	by := []Signer{o.aik.Previous()}
	switch rapid.SampledFrom([]string{"renew", "add", "revoke", "mailboxes", "key", "recover", "commit", "commit alone"}).Draw(t, "op") {
	case "add":
		if len(e.Devices) < MaxDevices {
			k, err := NewDeviceKeys(o.rand)
			if err != nil {
				t.Fatal(err)
			}
			e.Devices = append(e.Devices, k.Device(o.acct, []byte("peer"), Flags(rapid.IntRange(0, 1).Draw(t, "flags")), days(day)))
		}
	case "revoke":
		if len(e.Devices) > 0 {
			i := rapid.IntRange(0, len(e.Devices)-1).Draw(t, "device")
			e.Devices = slices.Delete(e.Devices, i, i+1)
		}
	case "mailboxes":
		e.Mailboxes = rapid.SliceOfN(rapid.StringN(1, 20, 40), 0, 3).Draw(t, "mailboxes")
	case "key":
		fresh := o.newAIK()
		e.AIK, by = fresh.Public(), append(by, fresh.New())
		o.aik = fresh
	case "recover":
		fresh := o.newAIK()
		e.AIK, by = fresh.Public(), []Signer{o.rk.Recovery(), fresh.New()}
		o.aik = fresh
	case "commit":
		by = append(by, o.rk.Recovery())
		o.rk = o.newRK()
		c := o.rk.Commit()
		e.RecCommit = &c
	case "commit alone":
		o.rk = o.newRK()
		c := o.rk.Commit()
		e.RecCommit = &c
	}
	s := e.Sign(by...)
	if got, err := o.log.Extend(s, days(day)); err != nil || got != Extended {
		t.Fatalf("valid entry: got %v, %v, want %v", got, err, Extended)
	}
	return s
}

func TestValidHistoriesExtendAndNoByteCanChange(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		o := newOwner(t, rapid.Byte().Draw(rt, "seed"))
		contact := o.contact(t)
		for day := range rapid.IntRange(1, 6).Draw(rt, "entries") {
			before := contact.Pin()
			s := o.grow(rt, day)
			raw := s.Encode()
			back, err := DecodeSigned(raw)
			if err != nil || !bytes.Equal(back.Encode(), raw) {
				rt.Fatalf("decode then encode: %v", err)
			}
			bad := bytes.Clone(raw)
			bad[rapid.IntRange(0, len(bad)-1).Draw(rt, "byte")] ^= 1 << rapid.IntRange(0, 7).Draw(rt, "bit")
			if forged, err := DecodeSigned(bad); err == nil {
				if _, err := contact.Extend(forged, days(day)); err == nil || contact.Pin() != before {
					rt.Fatalf("a changed byte is accepted")
				}
			}
			if got, err := contact.Extend(back, days(day)); err != nil || got != Extended {
				rt.Fatalf("contact: got %v, %v, want %v", got, err, Extended)
			}
		}
		whole, err := Verify(o.log.From(0), day0)
		if err != nil || whole.Pin() != o.log.Pin() || contact.Pin() != o.log.Pin() {
			rt.Fatalf("heads: got %v, %v and %v, want %v", whole.Pin(), err, contact.Pin(), o.log.Pin())
		}
	})
}

// TestBranchesMeetInAnyOrder grows branches from one trunk, softly, hard and by recovery, and merges them into two logs in
// two orders: both come to the same head, or one of them reports a fork.
func TestBranchesMeetInAnyOrder(t *testing.T) {
	met := map[bool]int{}
	rapid.Check(t, func(rt *rapid.T) {
		o := newOwner(t, rapid.Byte().Draw(rt, "seed"))
		o.grow(rt, 1)
		var branches [][]Signed
		for i := range rapid.IntRange(2, 4).Draw(rt, "branches") {
			twin := *o
			twin.log = o.contact(t)
			from := twin.log.Pin().Seq + 1
			for day := range rapid.IntRange(1, 3).Draw(rt, "length") {
				if rapid.Bool().Draw(rt, "soft") {
					extend(t, twin.log, twin.edit(days(2+day), func(e *Entry) { e.HLC += uint64(i) }), days(2+day), Extended)
				} else {
					twin.grow(rt, 2+day)
				}
			}
			branches = append(branches, twin.log.From(from))
		}
		order := rapid.Permutation(branches).Draw(rt, "order")
		one, two := o.contact(t), o.contact(t)
		forkOne, forkTwo := mergeAll(rt, one, branches), mergeAll(rt, two, order)
		if !forkOne && !forkTwo && one.Pin() != two.Pin() {
			rt.Fatalf("heads: got %x and %x without a fork reported", one.Pin().Hash, two.Pin().Hash)
		}
		if forkOne != forkTwo && len(branches) == 2 {
			rt.Fatalf("fork reported: got %v and %v, want the same", forkOne, forkTwo)
		}
		met[forkOne]++
	})
	if met[true] == 0 || met[false] == 0 {
		t.Errorf("got %d forks and %d peaceful merges, want both", met[true], met[false])
	}
}

// mergeAll merges until nothing changes, as peers that meet again and again do, and reports whether a fork showed.
func mergeAll(t *rapid.T, l *Log, branches [][]Signed) (forked bool) {
	for range branches {
		for _, b := range branches {
			_, err := l.Merge(b, days(6))
			switch {
			case errors.Is(err, ErrFork):
				forked = true
			case err != nil && !errors.Is(err, ErrSuperseded):
				t.Fatalf("Merge: %v", err)
			}
		}
	}
	if _, err := Verify(l.From(0), day0); err != nil {
		t.Fatalf("the merged log does not verify: %v", err)
	}
	return forked
}
