package node

import (
	"bytes"
	"crypto/rand"
	"sync"
	"testing"
	"time"

	"conclave/crypto/canon"
	chain "conclave/crypto/group"
	"conclave/node/feature"
	"conclave/node/session"
	"conclave/protocol"
	"conclave/protocol/event"
	"conclave/protocol/membership"
	"conclave/protocol/net"
	"conclave/storage"
)

// infiltrate makes mallory a member of a group, as far as its own store goes by the rules.
func (g *circle) infiltrate() *mallory {
	g.t.Helper()
	m := attack(g.t, g.nodes[0], g.who[0])
	m.befriend()
	ticket := []byte("a ticket")
	m.update(func(tx feature.Tx) error { return m.groups.Expect(tx, m.acct, g.log, ticket) })
	var create, add *membership.Op
	g.update(0, func(tx feature.Tx) (err error) {
		add, err = g.nodes[0].groups.Answer(tx, g.log, g.who[0], m.acct, ticket)
		return err
	})
	g.view(0, func(tx feature.Tx) (err error) {
		create, err = g.nodes[0].groups.Op(tx, g.log, membership.ID(g.log))
		return err
	})
	m.update(func(tx feature.Tx) error {
		w := protocol.Welcome{Log: g.log, Create: create.Encode(), Add: protocol.EventID(add.ID), Ticket: ticket}
		if err := m.groups.Welcomed(tx, m.acct, g.who[0], w); err != nil {
			return err
		}
		_, err := m.groups.TakeOps(tx, g.log, [][]byte{create.Encode(), add.Encode()})
		return err
	})
	return m
}

// speaks makes a message of a group as mallory would honestly.
func (m *mallory) speaks(log protocol.Log, text string, ord uint64, parents ...protocol.EventID) (e *protocol.Event, inner []byte) {
	m.t.Helper()
	body, err := event.Encode(event.MessageSent{Content: text})
	if err != nil {
		m.t.Fatal(err)
	}
	m.update(func(tx feature.Tx) error {
		heads, err := m.groups.Heads(tx, log)
		if err != nil {
			return err
		}
		if e, err = protocol.NewEvent(rand.Reader, protocol.Header{
			Log: log, Kind: "message.sent", Author: m.acct, Device: m.dev, Ord: ord, Parents: parents,
			HLC: uint64(time.Now().UnixMilli()) << 16, Heads: heads,
		}, body); err != nil {
			return err
		}
		inner, _, err = m.groups.Seal(tx, e)
		return err
	})
	return e, inner
}

func record(log protocol.Log, kind protocol.GroupKind, data []byte) session.Sealed {
	return session.Sealed{Queue: protocol.GroupQueue(log), Blob: protocol.GroupPut{Log: log, Kind: kind, Data: data}.Encode()}
}

func TestHostileRecordsOfAGroupChangeNothing(t *testing.T) {
	g := gather(t, open(t, "a", ""))
	m := g.infiltrate()
	victim := g.nodes[0]
	e, inner := m.speaks(g.log, "hello", 1)
	var dist []byte
	m.view(func(tx feature.Tx) (err error) {
		dist, _, _, err = m.groups.Owed(tx, g.log, m.dev)
		return err
	})
	// What the victim says of its own accord comes after all this.
	m.leaves(noted, func() {
		m.want(record(g.log, protocol.GroupMessage, inner), net.Later) // its key was not handed over
		m.want(session.Sealed{Queue: protocol.GroupQueue(g.log), Blob: []byte{protocol.BlobGroup}}, net.Refused)
		m.want(session.Sealed{Queue: protocol.GroupQueue(g.log), Blob: []byte{protocol.BlobGroup, 0xa3, 0x00}}, net.Refused)
		m.want(record(g.log, protocol.GroupMessage, []byte("junk")), net.Refused)
		m.want(record(g.log, protocol.GroupOp, []byte("junk")), net.Refused)
		m.want(record(g.log, protocol.GroupOp, make([]byte, protocol.MaxOp+1)), net.Refused)
		m.want(record(g.log, 3, inner), net.Refused)
	})
	m.want(m.seal(protocol.Item{Kind: protocol.ItemChain, Data: dist}), net.Delivered)
	changed := bytes.Clone(inner)
	changed[len(changed)-1] ^= 1
	m.leaves(noted, func() { m.want(record(g.log, protocol.GroupMessage, changed), net.Refused) })
	m.want(record(g.log, protocol.GroupMessage, inner), net.Delivered)
	if !g.has(0, e.ID) {
		t.Fatal("an honest message of a member was not logged")
	}
	m.leaves(noted, func() { m.want(record(g.log, protocol.GroupMessage, inner), net.Duplicate) })

	var other protocol.Log
	m.update(func(tx feature.Tx) error {
		c, err := m.groups.Found(tx, m.acct, feature.NewGroup{Policy: membership.DefaultPolicy()})
		other = c.Log
		return err
	})
	_, elsewhere := m.speaks(other, "in another group", 1)
	var op *membership.Op
	m.view(func(tx feature.Tx) (err error) {
		op, err = m.groups.Op(tx, other, membership.ID(other))
		return err
	})
	m.leaves(noted, func() {
		m.want(record(g.log, protocol.GroupMessage, elsewhere), net.Later) // of a chain that nobody knows here
		m.want(record(g.log, protocol.GroupOp, op.Encode()), net.Refused)
		wrong := record(g.log, protocol.GroupMessage, inner)
		wrong.Queue = protocol.GroupQueue(other)
		m.want(wrong, net.Refused)
		m.want(record(other, protocol.GroupMessage, elsewhere), net.Later) // as of any group that is not here
	})

	stranger := attack(t, victim, g.who[0])
	_, again := m.speaks(g.log, "carried by somebody else", 2, e.ID)
	var ops [][]byte
	m.view(func(tx feature.Tx) (err error) {
		ops, _, err = m.groups.Ops(tx, g.log, nil, 1<<20)
		return err
	})
	stranger.leaves(noted, func() {
		stranger.want(record(g.log, protocol.GroupMessage, again), net.Refused)
		for _, op := range ops {
			stranger.want(record(g.log, protocol.GroupOp, op), net.Refused)
		}
	})
	m.want(record(g.log, protocol.GroupMessage, again), net.Delivered)
}

// A member that has a session with the newcomer may be faster than who welcomes it.
func TestAKeyThatComesBeforeItsGroupIsNotLost(t *testing.T) {
	g := gather(t, open(t, "a", ""))
	m := attack(t, g.nodes[0], g.who[0])
	m.befriend()
	ticket := []byte("a ticket")
	var log protocol.Log
	var create, add *membership.Op
	m.update(func(tx feature.Tx) error {
		c, err := m.groups.Found(tx, m.acct, feature.NewGroup{Policy: membership.DefaultPolicy()})
		if err != nil {
			return err
		}
		log = c.Log
		if create, err = m.groups.Op(tx, log, membership.ID(log)); err != nil {
			return err
		}
		add, err = m.groups.Answer(tx, log, m.acct, g.who[0], ticket)
		return err
	})
	e, inner := m.speaks(log, "welcome", 1)
	var dist []byte
	m.view(func(tx feature.Tx) (err error) {
		dist, _, _, err = m.groups.Owed(tx, log, m.dev)
		return err
	})
	m.leaves([]storage.Table{storage.Sessions, storage.Dedup, storage.Chains}, func() {
		m.want(m.seal(protocol.Item{Kind: protocol.ItemChain, Data: dist}), net.Delivered)
	})
	g.update(0, func(tx feature.Tx) error { return g.nodes[0].groups.Expect(tx, g.who[0], log, ticket) })
	w := protocol.Welcome{Log: log, Create: create.Encode(), Add: protocol.EventID(add.ID), Ticket: ticket}
	m.want(m.seal(protocol.Item{Kind: protocol.ItemWelcome, Data: canon.MustMarshal(w)}), net.Delivered)
	m.want(record(log, protocol.GroupMessage, inner), net.Later) // nobody is known to be a member yet
	m.want(record(log, protocol.GroupOp, add.Encode()), net.Delivered)
	m.want(record(log, protocol.GroupMessage, inner), net.Delivered)
	g.log = log
	if !g.has(0, e.ID) {
		t.Error("the first message was not logged")
	}
}

// A node that puts records off gets each of them once all the same. What was on its way overtakes one that was put off; nothing else
// of its chain does.
func TestRecordsThatArePutOffHoldUpTheirChain(t *testing.T) {
	const messages, atATime = 190, 128 // of one chain
	g := gather(t, open(t, "a", ""))
	m := g.infiltrate()
	var mu sync.Mutex
	putOff := map[protocol.EventID]int{} // after how many others
	taken := map[protocol.EventID]int{}
	offered := 0
	answer := func(p net.Put) net.Code {
		put, err := protocol.DecodeGroupPut(p.Blob)
		if err != nil || put.Kind != protocol.GroupMessage {
			return net.Duplicate
		}
		in, err := chain.DecodeInner(put.Data)
		if err != nil {
			return net.Refused
		}
		mu.Lock()
		defer mu.Unlock()
		offered++
		at, again := putOff[in.ID]
		switch {
		case again && offered-at > atATime:
			t.Errorf("a record that was put off came again behind %d others, want at most the %d that were on their way", offered-at-1, atATime-1)
		case !again && offered%17 == 3 && len(putOff) < 10:
			putOff[in.ID] = offered
			return net.Later
		}
		taken[in.ID]++
		return net.Duplicate
	}
	m.answer.Store(&answer)
	var said []protocol.EventID
	for range messages {
		said = append(said, g.say(0, "in order"))
	}
	for _, id := range said {
		g.becomes(0, id, feature.Delivered)
	}
	mu.Lock()
	defer mu.Unlock()
	if len(putOff) < 5 {
		t.Errorf("records put off: got %d, want several", len(putOff))
	}
	for n, id := range said {
		if taken[id] != 1 {
			t.Errorf("message %d: taken %d times, want once", n, taken[id])
		}
	}
}

// What a peer refuses, or is refused by all, holds up nothing else.
func TestARecordThatAllRefuseFails(t *testing.T) {
	g := gather(t, open(t, "a", ""))
	m := g.infiltrate()
	refuse := true
	var mu sync.Mutex
	answer := func(p net.Put) net.Code {
		mu.Lock()
		defer mu.Unlock()
		if put, err := protocol.DecodeGroupPut(p.Blob); err == nil && put.Kind == protocol.GroupMessage && refuse {
			refuse = false
			return net.Refused
		}
		return net.Duplicate
	}
	m.answer.Store(&answer)
	bad, good := g.say(0, "this is refused"), g.say(0, "this is not")
	g.becomes(0, bad, feature.Failed)
	g.becomes(0, good, feature.Delivered)
}
