package receipt_test

import (
	"errors"
	"testing"
	"time"

	"conclave/node/feature"
	"conclave/node/feature/receipt"
	"conclave/node/nodetest/solo"
	"conclave/protocol"
	"conclave/protocol/event"
)

// desk is a node with the slice, and a watcher of what it tells other slices.
type desk struct {
	*solo.Node
	t     *testing.T
	host  *feature.Host
	moves chan feature.ReadMove
}

func start(t *testing.T, more ...feature.Feature) *desk {
	d := &desk{t: t, moves: make(chan feature.ReadMove, 100)}
	d.Node = solo.Start(t, append(more, receipt.Feature(), feature.Feature{Name: "desk", Install: func(h *feature.Host) {
		d.host = h
		feature.ReadMoved(h, func(m feature.ReadMove) { d.moves <- m })
	}})...)
	return d
}

func (d *desk) write(who *solo.Person, log protocol.Log) (id protocol.EventID) {
	d.t.Helper()
	d.Update(func(tx feature.Tx) error {
		e, err := d.Timeline.Append(tx, feature.Draft{Log: log, Author: who.ID, Body: event.MessageSent{Content: "x"}})
		if err == nil {
			id = e.ID
		}
		return err
	})
	return id
}

func (d *desk) place(log protocol.Log, id protocol.EventID) (p protocol.Place) {
	d.t.Helper()
	d.view(log, func(tx feature.Tx, _ feature.Conversation) error {
		e, err := d.Timeline.Get(tx, log, id)
		if err == nil {
			p = e.Place()
		}
		return err
	})
	return p
}

func (d *desk) view(log protocol.Log, fn func(feature.Tx, feature.Conversation) error) {
	d.t.Helper()
	err := d.Store.View(func(tx feature.Tx) error {
		c, err := d.Timeline.Conversation(tx, log)
		if err != nil {
			return err
		}
		return fn(tx, c)
	})
	if err != nil {
		d.t.Fatal(err)
	}
}

func (d *desk) read(who *solo.Person, log protocol.Log, id protocol.EventID) error {
	_, err := solo.Call[feature.Nothing](d.Node, who, "receipt.read", receipt.ReadRequest{Conversation: log, Message: id})
	return err
}

func (d *desk) wantUnread(who *solo.Person, log protocol.Log, want int) {
	d.t.Helper()
	d.view(log, func(tx feature.Tx, c feature.Conversation) error {
		got, err := d.host.UnreadOf(tx, who.ID, c)
		if got != want {
			d.t.Errorf("unread of %s: got %d, want %d", who.Name, got, want)
		}
		return err
	})
}

func (d *desk) wantRead(who *solo.Person, log protocol.Log, want protocol.Place) {
	d.t.Helper()
	d.view(log, func(tx feature.Tx, c feature.Conversation) error {
		got, err := d.host.CursorOf(tx, who.ID, c)
		if got.Read != want {
			d.t.Errorf("cursor of %s: got %v, want %v", who.Name, got.Read, want)
		}
		return err
	})
}

func TestReadingMovesForwardOnly(t *testing.T) {
	d := start(t)
	ana, bo := d.Account("ana"), d.Account("bo")
	log := d.Open(ana, bo)
	var ids []protocol.EventID
	for range 3 {
		ids = append(ids, d.write(ana, log))
	}
	d.wantUnread(bo, log, 3)
	d.wantUnread(ana, log, 0)
	for _, step := range []struct{ read, unread, at int }{{1, 1, 1}, {0, 1, 1}, {1, 1, 1}, {2, 0, 2}} {
		if err := d.read(bo, log, ids[step.read]); err != nil {
			t.Fatalf("read %d: %v", step.read, err)
		}
		d.wantUnread(bo, log, step.unread)
		d.wantRead(bo, log, d.place(log, ids[step.at]))
	}
	if got := len(d.moves); got != 2 {
		t.Errorf("moves told: got %d, want 2", got)
	}
	if m := <-d.moves; m.Reader != bo.ID || m.Conversation.Log != log || !m.After.IsZero() {
		t.Errorf("first move: got %+v, want Bo from nothing", m)
	}
	if got := len(d.Delivery.Receipts()); got != 0 {
		t.Errorf("receipts that left a conversation of this node: got %d, want 0", got)
	}
}

func TestWhoAnswersHasNothingUnreadButSaysNothingOfReading(t *testing.T) {
	d := start(t)
	ana, bo := d.Account("ana"), d.Account("bo")
	log := d.Open(ana, bo)
	first := d.write(ana, log)
	d.write(bo, log)
	d.wantUnread(bo, log, 0)
	d.wantRead(bo, log, protocol.Place{})
	d.write(ana, log)
	d.wantUnread(bo, log, 1)
	if err := d.read(bo, log, first); err != nil {
		t.Fatal(err)
	}
	d.wantRead(bo, log, d.place(log, first))
	d.wantUnread(bo, log, 1)
}

func TestWhatWasOnItsWayWhileOneWroteStaysUnread(t *testing.T) {
	d := start(t)
	ana, eve := d.Account("ana"), d.Stranger("eve")
	log := d.Open(ana, eve)
	if _, err := eve.Writes(ana, event.MessageSent{Content: "seen"}); err != nil {
		t.Fatal(err)
	}
	late := eve.Holds(ana, event.MessageSent{Content: "on its way"})
	var own protocol.EventID
	for range 5 {
		own = d.write(ana, log)
	}
	d.wantUnread(ana, log, 0)
	if err := d.read(ana, log, own); err != nil {
		t.Fatal(err)
	}
	if err := late(); err != nil {
		t.Fatal(err)
	}
	d.wantUnread(ana, log, 1)
	d.view(log, func(tx feature.Tx, c feature.Conversation) error {
		page, err := d.Timeline.Page(tx, log, feature.Range{})
		if err != nil {
			return err
		}
		cur, err := d.host.CursorOf(tx, ana.ID, c)
		for _, e := range page {
			if e.Author == eve.ID && e.Ord == 2 && e.Place().Compare(cur.Seen) <= 0 {
				t.Error("a message that was on its way counts as seen")
			}
		}
		return err
	})
	for range 2 {
		if err := d.read(ana, log, own); err != nil {
			t.Fatal(err)
		}
		d.wantUnread(ana, log, 0)
	}
}

func TestReadingTheOwnMessageReadsWhatStandsBefore(t *testing.T) {
	d := start(t)
	ana, bo := d.Account("ana"), d.Account("bo")
	log := d.Open(ana, bo)
	early := d.write(bo, log)
	if err := d.read(bo, log, early); err != nil {
		t.Fatalf("read an own message with nothing before: %v", err)
	}
	d.wantRead(bo, log, protocol.Place{})
	theirs := d.write(ana, log)
	own := d.write(bo, log)
	d.write(ana, log)
	if err := d.read(bo, log, own); err != nil {
		t.Fatal(err)
	}
	d.wantRead(bo, log, d.place(log, theirs))
	d.wantUnread(bo, log, 1)
}

func TestOtherNodesAreToldOncePerMove(t *testing.T) {
	d := start(t)
	ana, eve := d.Account("ana"), d.Stranger("eve")
	id, err := eve.Writes(ana, event.MessageSent{Content: "x"})
	if err != nil {
		t.Fatal(err)
	}
	log := ana.With(eve)
	for range 2 {
		if err := d.read(ana, log, id); err != nil {
			t.Fatal(err)
		}
	}
	if len(d.Delivery.Receipts()) != 1 {
		t.Fatalf("receipts: got %d, want 1", len(d.Delivery.Receipts()))
	}
	r := d.Delivery.Receipts()[0]
	if r.Log != log || r.Account != ana.ID || r.Read == nil || r.Read.ID != id || r.At != uint64(d.Now().UnixMilli()) {
		t.Errorf("receipt: got %+v", r)
	}
}

func TestWhoMayNotBeWrittenToIsNotToldOfReading(t *testing.T) {
	d := start(t, feature.Feature{Name: "block", Install: func(h *feature.Host) {
		feature.Permit(h, func(feature.Tx, protocol.Account, feature.Conversation) error { return feature.ErrForbidden })
	}})
	ana, eve := d.Account("ana"), d.Stranger("eve")
	id, _ := eve.Writes(ana, event.MessageSent{Content: "x"})
	if err := d.read(ana, ana.With(eve), id); err != nil {
		t.Fatal(err)
	}
	d.wantUnread(ana, ana.With(eve), 0)
	if got := len(d.Delivery.Receipts()); got != 0 {
		t.Errorf("receipts: got %d, want 0", got)
	}
}

func TestAPeersCursorIsHeldToWhatIsHere(t *testing.T) {
	d := start(t)
	ana, eve := d.Account("ana"), d.Stranger("eve")
	log := d.Open(ana, eve)
	first, second := d.place(log, d.write(ana, log)), d.place(log, d.write(ana, log))
	far := protocol.Place{Ord: 1 << 60, ID: protocol.EventID{9}}
	between := protocol.Place{Ord: first.Ord, HLC: 1 << 63, ID: protocol.EventID{9}}
	lying := second
	lying.Ord = 1 << 60
	for _, step := range []struct {
		name        string
		claim, want protocol.Place
	}{
		{"before everything", protocol.Place{Ord: 1}, protocol.Place{}},
		{"an unknown place", between, first},
		{"a known message", second, second},
		{"behind", first, second},
		{"a known message at a wrong place", lying, second},
		{"the future", far, second},
	} {
		if err := eve.Reads(log, step.claim); err != nil {
			t.Fatalf("%s: %v", step.name, err)
		}
		d.wantRead(eve, log, step.want)
	}
	third := d.place(log, d.write(ana, log))
	if third.Compare(second) <= 0 {
		t.Fatal("the log does not grow")
	}
	d.wantRead(eve, log, second)
}

func TestCursorsOfOthersArePassedOver(t *testing.T) {
	d := start(t)
	ana, bo, eve := d.Account("ana"), d.Account("bo"), d.Stranger("eve")
	log := d.Open(ana, bo)
	p := d.place(log, d.write(ana, log))
	for name, err := range map[string]error{
		"of a stranger": eve.Reads(log, p),
		"of an account of this node, from outside":   bo.Reads(log, p),
		"in a conversation that is not here":         eve.Reads(eve.With(ana), p),
		"of a message that is nowhere, and no place": eve.Reads(log, protocol.Place{}),
	} {
		if err != nil {
			t.Errorf("a cursor %s: got %v, want it passed over", name, err)
		}
	}
	d.wantRead(bo, log, protocol.Place{})
	d.wantRead(eve, log, protocol.Place{})
}

func TestWrongReadingIsRefused(t *testing.T) {
	d := start(t)
	ana, bo, eve := d.Account("ana"), d.Account("bo"), d.Account("eve")
	log := d.Open(ana, bo)
	id := d.write(ana, log)
	if err := d.read(bo, log, protocol.EventID{1}); !errors.Is(err, feature.ErrNotFound) {
		t.Errorf("an unknown message: got %v, want %v", err, feature.ErrNotFound)
	}
	if err := d.read(eve, log, id); !errors.Is(err, feature.ErrNotFound) {
		t.Errorf("a foreign conversation: got %v, want %v", err, feature.ErrNotFound)
	}
	d.Ring.Lock(bo.ID)
	if err := d.read(bo, log, id); !errors.Is(err, feature.ErrLocked) {
		t.Errorf("a locked account: got %v, want %v", err, feature.ErrLocked)
	}
}

func TestTheTimeOfReadingIsNotTheFuture(t *testing.T) {
	d := start(t)
	ana, eve := d.Account("ana"), d.Stranger("eve")
	log := d.Open(ana, eve)
	p := d.place(log, d.write(ana, log))
	d.Update(func(tx feature.Tx) error {
		return d.Registry.Receive(tx, protocol.Receipt{Log: log, Account: eve.ID, Read: &p, At: 1 << 62})
	})
	d.view(log, func(tx feature.Tx, c feature.Conversation) error {
		got, err := d.host.CursorOf(tx, eve.ID, c)
		if want := d.Now().Truncate(time.Millisecond); !got.At.Equal(want) {
			t.Errorf("read at: got %v, want %v", got.At, want)
		}
		return err
	})
}

func TestUnreadCountsEveryMessageOnceInAnyOrder(t *testing.T) {
	d := start(t)
	ana, eve := d.Account("ana"), d.Stranger("eve")
	log := d.Open(ana, eve)
	var ids []protocol.EventID
	write := func(want int) {
		t.Helper()
		id, err := eve.Writes(ana, event.MessageSent{Content: "x"})
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, id)
		d.wantUnread(ana, log, want)
	}
	d.wantUnread(ana, log, 0)
	write(1)
	write(2)
	late := eve.Holds(ana, event.MessageSent{Content: "late"})
	write(3)
	write(4)
	if err := late(); err != nil {
		t.Fatal(err)
	}
	d.wantUnread(ana, log, 5)
	write(6)
	if err := d.read(ana, log, ids[2]); err != nil {
		t.Fatal(err)
	}
	d.wantUnread(ana, log, 2)
	write(3)
	d.write(ana, log)
	d.wantUnread(ana, log, 0)
	write(1)
	d.Update(func(tx feature.Tx) error {
		_, err := d.Timeline.Rebuild(tx, log)
		return err
	})
	d.wantUnread(ana, log, 1)
}

func TestUnreadEndsAtAThousand(t *testing.T) {
	d := start(t)
	ana, bo := d.Account("ana"), d.Account("bo")
	log := d.Open(ana, bo)
	for i := range 1010 {
		d.write(ana, log)
		if i%400 == 399 {
			d.wantUnread(bo, log, min(i+1, 1000))
		}
	}
	d.wantUnread(bo, log, 1000)
	d.wantUnread(bo, log, 1000)
}
