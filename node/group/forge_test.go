package group

import (
	"crypto/rand"
	"errors"
	"slices"
	"testing"
	"time"

	chain "conclave/crypto/group"
	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/event"
	"conclave/protocol/membership"
	"conclave/storage"
)

// forger seals as a device does, but as it likes.
func (p *person) forger(t *testing.T, log protocol.Log, cseq uint64) *chain.Sender {
	t.Helper()
	d, err := p.ring.Device(p.id)
	if err != nil {
		t.Fatal(err)
	}
	pin := p.chain.Pin()
	s, err := chain.NewSender(rand.Reader, p.w.now, chain.Origin{
		GID: log, Acct: p.id, Dev: p.dev, IDSeq: pin.Seq, IDHash: pin.Hash, CSeq: cseq,
	}, d.DSK)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// twinOf is a chain in the same state.
func twinOf(t *testing.T, s *chain.Sender) *chain.Sender {
	t.Helper()
	out, err := chain.UnmarshalSender(s.Marshal())
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// forge seals an event of a person, changed by edit.
func (p *person) forge(t *testing.T, s *chain.Sender, log protocol.Log, text string, edit func(*protocol.Header)) []byte {
	t.Helper()
	body, err := event.Encode(event.MessageSent{Content: text})
	if err != nil {
		t.Fatal(err)
	}
	var heads []protocol.EventID
	p.view(func(tx feature.Tx) (err error) { heads, err = p.Heads(tx, log); return err })
	h := protocol.Header{Log: log, Kind: event.MessageSent{}.Kind(), Author: p.id, Device: p.dev, Ord: 1, HLC: uint64(p.w.now.UnixMilli()) << 16, Heads: heads}
	edit(&h)
	e, err := protocol.NewEvent(rand.Reader, h, body)
	if err != nil {
		t.Fatal(err)
	}
	m, err := s.Seal(rand.Reader, [][32]byte{heads[0]}, e.ID, e.Encode())
	if err != nil {
		t.Fatal(err)
	}
	return m.Encode()
}

func same(*protocol.Header) {}

func (s *site) accept(from *person, d chain.KeyDist) error {
	return s.try(func(tx feature.Tx) error { return s.Accept(tx, from.id, from.dev, d.Encode()) })
}

func TestAChainIsTakenFromItsDeviceAlone(t *testing.T) {
	w := newWorld(t, "a", "b", "c")
	ana, ben, eve := w.person(0), w.person(1), w.person(2)
	log := w.groupOf(w.sites[1], w.sites[2])
	s := ben.forger(t, log, 1)
	if err := ana.accept(eve, s.KeyDist()); !errors.Is(err, ErrForged) && !errors.Is(err, ErrStranger) {
		t.Errorf("b's chain over c's session: got %v, want a refusal", err)
	}
	if err := ana.accept(ben, s.KeyDist()); err != nil {
		t.Fatalf("b's chain over b's session: %v", err)
	}
	if err := ana.accept(eve, s.KeyDist()); !errors.Is(err, ErrForged) {
		t.Errorf("a known chain of b over c's session: got %v, want %v", err, ErrForged)
	}
	early := s.KeyDist()
	inner := ben.forge(t, s, log, "hello", same)
	if err := ana.try(func(tx feature.Tx) error { return ana.read(tx, log, inner) }); err != nil {
		t.Fatal(err)
	}
	for _, d := range []chain.KeyDist{early, s.KeyDist()} {
		if err := ana.accept(ben, d); err != nil {
			t.Errorf("the chain again, from message %d: %v", d.Start, err)
		}
	}
	if err := ana.try(func(tx feature.Tx) error { return ana.read(tx, log, inner) }); !errors.Is(err, ErrReplay) {
		t.Errorf("the first message after the key came again: got %v, want %v", err, ErrReplay)
	}
	other := s.KeyDist()
	other.Key[0] ^= 1
	if err := ana.accept(ben, other); !errors.Is(err, ErrForged) {
		t.Errorf("another key for the chain: got %v, want %v", err, ErrForged)
	}
	if err := ana.accept(ben, ben.forger(t, log, 1).KeyDist()); !errors.Is(err, ErrForged) {
		t.Errorf("a second chain under one number: got %v, want %v", err, ErrForged)
	}
}

func TestAChainMayComeBeforeItsGroup(t *testing.T) {
	w := newWorld(t, "a", "b", "c")
	ana, ben, eve := w.person(0), w.person(1), w.person(2)
	log := w.groupOf(w.sites[1])
	ana.act(log, &membership.Add{Account: eve.id})
	ben.update(func(tx feature.Tx) error { _, err := ben.TakeOps(tx, log, [][]byte{ana.mail[0].op}); return err })
	ben.say(log, "hello")
	for range 2 { // the same again is one
		for i, m := range ben.mail {
			if m.to == "c" {
				eve.take(ben.site, ben.mail[i])
			}
		}
	}
	flood := eve.forger(t, log, 9)
	for i := range uint64(3 * 16) {
		if err := eve.accept(eve, eve.forger(t, protocol.Log{9}, i+1).KeyDist()); err != nil {
			t.Fatalf("a chain of a group that never comes: %v", err)
		}
	}
	rows, size := 0, 0
	if err := eve.store.Export(func(x storage.Table) bool { return x == storage.Chains }, func(_ storage.Key, v []byte) error {
		rows, size = rows+1, size+len(v)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if rows != 2 || size > 20_000 {
		t.Errorf("kept of %d senders: %d rows of %d bytes, want one each, bounded", 2, rows, size)
	}
	if err := eve.accept(ben, flood.KeyDist()); !errors.Is(err, ErrForged) {
		t.Errorf("another's chain, before the group is here: got %v, want %v", err, ErrForged)
	}
	w.deliver()
	if got := eve.texts(log); !slices.Equal(got, []string{"hello"}) {
		t.Errorf("c shows %q, want what b said", got)
	}
	w.now = w.now.Add(8 * 24 * time.Hour)
	eve.update(func(tx feature.Tx) error { return eve.Expire(tx) })
	if got := eve.early(); got != 0 {
		t.Errorf("after eight days: %d rows wait for groups, want none", got)
	}
}

// early counts the rows of the chains table that hold no chain of the site's groups.
func (s *site) early() (rows int) {
	s.w.t.Helper()
	s.view(func(tx feature.Tx) error {
		node := s.ring.Node()
		return tx.Scan(node, node.Key(storage.Chains, storage.H([]byte("early"))), storage.ScanOptions{}, func(storage.Key, []byte) (bool, error) {
			rows++
			return true, nil
		})
	})
	return rows
}

func TestForgedMessagesAreRefused(t *testing.T) {
	w := newWorld(t, "a", "b", "c")
	ana, ben, eve := w.person(0), w.person(1), w.person(2)
	log := w.groupOf(w.sites[1], w.sites[2])
	s := ben.forger(t, log, 1)
	if err := ana.accept(ben, s.KeyDist()); err != nil {
		t.Fatal(err)
	}
	for name, edit := range map[string]func(*protocol.Header){
		"in another's name": func(h *protocol.Header) { h.Author = eve.id },
		"another device":    func(h *protocol.Header) { h.Device = eve.dev },
		"another log":       func(h *protocol.Header) { h.Log = protocol.Log{1} },
		"other heads":       func(h *protocol.Header) { h.Heads = []protocol.EventID{protocol.EventID(log)} },
	} {
		inner := ben.forge(t, twinOf(t, s), log, "x", edit)
		if err := ana.try(func(tx feature.Tx) error { return ana.read(tx, log, inner) }); !errors.Is(err, ErrForged) {
			t.Errorf("%s: got %v, want %v", name, err, ErrForged)
		}
	}
	inner := ben.forge(t, twinOf(t, s), log, "x", same)
	for _, at := range []int{len(inner) - 1, len(inner) / 2} {
		bad := slices.Clone(inner)
		bad[at] ^= 1
		if err := ana.try(func(tx feature.Tx) error { return ana.read(tx, log, bad) }); !errors.Is(err, ErrForged) {
			t.Errorf("a changed byte: got %v, want %v", err, ErrForged)
		}
	}
	if err := ana.try(func(tx feature.Tx) error { return ana.read(tx, log, inner) }); err != nil {
		t.Errorf("the true message after all that: %v", err)
	}
}

func TestTwoMessagesUnderOneNumberAreEvidence(t *testing.T) {
	w := newWorld(t, "a", "b", "c")
	ana, ben, eve := w.person(0), w.person(1), w.person(2)
	log := w.groupOf(w.sites[1], w.sites[2])
	s := ben.forger(t, log, 1)
	if err := errors.Join(ana.accept(ben, s.KeyDist()), eve.accept(ben, s.KeyDist())); err != nil {
		t.Fatal(err)
	}
	one, two := ben.forge(t, twinOf(t, s), log, "one", same), ben.forge(t, twinOf(t, s), log, "two", same)
	if err := errors.Join(ana.try(func(tx feature.Tx) error { return ana.read(tx, log, one) }), eve.try(func(tx feature.Tx) error { return eve.read(tx, log, two) })); err != nil {
		t.Fatal(err)
	}
	fork := func() bool {
		ok := false
		ana.view(func(tx feature.Tx) (err error) { ok, err = ana.Forged(tx, log, chainOf(t, one)); return err })
		return ok
	}
	if fork() {
		t.Error("evidence against a device that did nothing yet")
	}
	ana.update(func(tx feature.Tx) error {
		if _, _, err := ana.Open(tx, log, two); !errors.Is(err, ErrForged) {
			t.Errorf("a second message under the number: got %v, want %v", err, ErrForged)
		}
		return nil
	})
	if !fork() {
		t.Error("no evidence was kept")
	}
	// The same by way of proofs.
	entry := eve.entries(log)[0]
	cert := eve.cert(log, chainOf(t, two))
	if err := ana.try(func(tx feature.Tx) error { return ana.Verify(tx, log, entry.Event, *entry.Stamp, cert) }); !errors.Is(err, ErrForged) {
		t.Errorf("the second with its proof: got %v, want %v", err, ErrForged)
	}
}

func (s *site) entries(log protocol.Log) (out []feature.Entry) {
	s.w.t.Helper()
	s.view(func(tx feature.Tx) (err error) { out, err = s.line.Page(tx, log, feature.Range{}); return err })
	return out
}

func (s *site) cert(log protocol.Log, id chain.ChainID) (cert []byte) {
	s.w.t.Helper()
	s.view(func(tx feature.Tx) (err error) { cert, err = s.Cert(tx, log, id); return err })
	return cert
}

func TestAProofNeedsNoCiphertext(t *testing.T) {
	w := newWorld(t, "a", "b", "c")
	ana, ben, eve := w.person(0), w.person(1), w.person(2)
	log := w.groupOf(w.sites[1])
	id := chainOf(t, ana.say(log, "hello"))
	w.deliver()
	ana.act(log, &membership.Add{Account: eve.id})
	w.deliver()
	entry, cert := ben.entries(log)[0], ben.cert(log, id)
	verify := func(e *protocol.Event, stamp feature.Stamp, cert []byte) error {
		return eve.try(func(tx feature.Tx) error { return eve.Verify(tx, log, e, stamp, cert) })
	}
	if err := verify(entry.Event, *entry.Stamp, nil); !errors.Is(err, ErrNoChain) {
		t.Errorf("without a certificate: got %v, want %v", err, ErrNoChain)
	}
	wrong := *entry.Stamp
	wrong.CSeq++
	if err := verify(entry.Event, wrong, cert); !errors.Is(err, ErrForged) {
		t.Errorf("another number of the chain: got %v, want %v", err, ErrForged)
	}
	wrong = *entry.Stamp
	wrong.Proof.N++
	if err := verify(entry.Event, wrong, cert); !errors.Is(err, ErrForged) {
		t.Errorf("another number: got %v, want %v", err, ErrForged)
	}
	bad := slices.Clone(cert)
	bad[len(bad)-1] ^= 1
	if err := verify(entry.Event, *entry.Stamp, bad); !errors.Is(err, ErrForged) {
		t.Errorf("a forged certificate: got %v, want %v", err, ErrForged)
	}
	if err := verify(entry.Event, *entry.Stamp, cert); err != nil {
		t.Errorf("with its certificate: %v", err)
	}
	if err := verify(entry.Event, *entry.Stamp, nil); err != nil {
		t.Errorf("again, with the certificate kept: %v", err)
	}
}
