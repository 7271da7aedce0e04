package group

import (
	"errors"
	"slices"

	chain "conclave/crypto/group"
	"conclave/node/feature"
	"conclave/node/session"
	"conclave/protocol"
)

// letter is one thing for other nodes.
type letter struct {
	to    string // a node; empty for all that host a member
	log   protocol.Log
	op    []byte
	inner []byte
	dist  []byte
	id    chain.ChainID
	pair  session.Pair
	item  *protocol.Item
}

// Op implements Outbox.
func (s *site) Op(tx feature.Tx, log protocol.Log, op []byte) error {
	tx.OnCommit(func() { s.mail = append(s.mail, letter{log: log, op: op}) })
	return nil
}

// Control implements Outbox.
func (s *site) Control(tx feature.Tx, pair session.Pair, items ...protocol.Item) error {
	for _, it := range items {
		tx.OnCommit(func() { s.mail = append(s.mail, letter{pair: pair, item: &it}) })
	}
	return nil
}

// Brief implements Outbox: every node is there to be asked.
func (s *site) Brief(feature.Tx, protocol.Log, session.Pair) error { return nil }

// Enqueue implements timeline.Outbox.
func (s *site) Enqueue(feature.Tx, feature.Conversation, *protocol.Event) error {
	return errors.New("no direct conversations here")
}

// EnqueueGroup implements timeline.Outbox: the key of the chain goes to one device of each node that is owed it.
func (s *site) EnqueueGroup(tx feature.Tx, c feature.Conversation, e *protocol.Event, inner []byte) error {
	for {
		data, id, to, err := s.Owed(tx, c.Log, e.Device)
		if err != nil {
			return err
		}
		if len(to) == 0 {
			break
		}
		for _, n := range to {
			if err := s.Giving(tx, c.Log, id, n.Peer, n.Devices[0].Device); err != nil {
				return err
			}
			x := letter{to: n.Peer, log: c.Log, dist: data, id: id, pair: session.Pair{Own: e.Author, OwnDev: e.Device}}
			tx.OnCommit(func() { s.mail = append(s.mail, x) })
		}
	}
	tx.OnCommit(func() { s.mail = append(s.mail, letter{log: c.Log, inner: inner}) })
	return nil
}

// deliver carries all mail to everybody but those named, who get none of it ever.
func (w *world) deliver(without ...*site) {
	w.t.Helper()
	for _, from := range w.sites {
		mail := from.mail
		from.mail = nil
		for _, m := range mail {
			for _, to := range w.sites {
				if to != from && !slices.Contains(without, to) && to.expects(m) {
					to.take(from, m)
				}
			}
		}
	}
}

func (s *site) expects(m letter) bool {
	if m.item != nil {
		return slices.ContainsFunc(s.people, func(p *person) bool { return p.id == m.pair.Peer })
	}
	if m.to != "" {
		return m.to == s.name
	}
	here := false
	s.view(func(tx feature.Tx) error {
		logs, err := s.Logs(tx)
		here = slices.Contains(logs, m.log)
		return err
	})
	return here
}

func (s *site) take(from *site, m letter) {
	s.w.t.Helper()
	err := s.try(func(tx feature.Tx) error {
		switch {
		case m.op != nil:
			_, err := s.TakeOps(tx, m.log, [][]byte{m.op})
			return err
		case m.dist != nil:
			return s.Accept(tx, m.pair.Own, m.pair.OwnDev, m.dist)
		case m.inner != nil:
			return s.read(tx, m.log, m.inner)
		case m.item.Kind == protocol.ItemWelcome:
			wel, err := protocol.DecodeWelcome(m.item.Data)
			if err != nil {
				return err
			}
			return s.Welcomed(tx, m.pair.Peer, m.pair.Own, wel)
		case m.item.Kind == protocol.ItemGroup:
			put, err := protocol.DecodeGroupPut(append([]byte{protocol.BlobGroup}, m.item.Data...))
			if err != nil {
				return err
			}
			_, err = s.TakeOps(tx, put.Log, [][]byte{put.Data})
			return err
		}
		secret, err := protocol.DecodeTopicSecret(m.item.Data)
		if err != nil {
			return err
		}
		return s.TakeTopic(tx, m.pair.Own, secret)
	})
	if err != nil {
		s.w.t.Fatalf("%s takes a letter of %s: %v", s.name, from.name, err)
	}
	if m.dist != nil {
		from.update(func(tx feature.Tx) error { return from.Gave(tx, m.log, m.id, s.name) })
	}
	if m.item != nil && m.item.Kind == protocol.ItemWelcome {
		s.fetch(from)
	}
}

// read opens and logs a message.
func (s *site) read(tx feature.Tx, log protocol.Log, inner []byte) error {
	e, stamp, err := s.Open(tx, log, inner)
	if err != nil {
		return err
	}
	return s.line.IngestGroup(tx, e, stamp)
}

// fetch asks another node for all operations of the groups that are joined.
func (s *site) fetch(from *site) {
	s.w.t.Helper()
	var joining []Joining
	s.view(func(tx feature.Tx) (err error) { joining, err = s.Joining(tx); return err })
	for _, j := range joining {
		ops := from.ops(j.Log)
		s.update(func(tx feature.Tx) error {
			got, err := s.TakeOps(tx, j.Log, ops)
			if len(got.Missing)+len(got.Strangers)+got.Refused > 0 {
				s.w.t.Errorf("%s joins: got %+v, want all operations taken", s.name, got)
			}
			return err
		})
	}
}
