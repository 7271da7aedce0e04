package group

import (
	"errors"
	"testing"

	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/membership"
)

// lastWelcome is the newest welcome on its way from a site.
func (s *site) lastWelcome() protocol.Welcome {
	s.w.t.Helper()
	for i := len(s.mail) - 1; i >= 0; i-- {
		if it := s.mail[i].item; it != nil && it.Kind == protocol.ItemWelcome {
			w, err := protocol.DecodeWelcome(it.Data)
			if err != nil {
				s.w.t.Fatal(err)
			}
			return w
		}
	}
	s.w.t.Fatalf("no welcome is on its way from %s", s.name)
	return protocol.Welcome{}
}

// A node that lost the ticket it asked with asks with another: whoever added its account by then welcomes it again.
func TestAMemberIsWelcomedAgain(t *testing.T) {
	w := newWorld(t, "a", "b")
	ana, ben := w.person(0), w.person(1)
	ben.refuse[ana.id] = true
	log := ana.found(feature.NewGroup{})
	var op *membership.Op
	ana.update(func(tx feature.Tx) (err error) {
		op, err = ana.Answer(tx, log, ana.id, ben.id, []byte("lost"))
		return err
	})
	ben.update(func(tx feature.Tx) error { return ben.Expect(tx, ben.id, log, []byte("new")) })
	if err := ben.try(func(tx feature.Tx) error { return ben.Welcomed(tx, ben.id, ana.id, ana.lastWelcome()) }); !errors.Is(err, feature.ErrForbidden) {
		t.Fatalf("with the ticket that was lost: got %v, want %v", err, feature.ErrForbidden)
	}
	ana.update(func(tx feature.Tx) error { return ana.Greet(tx, log, ana.id, ben.id, []byte("new")) })
	again := ana.lastWelcome()
	if again.Add != protocol.EventID(op.ID) {
		t.Errorf("the second welcome names %x, want the operation that added Ben", again.Add[:4])
	}
	ben.update(func(tx feature.Tx) error { return ben.Welcomed(tx, ben.id, ana.id, again) })
	ben.fetch(ana.site)
	if got := ben.standing(log, ben.id); got != feature.GroupJoined {
		t.Errorf("standing: got %q, want %q", got, feature.GroupJoined)
	}
	if got := len(ana.ops(log)); got != 2 {
		t.Errorf("operations: got %d, want 2: greeting adds nobody", got)
	}
	eve := ana.join()
	if err := ana.try(func(tx feature.Tx) error { return ana.Greet(tx, log, ana.id, eve.id, []byte("x")) }); !errors.Is(err, feature.ErrConflict) {
		t.Errorf("for who is no member: got %v, want %v", err, feature.ErrConflict)
	}
}

// A node that has not heard of a Leave welcomes who comes back as the member it was: the ticket waits for the word that counts.
func TestAWelcomeToWhatEndedUsesUpNoTicket(t *testing.T) {
	w := newWorld(t, "a", "b")
	ana, ben := w.person(0), w.person(1)
	log := w.groupOf(w.sites[1])
	ben.refuse[ana.id] = true
	ben.act(log, &membership.Leave{})
	leave := ben.mail
	ben.mail = nil
	ben.update(func(tx feature.Tx) error { return ben.Expect(tx, ben.id, log, []byte("ticket")) })
	ana.update(func(tx feature.Tx) error { return ana.Greet(tx, log, ana.id, ben.id, []byte("ticket")) })
	if err := ben.try(func(tx feature.Tx) error { return ben.Welcomed(tx, ben.id, ana.id, ana.lastWelcome()) }); !errors.Is(err, feature.ErrForbidden) {
		t.Errorf("a welcome to what ended: got %v, want %v", err, feature.ErrForbidden)
	}
	if got := ben.standing(log, ben.id); got != feature.GroupLeft {
		t.Errorf("standing: got %q, want %q", got, feature.GroupLeft)
	}
	for _, m := range leave {
		ana.take(ben.site, m)
	}
	ana.mail = nil
	ana.update(func(tx feature.Tx) error {
		_, err := ana.Answer(tx, log, ana.id, ben.id, []byte("ticket"))
		return err
	})
	w.deliver()
	if got := ben.standing(log, ben.id); got != feature.GroupJoined {
		t.Errorf("standing after the word that counts: got %q, want %q", got, feature.GroupJoined)
	}
}
