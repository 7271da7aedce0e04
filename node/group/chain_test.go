package group

import (
	"crypto/rand"
	"errors"
	"slices"
	"testing"
	"time"

	chain "conclave/crypto/group"
	"conclave/crypto/identity"
	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/event"
	"conclave/protocol/membership"
	"conclave/storage"
)

func TestARemovedMemberReadsNothingSentAfter(t *testing.T) {
	w := newWorld(t, "a", "b", "c")
	ana, eve := w.person(0), w.person(2)
	log := w.groupOf(w.sites[1], w.sites[2])
	before := ana.say(log, "before")
	w.deliver()
	ana.act(log, &membership.Remove{Account: eve.id})
	after := ana.say(log, "after")
	for _, m := range ana.mail {
		if m.to == "c" {
			t.Error("the new chain goes to the node of the removed member")
		}
	}
	w.deliver(eve.site) // eve keeps all that she had, and gets what others get all the same
	if chainOf(t, before) == chainOf(t, after) {
		t.Fatal("the chain was not replaced after the removal")
	}
	if err := eve.try(func(tx feature.Tx) error { return eve.read(tx, log, after) }); !errors.Is(err, ErrNoChain) {
		t.Errorf("eve opens what came after: got %v, want %v", err, ErrNoChain)
	}
	if got := w.person(1).texts(log); !slices.Equal(got, []string{"before", "after"}) {
		t.Errorf("b shows %q, want both", got)
	}
	if got := eve.texts(log); !slices.Equal(got, []string{"before"}) {
		t.Errorf("eve shows %q, want what was sent before", got)
	}
	var now, old [32]byte
	ana.view(func(tx feature.Tx) (err error) { now, err = ana.Topic(tx, log); return err })
	eve.view(func(tx feature.Tx) (err error) { old, err = eve.Topic(tx, log); return err })
	if now == old {
		t.Error("the topic secret is the one that the removed member has")
	}
	w.person(1).view(func(tx feature.Tx) error {
		got, err := w.person(1).Topic(tx, log)
		if got != now {
			t.Error("the new topic secret did not come to b")
		}
		return err
	})
}

func TestANewMemberReadsNothingSentBefore(t *testing.T) {
	w := newWorld(t, "a", "b", "c")
	ana, eve := w.person(0), w.person(2)
	log := w.groupOf(w.sites[1])
	before := ana.say(log, "before")
	w.deliver()
	ana.act(log, &membership.Add{Account: eve.id})
	w.deliver()
	after := ana.say(log, "after")
	w.deliver()
	if chainOf(t, before) != chainOf(t, after) {
		t.Error("adding a member replaced the chain: it costs all others a key")
	}
	if err := eve.try(func(tx feature.Tx) error { return eve.read(tx, log, before) }); !errors.Is(err, ErrUnreadable) {
		t.Errorf("eve opens what came before: got %v, want %v", err, ErrUnreadable)
	}
	if got := eve.texts(log); !slices.Equal(got, []string{"after"}) {
		t.Errorf("eve shows %q, want what was sent after", got)
	}
}

func TestChainsAreReplaced(t *testing.T) {
	for name, c := range map[string]struct {
		then func(w *world, log protocol.Log)
		want bool // that it is
	}{
		"not for nothing":     {func(*world, protocol.Log) {}, false},
		"after seven days":    {func(w *world, _ protocol.Log) { w.now = w.now.Add(chain.RotateInterval) }, true},
		"not when one is new": {func(w *world, log protocol.Log) { w.person(0).act(log, &membership.Add{Account: w.person(2).id}) }, false},
		"after 200 messages": {func(w *world, log protocol.Log) {
			for range chain.RotateAfter - 1 {
				w.person(0).say(log, "x")
			}
		}, true},
		"when somebody left":      {func(w *world, log protocol.Log) { w.person(1).act(log, &membership.Leave{}) }, true},
		"when one was removed":    {func(w *world, log protocol.Log) { w.person(0).act(log, &membership.Remove{Account: w.person(1).id}) }, true},
		"not for a new device":    {func(w *world, _ protocol.Log) { w.person(1).device("elsewhere") }, false},
		"not for a mere revision": {func(w *world, _ protocol.Log) { w.person(1).edit(func(*identity.Entry) {}) }, false},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, "a", "b", "c")
			log := w.groupOf(w.sites[1])
			first := chainOf(t, w.person(0).say(log, "first"))
			w.deliver()
			c.then(w, log)
			w.deliver()
			if got := chainOf(t, w.person(0).say(log, "next")) != first; got != c.want {
				t.Errorf("another chain: got %v, want %v", got, c.want)
			}
		})
	}
}

func TestARevokedDeviceEndsAChain(t *testing.T) {
	w := newWorld(t, "a", "b")
	ana, ben := w.person(0), w.person(1)
	log := w.groupOf(w.sites[1])
	second := ben.device("elsewhere")
	first := chainOf(t, ana.say(log, "first"))
	given := map[string]int{}
	for _, m := range ana.mail {
		given[m.to]++
	}
	if given["b"] != 1 || given["elsewhere"] != 1 {
		t.Errorf("keys given: got %v, want one to each node", given)
	}
	w.deliver()
	ben.revoke(second)
	if chainOf(t, ana.say(log, "next")) == first {
		t.Error("the chain that the revoked device holds is used on")
	}
	for _, m := range ana.mail {
		if m.to == "elsewhere" {
			t.Error("the new chain goes to the revoked device")
		}
	}
}

func TestHandingOutAChain(t *testing.T) {
	w := newWorld(t, "a", "b", "c")
	ana, ben, eve := w.person(0), w.person(1), w.person(2)
	log := w.groupOf(w.sites[1])
	id := chainOf(t, ana.say(log, "one"))
	holds := func(peer string) (got bool) {
		ana.view(func(tx feature.Tx) (err error) { got, err = ana.Holds(tx, log, id, peer); return err })
		return got
	}
	dist := func(peer string) (d []byte, err error) {
		err = ana.store.View(func(tx feature.Tx) (err error) { d, err = ana.Dist(tx, log, id, peer); return err })
		return d, err
	}
	if holds("b") {
		t.Error("b holds a key that is on its way")
	}
	first, err := dist("b")
	if err != nil {
		t.Fatalf("the key for another device of b: %v", err)
	}
	ana.act(log, &membership.Add{Account: eve.id})
	ana.say(log, "two")
	if again, err := dist("b"); err != nil || string(again) != string(first) {
		t.Errorf("the key for b after c came: got %v, want the one before", err)
	}
	if late, err := dist("c"); err != nil || string(late) == string(first) {
		t.Errorf("the key for c: got %v, want another than b's", err)
	}
	w.deliver()
	if !holds("b") || !holds("c") {
		t.Errorf("after the acknowledgement: b %v, c %v, want both to hold it", holds("b"), holds("c"))
	}
	if _, err := dist("b"); !errors.Is(err, feature.ErrNotFound) {
		t.Errorf("a key that nobody lacks: got %v, want %v", err, feature.ErrNotFound)
	}
	if got := eve.texts(log); !slices.Equal(got, []string{"two"}) {
		t.Errorf("c shows %q, want the second", got)
	}
	if got := ben.texts(log); !slices.Equal(got, []string{"one", "two"}) {
		t.Errorf("b shows %q, want both", got)
	}
	w.now = w.now.Add(46 * 24 * time.Hour)
	ana.update(func(tx feature.Tx) error { return ana.Expire(tx) })
	if holds("b") {
		t.Error("the hand-out outlives its time")
	}
}

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
	if err := eve.accept(ben, flood.KeyDist()); err != nil {
		t.Errorf("another's chain, which nobody can check yet: %v", err)
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
