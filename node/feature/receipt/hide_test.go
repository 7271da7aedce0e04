package receipt_test

import (
	"testing"

	"conclave/node/feature"
	"conclave/node/feature/privacy"
	"conclave/node/nodetest/solo"
	"conclave/protocol"
	"conclave/protocol/event"
)

func (d *desk) hides(who *solo.Person, hides bool) {
	d.t.Helper()
	receipts := !hides
	solo.Must[privacy.PrivacySettings](d.Node, who, "privacy.set", privacy.SetRequest{Receipts: &receipts})
}

// state is how far a message got, as its author is told.
func (d *desk) state(who *solo.Person, log protocol.Log, id protocol.EventID) (state feature.State) {
	d.t.Helper()
	d.view(log, func(tx feature.Tx, c feature.Conversation) error {
		r, err := d.host.ReadingOf(tx, who.ID, c)
		if err != nil {
			return err
		}
		e, err := d.Timeline.Get(tx, log, id)
		if err != nil {
			return err
		}
		s, err := d.host.StatusOf(tx, r, e)
		state = s.State
		return err
	})
	return state
}

func TestNothingOfWhatIsHiddenLeavesTheNode(t *testing.T) {
	d := start(t, privacy.Feature())
	ana, eve := d.Account("ana"), d.Stranger("eve")
	log := ana.With(eve)
	write := func() protocol.EventID {
		t.Helper()
		id, err := eve.Writes(ana, event.MessageSent{Content: "x"})
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	for _, step := range []struct {
		hides bool
		here  privacy.Choice
		want  int // receipts that left until then
	}{{true, privacy.Default, 0}, {true, privacy.On, 1}, {false, privacy.Off, 1}, {false, privacy.Default, 2}} {
		d.hides(ana, step.hides)
		id := write()
		here := step.here
		solo.Must[privacy.ConversationPrivacy](d.Node, ana, "privacy.override", privacy.SetInRequest{Conversation: log, Receipts: &here})
		if err := d.read(ana, log, id); err != nil {
			t.Fatal(err)
		}
		d.wantUnread(ana, log, 0)
		if got := len(d.Delivery.Receipts()); got != step.want {
			t.Errorf("hidden %v, here %s: got %d receipts, want %d", step.hides, step.here, got, step.want)
		}
	}
}

func TestOnOneNodeHidingIsMutualToo(t *testing.T) {
	d := start(t, privacy.Feature())
	ana, bo := d.Account("ana"), d.Account("bo")
	log := d.Open(ana, bo)
	open := d.write(ana, log)
	if err := d.read(bo, log, open); err != nil {
		t.Fatal(err)
	}
	d.hides(bo, true)
	hidden, back := d.write(ana, log), d.write(bo, log)
	for reader, id := range map[*solo.Person]protocol.EventID{bo: hidden, ana: back} {
		if err := d.read(reader, log, id); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		name string
		who  *solo.Person
		id   protocol.EventID
		want feature.State
	}{
		{"what was told before", ana, open, feature.Read},
		{"what was read in secret", ana, hidden, feature.Sending},
		{"what another read, to who hides", bo, back, feature.Sending},
	} {
		if got := d.state(c.who, log, c.id); got != c.want {
			t.Errorf("%s: got %s, want %s", c.name, got, c.want)
		}
	}
	d.hides(bo, false)
	if got := d.state(bo, log, back); got != feature.Read {
		t.Errorf("what another read, to who hides no more: got %s, want read", got)
	}
	d.Ring.Lock(bo.ID)
	if got := d.state(ana, log, open); got != feature.Read {
		t.Errorf("while the reader is locked: got %s, want read", got)
	}
}
