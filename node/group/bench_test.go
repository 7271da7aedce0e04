package group

import (
	"context"
	"crypto/rand"
	"fmt"
	"strings"
	"testing"

	"conclave/crypto/identity"
	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/event"
	"conclave/protocol/membership"
)

// strangers makes accounts of other nodes, which the site knows and that have no part in the world otherwise.
func (s *site) strangers(n, nodes int) []protocol.Account {
	s.w.t.Helper()
	out := make([]protocol.Account, n)
	for i := range out {
		f, err := identity.NewAccount(rand.Reader, s.w.now, identity.Founding{PeerID: fmt.Appendf(nil, "node %d", i%nodes)})
		if err != nil {
			s.w.t.Fatal(err)
		}
		out[i] = protocol.Account(f.Log.Account())
		s.update(func(tx feature.Tx) error { return s.dir.Merge(tx, out[i], f.Log.From(0)) })
	}
	return out
}

// sealed makes an event of a person and seals it.
func (p *person) sealed(tx feature.Tx, log protocol.Log, body []byte) ([]byte, error) {
	heads, err := p.Heads(tx, log)
	if err != nil {
		return nil, err
	}
	e, err := protocol.NewEvent(rand.Reader, protocol.Header{
		Log: log, Kind: event.MessageSent{}.Kind(), Author: p.id, Device: p.dev, Ord: 1, HLC: uint64(p.w.now.UnixMilli()) << 16, Heads: heads,
	}, body)
	if err != nil {
		return nil, err
	}
	inner, _, err := p.Seal(tx, e)
	return inner, err
}

func message(b *testing.B) []byte {
	body, err := event.Encode(event.MessageSent{Content: strings.Repeat("x", 200)})
	if err != nil {
		b.Fatal(err)
	}
	return body
}

// BenchmarkMessage is one message of 200 bytes from one node to another: sealed and opened, with what is saved of it, without the
// log and the disk.
func BenchmarkMessage(b *testing.B) {
	for _, members := range []int{2, 1000} {
		b.Run(fmt.Sprintf("members=%d", members), func(b *testing.B) {
			w := newWorld(b, "a", "b")
			ana, ben := w.person(0), w.person(1)
			log := w.groupOf(w.sites[1])
			for _, a := range ana.strangers(members-2, 10) {
				ana.act(log, &membership.Add{Account: a})
			}
			w.deliver()
			ana.say(log, "first")
			w.deliver()
			body, size := message(b), 0
			give := func(tx feature.Tx, inner []byte) error {
				for {
					data, id, to, err := ana.Owed(tx, log, ana.dev)
					if err != nil || len(to) == 0 {
						return err
					}
					for _, n := range to {
						if err := ana.Giving(tx, log, id, n.Peer, n.Devices[0].Device); err != nil {
							return err
						}
					}
					ana.mail = append(ana.mail, letter{dist: data})
				}
			}
			ana.mail = nil
			for b.Loop() {
				var inner []byte
				if err := ana.store.Update(context.Background(), func(tx feature.Tx) (err error) {
					if inner, err = ana.sealed(tx, log, body); err != nil {
						return err
					}
					return give(tx, inner)
				}); err != nil {
					b.Fatal(err)
				}
				size = len(inner)
				if err := ben.store.Update(context.Background(), func(tx feature.Tx) error {
					for _, m := range ana.mail {
						if err := ben.Accept(tx, ana.id, ana.dev, m.dist); err != nil {
							return err
						}
					}
					ana.mail = nil
					_, _, err := ben.Open(tx, log, inner)
					return err
				}); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(size), "bytes/message")
		})
	}
}

// BenchmarkRekey is what the first message after a removal costs its author more than others: a new chain, and its key for every
// node. Sealing that for each of them and carrying it comes on top: a step of the pairwise ratchet and its frame.
func BenchmarkRekey(b *testing.B) {
	for _, nodes := range []int{10, 1000} {
		b.Run(fmt.Sprintf("members=1000/nodes=%d", nodes), func(b *testing.B) {
			w := newWorld(b, "a")
			ana := w.person(0)
			policy := membership.DefaultPolicy()
			policy.MaxMembers = 2000
			log := ana.found(feature.NewGroup{Policy: policy})
			others := ana.strangers(1000, nodes)
			for _, a := range others {
				ana.act(log, &membership.Add{Account: a})
			}
			body, bytes, given := message(b), 0, 0
			for i := 0; b.Loop(); i++ {
				b.StopTimer()
				ana.act(log, &membership.Remove{Account: others[i]})
				ana.mail = nil
				b.StartTimer()
				bytes, given = 0, 0
				if err := ana.store.Update(context.Background(), func(tx feature.Tx) error {
					if _, err := ana.sealed(tx, log, body); err != nil {
						return err
					}
					data, id, to, err := ana.Owed(tx, log, ana.dev)
					if err != nil {
						return err
					}
					for _, n := range to {
						given++
						bytes += len(data)
						if err := ana.Giving(tx, log, id, n.Peer, n.Devices[0].Device); err != nil {
							return err
						}
					}
					return nil
				}); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(bytes), "bytes")
			b.ReportMetric(float64(given), "nodes")
		})
	}
}
