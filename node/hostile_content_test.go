package node

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"conclave/crypto/canon"
	"conclave/crypto/handshake"
	"conclave/node/feature"
	"conclave/node/feature/contact"
	"conclave/node/feature/message"
	"conclave/node/session"
	"conclave/protocol"
	"conclave/protocol/net"
	"conclave/storage"
)

func TestHostileContentsChangeNothing(t *testing.T) {
	a, b, c, m := scene(t)
	item := func(kind protocol.ItemKind, data []byte) []protocol.Item {
		return []protocol.Item{{Kind: kind, Data: data}}
	}
	says := func(change func(*protocol.Header)) []protocol.Item { return []protocol.Item{m.says("x", change)} }
	missing := []protocol.EventID{{0xee}}
	receipt := func(r protocol.Receipt) []protocol.Item { return item(protocol.ItemReceipt, canon.MustMarshal(r)) }
	far := protocol.Place{Ord: 1 << 63, HLC: 1 << 63, ID: protocol.EventID{0xff}}
	for name, what := range map[string]func() []protocol.Item{
		"in the victim's name":     func() []protocol.Item { return says(func(h *protocol.Header) { h.Author = c.bob }) },
		"in another's name":        func() []protocol.Item { return says(func(h *protocol.Header) { h.Author = c.alice }) },
		"of another device":        func() []protocol.Item { return says(func(h *protocol.Header) { h.Device[0] ^= 1 }) },
		"of the victim's device":   func() []protocol.Item { return says(func(h *protocol.Header) { h.Device = m.pair.PeerDev }) },
		"for another conversation": func() []protocol.Item { return says(func(h *protocol.Header) { h.Log = c.log }) },
		"for no conversation":      func() []protocol.Item { return says(func(h *protocol.Header) { h.Log = protocol.Log{} }) },
		"from the future": func() []protocol.Item {
			return says(func(h *protocol.Header) { h.Ord, h.Parents = 1<<63-1, missing })
		},
		"a million and one ahead": func() []protocol.Item {
			return says(func(h *protocol.Header) { h.Ord, h.Parents = h.Ord+protocol.MaxOrdJump+1, missing })
		},
		"an order that does not follow": func() []protocol.Item { return says(func(h *protocol.Header) { h.Ord += 7 }) },
		"with heads":                    func() []protocol.Item { return says(func(h *protocol.Header) { h.Heads = missing }) },
		"an empty text": func() []protocol.Item {
			return []protocol.Item{m.event([]byte{0xa1, 0, 0x60}, func(*protocol.Header) {})}
		},
		"a body of junk": func() []protocol.Item { return []protocol.Item{m.event([]byte("junk"), func(*protocol.Header) {})} },
		"a body that is a bomb": func() []protocol.Item {
			return []protocol.Item{m.event(bytes.Repeat([]byte{0x9a, 0xff, 0xff, 0xff, 0xff}, 1000), func(*protocol.Header) {})}
		},
		"a text over the limit": func() []protocol.Item {
			return []protocol.Item{m.event(canon.MustMarshal(map[int]string{0: strings.Repeat("x", protocol.MaxText+1)}), func(*protocol.Header) {})}
		},
		"an event of junk":        func() []protocol.Item { return item(protocol.ItemEvent, []byte("junk")) },
		"an event that is a bomb": func() []protocol.Item { return item(protocol.ItemEvent, bytes.Repeat([]byte{0x81}, 10_000)) },
		"a cursor of junk":        func() []protocol.Item { return item(protocol.ItemReceipt, []byte("junk")) },
		"a cursor in another's name": func() []protocol.Item {
			return receipt(protocol.Receipt{Log: m.log, Account: c.alice, Delivered: &far})
		},
		"a cursor of another's log":    func() []protocol.Item { return receipt(protocol.Receipt{Log: c.log, Account: m.acct, Read: &far}) },
		"a cursor in the other's name": func() []protocol.Item { return receipt(protocol.Receipt{Log: c.log, Account: c.alice, Read: &far}) },
	} {
		t.Run(name, func(t *testing.T) {
			m.t = t
			m.leaves(ratchetOnly, func() { m.want(m.seal(what()...), net.Refused) })
			m.honest()
		})
	}
	t.Run("65 items", func(t *testing.T) {
		m.t = t
		m.leaves(noted, func() { m.want(m.seal(make([]protocol.Item, protocol.MaxItems+1)...), net.Refused) })
		m.honest()
	})
	t.Run("routes of junk", func(t *testing.T) {
		m.t = t
		m.leaves([]storage.Table{storage.Sessions, storage.Dedup}, func() {
			m.want(m.seal(protocol.Item{Kind: protocol.ItemRoutes, Data: []byte("junk")}), net.Delivered)
		})
		m.honest()
	})
	t.Run("addresses that are none", func(t *testing.T) {
		m.t = t
		junk := canon.MustMarshal(protocol.Routes{Addresses: []string{"/ip4/127.0.0.1/tcp/1/p2p/x", "junk", "/dns4/localhost/tcp/22", ""}})
		m.leaves([]storage.Table{storage.Sessions, storage.Dedup, storage.Pairs, storage.Directory}, func() { // of its own account
			m.want(m.seal(protocol.Item{Kind: protocol.ItemRoutes, Data: junk}), net.Delivered)
		})
		m.honest()
	})
	c.delivered(a, c.send(a, c.alice, "after all that"))
	c.arrives(b, c.send(b, c.bob, "still alive"))
}

func TestARefusedFirstEventOpensNoConversation(t *testing.T) {
	a, b := open(t, "a", ""), open(t, "b", "")
	c := meet(t, a, b)
	m := attack(t, b, c.bob)
	m.want(m.first(m.prekeys(false), m.event([]byte("junk"), func(*protocol.Header) {}), func(*handshake.Message) {}), net.Refused)
	if err := b.store.View(func(tx feature.Tx) error {
		_, err := b.timeline.Conversation(tx, m.log)
		return err
	}); !errors.Is(err, feature.ErrNotFound) {
		t.Errorf("the conversation: got %v, want %v", err, feature.ErrNotFound)
	}
}

func TestACursorInALogThatIsNotHereHoldsNobodyUp(t *testing.T) {
	b := open(t, "b", "")
	c := meet(t, open(t, "a", ""), b)
	m := attack(t, b, c.bob)
	cursor := canon.MustMarshal(protocol.Receipt{Log: m.log, Account: m.acct, Delivered: &protocol.Place{Ord: 1}, Read: &protocol.Place{Ord: 1}})
	m.want(m.first(m.prekeys(false), protocol.Item{Kind: protocol.ItemReceipt, Data: cursor}, func(*handshake.Message) {}), net.Delivered)
}

func TestAnErasedEventCanBeListed(t *testing.T) {
	_, b, c, m := scene(t)
	e, err := protocol.DecodeEvent(m.says("erased before it was sent", func(*protocol.Header) {}).Data)
	if err != nil {
		t.Fatal(err)
	}
	m.want(m.seal(protocol.Item{Kind: protocol.ItemEvent, Data: e.Erase().Encode()}), net.Delivered)
	m.ord, m.last = e.Ord, []protocol.EventID{e.ID}
	m.honest()
	call[contact.Contact](t, b, feature.Actor{Account: c.bob}, "contact.accept", contact.OfRequest{Account: m.acct})
	call[any](t, b, feature.Actor{Account: c.bob}, "message.list", message.ListRequest{Conversation: m.log})
}

func TestHostileRequestsChangeNothing(t *testing.T) {
	_, _, _, m := scene(t)
	bomb := append([]byte{0x9a, 0xff, 0xff, 0xff, 0xff}, bytes.Repeat([]byte{0x81}, 10_000)...)
	m.leaves(noted, func() {
		for kind, want := range map[string]error{
			"unknown": net.ErrRefused, strings.Repeat("k", 64): net.ErrRefused, "\x00": net.ErrRefused,
			session.KindPrekeys: net.ErrRefused, session.KindPosition: net.ErrRefused, "identity": net.ErrRefused,
		} {
			for _, body := range [][]byte{{}, []byte("junk"), bomb, make([]byte, net.MaxRequest)} {
				if _, err := m.host.Request(t.Context(), m.victim.host.ID(), kind, body); !errors.Is(err, want) {
					t.Errorf("a request %.8q of %d bytes: got %v, want %v", kind, len(body), err, want)
				}
			}
		}
		if _, err := m.host.Request(t.Context(), m.victim.host.ID(), session.KindPrekeys, session.PrekeyRequest(session.Pair{Own: m.acct, OwnDev: m.dev, Peer: m.acct, PeerDev: m.dev}, make([]byte, 16))); !errors.Is(err, net.ErrNotFound) {
			t.Errorf("prekeys of somebody who is not here: got %v, want %v", err, net.ErrNotFound)
		}
		if _, err := m.host.Request(t.Context(), m.victim.host.ID(), session.KindPrekeys, session.PrekeyRequest(m.pair, make([]byte, 16))); err != nil {
			t.Errorf("prekeys with a wrong secret: got %v, want a bundle without a one-time key", err)
		}
	})
	m.honest()
}
