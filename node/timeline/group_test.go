package timeline

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"

	"conclave/crypto/canon"
	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/event"
	"conclave/protocol/membership"
	"conclave/storage"
)

func TestAGroupMessageIsLoggedWithItsStampOnEveryNode(t *testing.T) {
	rooms := found(t, newMembers(t, 2))
	a, b := rooms[0], rooms[1]
	first := a.say(t, "first")
	if err := b.hear(t, first); err != nil {
		t.Fatalf("IngestGroup: got %v", err)
	}
	second := b.say(t, "second")
	if err := a.hear(t, second); err != nil {
		t.Fatalf("IngestGroup of the answer: got %v", err)
	}
	if !slices.Equal(second.Parents, []protocol.EventID{first.ID}) || len(second.Heads) != 1 {
		t.Errorf("the answer: got %d parents and %d heads, want the message and the newest operation", len(second.Parents), len(second.Heads))
	}
	for i, r := range rooms {
		r.wants(t, "first", "second")
		r.view(t, func(tx feature.Tx) error {
			entry, err := r.Get(tx, r.log, first.ID)
			if err == nil && (entry.Stamp == nil || *entry.Stamp != first.stamp) {
				t.Errorf("stamp on node %d: got %+v, want %+v", i, entry.Stamp, first.stamp)
			}
			c, err2 := r.Timeline.Conversation(tx, r.log)
			if err2 == nil && (c.Kind != "group" || len(c.Members) != 2 || c.State == nil) {
				t.Errorf("conversation on node %d: got %q of %d, want a group of 2 with its state", i, c.Kind, len(c.Members))
			}
			return errors.Join(err, err2)
		})
	}
	if len(a.sent) != 1 || len(a.sealed) != 1 || !bytes.Contains(a.sealed[0], first.ID[:]) {
		t.Errorf("outbox of the author: got %d events and %d sealed, want one, sealed once", len(a.sent), len(a.sealed))
	}
}

func TestADescriptionOfAGroupIsNotCached(t *testing.T) {
	rooms := found(t, newMembers(t, 2))
	a := rooms[0]
	members := func() (n int) {
		a.view(t, func(tx feature.Tx) error {
			c, err := a.Timeline.Conversation(tx, a.log)
			n = len(c.Members)
			return err
		})
		return n
	}
	before := members()
	a.act(t, a.removal(t, rooms[1].alice))
	if after := members(); before != 2 || after != 1 {
		t.Errorf("members before and after a removal: got %d and %d, want 2 and 1", before, after)
	}
}

func TestWhatIsRefusedOfAGroupWritesNothing(t *testing.T) {
	members := newMembers(t, 3)
	rooms := found(t, members[:2])
	a, b := rooms[0], rooms[1]
	direct := a.replica.with(t, b.alice)
	first := a.say(t, "first")
	heads := first.Heads
	stamp := feature.Stamp{CSeq: 1}
	forge := func(h protocol.Header, text string) posted {
		body, err := event.Encode(event.MessageSent{Content: text})
		if err != nil {
			t.Fatal(err)
		}
		if h.Log.IsZero() {
			h.Log = a.log
		}
		if h.Author.IsZero() {
			h.Author = b.alice
		}
		h.Kind = event.MessageSent{}.Kind()
		e, err := protocol.NewEvent(rand.Reader, h, body)
		if err != nil {
			t.Fatal(err)
		}
		return posted{e, stamp}
	}
	parents := []protocol.EventID{first.ID}
	founding := []protocol.EventID{protocol.EventID((*a.ops)[0].ID)}
	for name, c := range map[string]struct {
		posted
		want error
	}{
		"a log that is direct":            {forge(protocol.Header{Log: direct.c.Log, Ord: 1, Heads: heads}, "x"), ErrRefused},
		"no heads":                        {forge(protocol.Header{Ord: 1}, "x"), ErrRefused},
		"heads that are not here":         {forge(protocol.Header{Ord: 1, Heads: []protocol.EventID{missingID()}}, "x"), ErrBehind},
		"an author who never was there":   {forge(protocol.Header{Author: members[2].alice, Ord: 1, Heads: heads}, "x"), ErrRefused},
		"an author who was not there yet": {forge(protocol.Header{Ord: 1, Heads: founding}, "x"), ErrRefused},
		"what a guard forbids":            {forge(protocol.Header{Ord: 1, Heads: heads}, "forbidden"), ErrRefused},
		"what a rule forbids the author":  {forge(protocol.Header{Ord: 1, Heads: heads}, "order"), ErrRefused},
		"an order that is wrong":          {forge(protocol.Header{Ord: 3, Parents: parents, Heads: heads}, "x"), ErrRefused},
		"an order far above":              {forge(protocol.Header{Ord: 1 << 40, Parents: []protocol.EventID{missingID()}, Heads: heads}, "x"), ErrRefused},
		"what is logged":                  {first, ErrDuplicate},
		"a group that is not here":        {forge(protocol.Header{Log: protocol.Log(missingID()), Ord: 1, Heads: heads}, "x"), feature.ErrNotFound},
	} {
		t.Run(name, func(t *testing.T) {
			before := a.rows(t)
			var got error
			a.update(t, func(tx feature.Tx) error {
				got = a.IngestGroup(tx, c.Event, c.stamp)
				return nil
			})
			if !errors.Is(got, c.want) {
				t.Errorf("IngestGroup: got %v, want %v", got, c.want)
			}
			if after := a.rows(t); !maps.Equal(before, after) {
				t.Errorf("rows: got %d, want the %d that were there, unchanged", len(after), len(before))
			}
		})
	}
	if _, err := a.trySay(t, "order"); err != nil {
		t.Errorf("the owner may: got %v", err)
	}
	if _, err := b.trySay(t, "order"); !errors.Is(err, feature.ErrForbidden) {
		t.Errorf("a member's own event against the rule: got %v, want %v", err, feature.ErrForbidden)
	}
}

func TestAnEventWaitsForTheMembershipThatItNames(t *testing.T) {
	rooms := found(t, newMembers(t, 3))
	a, b := rooms[0], rooms[1]
	op := a.act(t, &membership.SetMeta{Fields: []membership.Field{{Key: membership.Name, Value: []byte("new")}}})
	e := a.say(t, "after the change")
	if err := b.hear(t, e); !errors.Is(err, ErrBehind) {
		t.Errorf("before the operation came: got %v, want %v", err, ErrBehind)
	}
	b.learn(t, op)
	if err := b.hear(t, e); err != nil {
		t.Errorf("after it came: got %v", err)
	}
	b.wants(t, "after the change")
}

func TestWhoIsNoMemberAppendsNothing(t *testing.T) {
	rooms := found(t, newMembers(t, 2))
	a, b := rooms[0], rooms[1]
	b.say(t, "while there")
	a.act(t, a.removal(t, b.alice))
	b.catchUp(t)
	if _, err := b.trySay(t, "after"); !errors.Is(err, feature.ErrNotFound) {
		t.Errorf("Append by one who was removed: got %v, want %v", err, feature.ErrNotFound)
	}
}

func TestAnEventAgainstTooManyHeadsIsJudgedByThoseItNames(t *testing.T) {
	rooms := found(t, newMembers(t, 2))
	a, b := rooms[0], rooms[1]
	a.act(t, &membership.Grant{Account: b.alice, Role: membership.Admin})
	b.catchUp(t)
	graph := a.graphs[a.log]
	fork, err := membership.Restore(encoded(graph.Ops()))
	if err != nil {
		t.Fatal(err)
	}
	for i := range membership.MaxParents + 4 {
		by := b.author
		by.Device = protocol.Device{0xee, byte(i)}
		d, err := fork.Draft(by, 1, &membership.SetMeta{Fields: []membership.Field{{Key: membership.Name, Value: []byte{byte(i)}}}})
		if err != nil {
			t.Fatal(err)
		}
		device, err := b.ring.Device(b.alice)
		if err != nil {
			t.Fatal(err)
		}
		op, err := d.Sign(device.DSK)
		if err != nil {
			t.Fatal(err)
		}
		a.learn(t, op)
		b.learn(t, op)
	}
	if got := len(graph.Heads()); got <= membership.MaxParents {
		t.Fatalf("heads of the membership: got %d, want more than %d", got, membership.MaxParents)
	}
	e := a.say(t, "here")
	if len(e.Heads) != protocol.MaxHeads {
		t.Errorf("heads of the event: got %d, want %d", len(e.Heads), protocol.MaxHeads)
	}
	if err := b.hear(t, e); err != nil {
		t.Errorf("IngestGroup: got %v", err)
	}
	b.wants(t, "here")
}

func encoded(ops []*membership.Op) (out [][]byte) {
	for _, op := range ops {
		out = append(out, op.Encode())
	}
	return out
}

func TestAGroupMessageCostsTheSameRowsWhateverTheLocalMembers(t *testing.T) {
	written := map[int]int{}
	for _, local := range []int{1, 30} {
		members := newMembers(t, 2)
		b := members[1]
		rooms := found(t, members[:1])
		accounts := []protocol.Account{b.alice}
		for range local - 1 {
			accounts = append(accounts, b.enrol(t, newAccount(t), 2))
		}
		for _, account := range accounts {
			rooms[0].act(t, &membership.Add{Account: account})
		}
		at := room{member: b, log: rooms[0].log, ops: rooms[0].ops}
		at.begin(t, accounts...)
		at.catchUp(t)
		if err := at.hear(t, rooms[0].say(t, "the first makes the row of heads")); err != nil {
			t.Fatal(err)
		}
		next := rooms[0].say(t, "next")
		before := b.rows(t)
		if err := at.hear(t, next); err != nil {
			t.Fatal(err)
		}
		for k, v := range b.rows(t) {
			if before[k] != v && k.Table() != storage.Counters { // the projection's
				written[local]++
			}
		}
	}
	if want := (map[int]int{1: 3, 30: 3}); !maps.Equal(written, want) {
		t.Errorf("rows written for a message, by local members: got %v, want log, index and heads: %v", written, want)
	}
}

func TestRowsOfDirectLogsAreAsBefore(t *testing.T) {
	k := newReplicas(t, 1)[0].with(t, randomAccount())
	e := k.say(t, "hello")
	type oldRow struct {
		_        struct{} `cbor:",toarray"`
		Event    []byte
		Received uint64
		Flags    uint64
	}
	want := canon.MustMarshal(oldRow{Event: e.Encode(), Received: uint64(k.now.UnixMilli())})
	k.view(t, func(tx feature.Tx) error {
		b, err := k.book(tx, k.c.Log)
		if err != nil {
			return err
		}
		got, err := tx.Get(b.realm, b.rowKey(e.Place()))
		if err == nil && !bytes.Equal(got, want) {
			t.Errorf("row: got %x, want %x", got, want)
		}
		return err
	})
	if page := k.page(t); len(page) != 1 || page[0].Stamp != nil {
		t.Errorf("page: got %d events, want one without a stamp", len(page))
	}
}

func BenchmarkIngestGroup(b *testing.B) {
	rooms := found(b, newMembers(b, 2))
	events := make([]posted, b.N)
	for i := range events {
		events[i] = rooms[0].say(b, fmt.Sprint(i))
	}
	b.ResetTimer()
	for _, e := range events {
		if err := rooms[1].hear(b, e); err != nil {
			b.Fatal(err)
		}
	}
}
