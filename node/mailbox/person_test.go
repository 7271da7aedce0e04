package mailbox

import (
	"bytes"
	"crypto/rand"
	"testing"
	"time"

	"conclave/crypto/canon"
	"conclave/crypto/identity"
	"conclave/crypto/seal"
	"conclave/protocol"
	"conclave/protocol/net"
)

// presented is what a node says of a new account that lives on a node.
func presented(t *testing.T, now time.Time, home string, intro byte) presentation {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	f, err := identity.NewAccount(rand.Reader, now, identity.Founding{PeerID: []byte(home)})
	must(err)
	spk, err := seal.NewDHKey(rand.Reader)
	must(err)
	lrk, err := seal.NewMLKEM1024(rand.Reader)
	must(err)
	hpk, err := seal.NewKEMKey(rand.Reader)
	must(err)
	pin := f.Log.Pin()
	b := identity.Bundle{
		Acct: f.Log.Account(), Dev: f.Device, IDSeq: pin.Seq, IDHash: pin.Hash, SPK: identity.DHPrekey{ID: 1, Key: spk.Public()},
		LRK: identity.KEMPrekey{ID: 1, Key: lrk.EncapsulationKey().Bytes()}, HPK: identity.KEMPrekey{ID: 1, Key: hpk.Public()}, IntroQueue: [32]byte{intro},
	}
	answer := struct {
		Bundle []byte `cbor:"0,keyasint"`
		OTK    []byte `cbor:"1,keyasint"`
	}{Bundle: b.Sign(f.Keys.DSK, now).Encode()}
	return presentation{Account: protocol.Account(f.Log.Account()), Chain: f.Log.From(0), Prekeys: canon.MustMarshal(answer)}
}

func (s *shelf) presents(from string, p presentation) error {
	_, err := s.Present(s.t.Context(), from, canon.MustMarshal(p))
	return err
}

func (s *shelf) tells(a protocol.Account) bool {
	s.t.Helper()
	raw, err := s.Person(s.t.Context(), "anybody", canon.MustMarshal(personRequest{a}))
	if err != nil {
		return false
	}
	answer, err := canon.Unmarshal[personAnswer](raw)
	return err == nil && len(answer.Chain) > 0 && len(answer.Prekeys) > 0
}

func TestAMailboxTellsOnlyWhatHolds(t *testing.T) {
	s := newShelf(t)
	p, other := presented(t, s.now, "owner", 7), presented(t, s.now, "owner", 8)
	foreign, cut, swapped := p, p, p
	foreign.Account = other.Account
	cut.Chain = p.Chain[:1]
	swapped.Prekeys = other.Prekeys
	for name, c := range map[string]struct {
		from string
		what presentation
	}{
		"another node's account":     {"thief", p},
		"the log of another":         {"owner", foreign},
		"a log without the device":   {"owner", cut},
		"the prekeys of another":     {"owner", swapped},
		"a node that is not welcome": {"stranger", presented(t, s.now, "stranger", 9)},
		"nothing":                    {"owner", presentation{Account: p.Account}},
	} {
		if err := s.presents(c.from, c.what); err == nil {
			t.Errorf("%s: got taken, want refused", name)
		}
	}
	if s.tells(p.Account) {
		t.Error("an account that nobody presented: got an answer, want none")
	}
	if err := s.presents("owner", p); err != nil {
		t.Fatal(err)
	}
	if !s.tells(p.Account) {
		t.Error("an account that was presented: got no answer, want its log and prekeys")
	}
	if err := s.presents("owner", p); err != nil {
		t.Errorf("presented again: got %v, want no error", err)
	}
	if got, want := s.kept(), (Kept{Mode: "contacts", Nodes: 1, Queues: 1, Most: MaxBytes}); got != want {
		t.Errorf("kept: got %+v, want %+v", got, want)
	}
	if _, err := s.Close(t.Context(), "owner", canon.MustMarshal(closeRequest{[]protocol.Queue{{7}}})); err != nil {
		t.Fatal(err)
	}
	if s.tells(p.Account) {
		t.Error("after its intro queue was closed: got an answer, want none")
	}
}

func TestAnIntroQueueTakesFewFirstMessagesOfASender(t *testing.T) {
	s := newShelf(t)
	if err := s.presents("owner", presented(t, s.now, "owner", 7)); err != nil {
		t.Fatal(err)
	}
	q := protocol.Queue{7}
	first := func(n, size int) []byte {
		b := bytes.Repeat([]byte{byte(n)}, size)
		b[0] = protocol.BlobPrekey
		return b
	}
	for name, blob := range map[string][]byte{
		"a message of a session": append([]byte{protocol.BlobSession}, make([]byte, 300)...),
		"too large a one":        first(1, protocol.MaxIntroBlob+1),
	} {
		if got := s.put(q, [16]byte{}, blob); got != net.Refused {
			t.Errorf("%s: got %d, want refused", name, got)
		}
	}
	if got := s.put(q, [16]byte{1}, first(1, 300)); got != net.Refused {
		t.Errorf("with a token: got %d, want refused", got)
	}
	got := map[net.Code]int{}
	for n := range introHour + 5 {
		got[s.put(q, [16]byte{}, first(n, 300))]++
	}
	if got[net.Stored] != introHour || got[net.Later] != 5 {
		t.Errorf("a flood of one sender: got %v, want %d stored and 5 later", got, introHour)
	}
	s.now = s.now.Add(time.Hour)
	if got := s.put(q, [16]byte{}, first(100, 300)); got != net.Stored {
		t.Errorf("an hour later: got %d, want stored", got)
	}
}
