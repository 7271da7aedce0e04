package session

import (
	"errors"
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"conclave/crypto/identity"
	"conclave/crypto/ratchet"
	"conclave/node/feature"
	"conclave/protocol"
	"conclave/storage"
)

func TestAFirstMessageOpensASession(t *testing.T) {
	p := newPair(t)
	if _, err := p.a.trySeal(p.b, "too early"); !errors.Is(err, ErrNoSession) {
		t.Errorf("Seal without a session: got %v, want %v", err, ErrNoSession)
	}
	p.a.begin(t, p.b, linkSecret)
	got := p.b.want(t, p.a.seal(t, p.b, "hello"), "hello")
	if !got.Started || got.Answered || got.Pair != p.b.to(p.a) || len(got.Addresses) != 1 {
		t.Errorf("the first message: got %+v, want a started session with one address", got)
	}
	back := p.b.seal(t, p.a, "hello back")
	if back.Blob[0] != protocol.BlobSession {
		t.Errorf("kind of the answer: got %d, want %d", back.Blob[0], protocol.BlobSession)
	}
	if got := p.a.want(t, back, "hello back"); !got.Answered || got.Started {
		t.Errorf("the answer: got %+v, want an answered session", got)
	}
	next := p.a.seal(t, p.b, "and on")
	if next.Blob[0] != protocol.BlobSession {
		t.Errorf("kind of the third message: got %d, want %d", next.Blob[0], protocol.BlobSession)
	}
	p.b.want(t, next, "and on")
}

func TestRoutesAreToldOnceAndUsed(t *testing.T) {
	p := newPair(t)
	p.a.begin(t, p.b, nil)
	first := p.a.seal(t, p.b, "one")
	if first.Token != [16]byte{} {
		t.Error("the first message went to a pair queue, want the intro queue")
	}
	p.b.want(t, first, "one")
	answer := p.b.seal(t, p.a, "two")
	if answer.Token == [16]byte{} || answer.Queue == first.Queue {
		t.Error("the answer did not go to the queue that the first message told")
	}
	p.a.want(t, answer, "two")
	third := p.a.seal(t, p.b, "three")
	if third.Queue == first.Queue || third.Token == [16]byte{} {
		t.Error("the third message went to the intro queue, want the one that the answer told")
	}
	p.b.want(t, third, "three")
	wrong := third
	wrong.Token[0] ^= 1
	if _, _, err := p.b.take(wrong); !errors.Is(err, feature.ErrNotFound) {
		t.Errorf("a wrong token: got %v, want %v", err, feature.ErrNotFound)
	}
}

func TestALostAnswerThatToldTheQueueIsMadeUpFor(t *testing.T) {
	p := newPair(t)
	p.a.begin(t, p.b, nil)
	p.b.want(t, p.a.seal(t, p.b, "one"), "one")
	p.b.seal(t, p.a, "lost, with the queue")
	p.a.want(t, p.b.seal(t, p.a, "without it"), "without it")
	x := p.a.seal(t, p.b, "two")
	if x.Blob[0] != protocol.BlobPrekey {
		t.Errorf("kind of a message to the intro queue: got %d, want %d", x.Blob[0], protocol.BlobPrekey)
	}
	p.b.want(t, x, "two")
}

func TestARepeatedPrekeyMessageUsesTheSameSession(t *testing.T) {
	p := newPair(t)
	p.a.begin(t, p.b, linkSecret)
	one, two := p.a.seal(t, p.b, "one"), p.a.seal(t, p.b, "two")
	p.b.want(t, two, "two")
	p.b.want(t, one, "one")
	if got := len(p.b.sessions(t, p.a)); got != 1 {
		t.Errorf("sessions: got %d, want 1", got)
	}
	for _, x := range []Sealed{one, two} {
		before := p.b.rows(t)
		if _, _, err := p.b.take(x); !errors.Is(err, ErrUndecryptable) {
			t.Errorf("a prekey message again: got %v, want %v", err, ErrUndecryptable)
		}
		if !maps.Equal(before, p.b.rows(t)) {
			t.Error("a replay changed the store")
		}
	}
}

// dropSessions makes a side forget its sessions, as if they had been pruned.
func (s *side) dropSessions(t *testing.T, o *side) {
	t.Helper()
	list := s.sessions(t, o)
	s.update(t, func(tx feature.Tx) error {
		for _, l := range list {
			tx.Delete(l.key)
		}
		return nil
	})
}

func TestPrekeyMessagesServeOnce(t *testing.T) {
	for name, secret := range map[string][]byte{"one-time key": linkSecret, "last-resort key": nil} {
		t.Run(name, func(t *testing.T) {
			p := newPair(t)
			if m := p.a.begin(t, p.b, secret); (m.OTK != nil) != (secret != nil) {
				t.Fatalf("a one-time key came: got %v, want %v", m.OTK != nil, secret != nil)
			}
			first := p.a.seal(t, p.b, "once")
			p.b.want(t, first, "once")
			p.b.dropSessions(t, p.a)
			before := p.b.rows(t)
			if _, _, err := p.b.take(first); !errors.Is(err, ErrUndecryptable) {
				t.Errorf("the prekey message after its session was dropped: got %v, want %v", err, ErrUndecryptable)
			}
			if !maps.Equal(before, p.b.rows(t)) {
				t.Error("a replay changed the store")
			}
			p.a.update(t, func(tx feature.Tx) error { return p.a.Abandon(tx, p.a.to(p.b)) })
			p.a.begin(t, p.b, secret)
			p.b.want(t, p.a.seal(t, p.b, "again"), "again")
		})
	}
}

func TestOneTimeKeysAreLeased(t *testing.T) {
	p := newPair(t)
	key := func(from string, secret []byte) uint64 {
		t.Helper()
		raw, err := p.b.Serve(p.b.store)(t.Context(), from, PrekeyRequest(Pair{Peer: p.b.acct, PeerDev: p.b.dev}, secret))
		if err != nil {
			t.Fatal(err)
		}
		var log *identity.Log
		p.a.view(t, func(tx feature.Tx) (err error) { log, err = p.a.dir.Log(tx, p.b.acct); return err })
		m, err := p.a.Verify(log, p.b.dev, raw)
		if err != nil {
			t.Fatal(err)
		}
		if m.OTK == nil {
			return 0
		}
		return m.OTK.ID
	}
	first := key("x", linkSecret)
	if got := key("x", linkSecret); got != first || first == 0 {
		t.Errorf("the same asker within a day: got key %d, want %d", got, first)
	}
	if got := key("z", []byte("another secret..")); got != 0 {
		t.Errorf("an asker without the link's secret: got key %d, want none", got)
	}
	*p.now = p.now.Add(lease + time.Minute)
	second := key("x", linkSecret)
	if second == first || second == 0 {
		t.Errorf("the same asker after the lease: got key %d, want another than %d", second, first)
	}
	seen := map[uint64]bool{first: true, second: true}
	for i := range oneTimeStock - 2 {
		id := key(fmt.Sprint("asker ", i), linkSecret)
		if id == 0 || seen[id] {
			t.Fatalf("asker %d: got key %d, want one that nobody has", i, id)
		}
		seen[id] = true
	}
	if got := key("late", linkSecret); got != 0 {
		t.Errorf("with none left: got key %d, want the last-resort key", got)
	}
	p.b.update(t, func(tx feature.Tx) error { return p.b.Stock(tx, p.b.acct) })
	if got := key("late", linkSecret); got == 0 || seen[got] {
		t.Errorf("after stocking: got key %d, want a new one", got)
	}
}

func TestFiveSessionsAreKept(t *testing.T) {
	p := newPair(t)
	for i := range 8 {
		*p.now = p.now.Add(time.Hour)
		p.a.begin(t, p.b, nil)
		x := p.a.seal(t, p.b, string(rune('a'+i)))
		p.b.want(t, x, string(rune('a'+i)))
	}
	for _, s := range []*side{p.a, p.b} {
		o := p.a
		if s == p.a {
			o = p.b
		}
		if got := len(s.sessions(t, o)); got != protocol.MaxSessions {
			t.Errorf("sessions kept: got %d, want %d", got, protocol.MaxSessions)
		}
	}
	p.a.want(t, p.b.seal(t, p.a, "on the newest"), "on the newest")
}

func TestALongFirstTextWaitsForTheAnswer(t *testing.T) {
	p := newPair(t)
	p.a.begin(t, p.b, nil)
	long := strings.Repeat("x", protocol.MaxText)
	before := p.a.rows(t)
	if _, err := p.a.trySeal(p.b, long); !errors.Is(err, ErrWait) {
		t.Fatalf("Seal: got %v, want %v", err, ErrWait)
	}
	if !maps.Equal(before, p.a.rows(t)) {
		t.Error("ErrWait changed the store")
	}
	p.b.want(t, p.a.seal(t, p.b, "short"), "short")
	p.a.want(t, p.b.seal(t, p.a, "answer"), "answer")
	p.b.want(t, p.a.seal(t, p.b, long), long)
}

func TestPrekeysRotateAndExpire(t *testing.T) {
	p := newPair(t)
	old, err := p.a.prekeys(t, p.b, nil)
	if err != nil {
		t.Fatal(err)
	}
	*p.now = p.now.Add(identity.BundleLifetime + time.Minute) // b slept: its bundle was not renewed
	if _, err := p.a.prekeys(t, p.b, nil); !errors.Is(err, identity.ErrExpired) {
		t.Errorf("an expired bundle: got %v, want %v", err, identity.ErrExpired)
	}
	p.b.update(t, func(tx feature.Tx) error { return p.b.Stock(tx, p.b.acct) })
	fresh, err := p.a.prekeys(t, p.b, nil)
	if err != nil {
		t.Fatal(err)
	}
	if fresh.Bundle.SPK.ID != old.Bundle.SPK.ID+1 || fresh.Bundle.IntroQueue != old.Bundle.IntroQueue {
		t.Errorf("the next bundle: got prekey %d, want %d, and the same intro queue", fresh.Bundle.SPK.ID, old.Bundle.SPK.ID+1)
	}
	p.a.update(t, func(tx feature.Tx) error { return p.a.Begin(tx, p.a.to(p.b), old) })
	p.b.want(t, p.a.seal(t, p.b, "from the old bundle"), "from the old bundle")
	late := newPair(t)
	m, err := late.a.prekeys(t, late.b, nil)
	if err != nil {
		t.Fatal(err)
	}
	late.a.update(t, func(tx feature.Tx) error { return late.a.Begin(tx, late.a.to(late.b), m) })
	x := late.a.seal(t, late.b, "very late")
	for range 10 {
		*late.now = late.now.Add(rotatePrekeys)
		late.b.update(t, func(tx feature.Tx) error { return late.b.Stock(tx, late.b.acct) })
	}
	if _, _, err := late.b.take(x); !errors.Is(err, ErrUndecryptable) {
		t.Errorf("a message for a prekey of 70 days ago: got %v, want %v", err, ErrUndecryptable)
	}
	sets := 0
	late.b.view(t, func(tx feature.Tx) error {
		all, err := late.b.sets(tx, late.b.acct)
		sets = len(all)
		return err
	})
	if limit := int(prekeysKept/rotatePrekeys) + 2; sets > limit {
		t.Errorf("weeks of prekeys kept: got %d, want at most %d", sets, limit)
	}
}

func TestMarksOfLastResortKeysAreForgottenAfterTheKeys(t *testing.T) {
	p := newPair(t)
	p.a.begin(t, p.b, nil)
	p.b.want(t, p.a.seal(t, p.b, "hello"), "hello")
	marks := func() (n int) {
		p.b.view(t, func(tx feature.Tx) error {
			return tx.Scan(p.b.realm(), p.b.realm().Key(storage.Tombstones), storage.ScanOptions{}, func(storage.Key, []byte) (bool, error) {
				n++
				return true, nil
			})
		})
		return n
	}
	if got := marks(); got != 1 {
		t.Fatalf("marks: got %d, want 1", got)
	}
	*p.now = p.now.Add(prekeysKept)
	p.b.update(t, func(tx feature.Tx) error { return p.b.Stock(tx, p.b.acct) })
	if got := marks(); got != 1 {
		t.Errorf("marks while the key may be kept: got %d, want 1", got)
	}
	*p.now = p.now.Add(prekeysKept + time.Hour)
	p.b.update(t, func(tx feature.Tx) error { return p.b.Stock(tx, p.b.acct) })
	if got := marks(); got != 0 {
		t.Errorf("marks after it is gone: got %d, want 0", got)
	}
}

func TestAStoreThatWasRolledBackIsFoundOut(t *testing.T) {
	p := newPair(t)
	p.meet(t)
	old := p.a.clone(t)
	behind := func(s *side) bool {
		t.Helper()
		var ask []byte
		s.view(t, func(tx feature.Tx) (err error) { ask, err = s.PositionRequest(tx, s.to(p.b)); return err })
		answer, err := p.b.ServePosition(p.b.store)(t.Context(), "", ask)
		if err != nil {
			t.Fatal(err)
		}
		var out bool
		s.view(t, func(tx feature.Tx) (err error) { out, err = s.Behind(tx, s.to(p.b), answer); return err })
		return out
	}
	if behind(p.a) || behind(old) {
		t.Error("behind before anything else was sent")
	}
	p.b.want(t, p.a.seal(t, p.b, "what the copy does not know"), "what the copy does not know")
	if behind(p.a) {
		t.Error("the store that sent it: got behind")
	}
	if !behind(old) {
		t.Fatal("the old copy of the store: got not behind")
	}
	old.update(t, func(tx feature.Tx) error { return old.Abandon(tx, old.to(p.b)) })
	if _, err := old.trySeal(p.b, "x"); !errors.Is(err, ErrNoSession) {
		t.Errorf("Seal after giving up: got %v, want %v", err, ErrNoSession)
	}
	if behind(old) {
		t.Error("behind again after giving up")
	}
	*p.now = p.now.Add(time.Hour)
	old.begin(t, p.b, nil)
	p.b.want(t, old.seal(t, p.b, "on a new session"), "on a new session")
	old.want(t, p.b.seal(t, old, "answer"), "answer")
}

func TestAnAbandonedSessionStillOpensWhatWasSentOnIt(t *testing.T) {
	p := newPair(t)
	p.meet(t)
	flying := p.b.seal(t, p.a, "in flight")
	p.a.update(t, func(tx feature.Tx) error { return p.a.Abandon(tx, p.a.to(p.b)) })
	p.a.begin(t, p.b, nil)
	p.a.want(t, flying, "in flight")
	p.b.want(t, p.a.seal(t, p.b, "new"), "new")
}

func TestALockedAccountSealsAndOpensNothing(t *testing.T) {
	p := newPair(t)
	p.meet(t)
	x := p.b.seal(t, p.a, "while locked")
	p.a.ring.Lock(p.a.acct)
	if _, _, err := p.a.take(x); !errors.Is(err, feature.ErrLocked) {
		t.Errorf("Open: got %v, want %v", err, feature.ErrLocked)
	}
	if _, err := p.a.trySeal(p.b, "x"); !errors.Is(err, feature.ErrLocked) {
		t.Errorf("Seal: got %v, want %v", err, feature.ErrLocked)
	}
	var ask []byte
	p.b.view(t, func(tx feature.Tx) (err error) { ask, err = p.b.PositionRequest(tx, p.b.to(p.a)); return err })
	if _, err := p.a.ServePosition(p.a.store)(t.Context(), "", ask); !errors.Is(err, feature.ErrNotFound) {
		t.Errorf("a question how far it is: got %v, want %v, which lets the asker go on", err, feature.ErrNotFound)
	}
	if _, err := p.b.prekeys(t, p.a, linkSecret); err != nil {
		t.Errorf("prekeys of a locked account: got %v", err)
	}
	p.a.unlock(t)
	p.a.want(t, x, "while locked")
}

func TestAnAnswerAboutAnotherAccountIsRefused(t *testing.T) {
	p := newPair(t)
	now := *p.now
	c := newSide(t, &now, 3)
	answer, err := c.Serve(c.store)(t.Context(), "x", PrekeyRequest(Pair{Peer: c.acct, PeerDev: c.dev}, linkSecret))
	if err != nil {
		t.Fatal(err)
	}
	var log *identity.Log
	p.a.view(t, func(tx feature.Tx) (err error) { log, err = p.a.dir.Log(tx, p.b.acct); return err })
	if _, err := p.a.Verify(log, p.b.dev, answer); !errors.Is(err, identity.ErrOtherAccount) {
		t.Errorf("a bundle of another account: got %v, want %v", err, identity.ErrOtherAccount)
	}
	good, err := p.b.Serve(p.b.store)(t.Context(), "x", PrekeyRequest(Pair{Peer: p.b.acct, PeerDev: p.b.dev}, linkSecret))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(good); i += 1 + i/16 {
		bad := append([]byte(nil), good...)
		bad[i] ^= 0x40
		if _, err := p.a.Verify(log, p.b.dev, bad); err == nil {
			t.Fatalf("byte %d of the answer flipped: accepted", i)
		}
	}
	for name, body := range map[string][]byte{"nothing": nil, "junk": []byte("junk"), "a bomb": {0x9a, 0xff, 0xff, 0xff, 0xff}} {
		if _, err := p.a.Verify(log, p.b.dev, body); err == nil {
			t.Errorf("%s was accepted as an answer", name)
		}
		if _, err := p.b.Serve(p.b.store)(t.Context(), "x", body); !errors.Is(err, feature.ErrBadRequest) {
			t.Errorf("%s as a request for prekeys: got %v, want %v", name, err, feature.ErrBadRequest)
		}
		if _, err := p.b.ServePosition(p.b.store)(t.Context(), "x", body); !errors.Is(err, feature.ErrBadRequest) {
			t.Errorf("%s as a question how far: got %v, want %v", name, err, feature.ErrBadRequest)
		}
	}
}

func TestKeysOfMissingMessagesDieAfterTheirTime(t *testing.T) {
	for name, later := range map[string]func(p *pair){
		"in a session that goes on": func(p *pair) { p.b.seal(t, p.a, "and on") },
		"in a session that rests": func(p *pair) {
			p.b.update(t, func(tx feature.Tx) error { return p.b.Expire(tx, p.b.acct) })
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPair(t)
			p.a.begin(t, p.b, nil)
			p.b.want(t, p.a.seal(t, p.b, "one"), "one")
			p.a.want(t, p.b.seal(t, p.a, "two"), "two")
			p.b.want(t, p.a.seal(t, p.b, "three"), "three")
			for range 20 {
				p.a.seal(t, p.b, "lost")
			}
			p.b.want(t, p.a.seal(t, p.b, "behind them"), "behind them")
			full := len(p.b.sessions(t, p.a)[0].State)
			*p.now = p.now.Add(ratchet.KeptFor - time.Hour)
			later(p)
			if got := len(p.b.sessions(t, p.a)[0].State); got < full-200 {
				t.Errorf("before their time: the state has %d bytes of %d, want the keys to be there", got, full)
			}
			*p.now = p.now.Add(2 * time.Hour)
			later(p)
			if got := len(p.b.sessions(t, p.a)[0].State); got > full-20*32 {
				t.Errorf("after their time: the state has %d bytes of %d, want 20 keys of 32 bytes less", got, full)
			}
		})
	}
}
