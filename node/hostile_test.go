package node

import (
	"bytes"
	"crypto/rand"
	"testing"
	"time"

	"conclave/crypto/canon"
	"conclave/crypto/handshake"
	"conclave/crypto/identity"
	"conclave/node/feature"
	"conclave/node/feature/contact"
	"conclave/node/session"
	"conclave/protocol"
	"conclave/protocol/net"
	"conclave/storage"
)

// What an authentic message may change although what it says is refused: the ratchet of its own session.
var ratchetOnly = []storage.Table{storage.Sessions}

// scene is a victim with two honest people, and mallory who has a session with it.
func scene(t *testing.T) (*Node, *Node, cast, *mallory) {
	t.Helper()
	a, b := open(t, "a", ""), open(t, "b", t.TempDir())
	c := meet(t, a, b)
	c.delivered(a, c.send(a, c.alice, "before"))
	m := attack(t, b, c.bob)
	m.befriend()
	call[contact.Contact](t, b, feature.Actor{Account: c.bob}, "contact.accept", contact.OfRequest{Account: m.acct}) // a stranger would be shut out
	m.hear()
	return a, b, c, m
}

func TestHostileEnvelopesChangeNothing(t *testing.T) {
	a, b, c, m := scene(t)
	told := func() session.Sealed { return m.seal(m.says("fresh", func(*protocol.Header) {})) }

	t.Run("the same frame again", func(t *testing.T) {
		m.t = t
		item := m.says("once", func(*protocol.Header) {})
		x := m.seal(item)
		m.want(x, net.Delivered)
		e, err := protocol.DecodeEvent(item.Data)
		if err != nil {
			t.Fatal(err)
		}
		m.ord, m.last = e.Ord, []protocol.EventID{e.ID}
		m.leaves(noted, func() {
			for range 3 {
				m.want(x, net.Duplicate)
			}
		})
		m.honest()
	})
	t.Run("each byte flipped", func(t *testing.T) {
		m.t = t
		x := told()
		m.leaves(noted, func() {
			var flying []*net.Pending
			for i := 0; i < len(x.Blob); i++ {
				if i > 256 && i%16 != 0 {
					continue // all of the type byte, the sealed header and the nonce of the body, then samples
				}
				bad := x
				bad.Blob = bytes.Clone(x.Blob)
				bad.Blob[i] ^= 1 << (i % 8)
				flying = append(flying, m.put(bad))
			}
			for _, p := range flying {
				m.answers(p, net.Refused)
			}
		})
		m.honest()
	})
	t.Run("cut short and made longer", func(t *testing.T) {
		m.t = t
		x := told()
		m.leaves(noted, func() {
			for _, n := range []int{1, 2, 24, 104, 105, len(x.Blob) / 2, len(x.Blob) - 1} {
				bad := x
				bad.Blob = x.Blob[:n]
				m.want(bad, net.Refused)
			}
			bad := x
			bad.Blob = append(bytes.Clone(x.Blob), make([]byte, 256)...)
			m.want(bad, net.Refused)
		})
		m.honest()
	})
	t.Run("another queue, another token, another kind", func(t *testing.T) {
		m.t = t
		x := told()
		intro := m.prekeys(false).Bundle.IntroQueue
		m.leaves(noted, func() {
			for _, change := range []func(*session.Sealed){
				func(s *session.Sealed) { s.Queue[0] ^= 1 },
				func(s *session.Sealed) { s.Token[15] ^= 1 },
				func(s *session.Sealed) { s.Token = [16]byte{} },
				func(s *session.Sealed) { s.Queue = protocol.Queue{} },
				func(s *session.Sealed) { s.Queue = protocol.Queue(intro) },
				func(s *session.Sealed) { s.Blob = append([]byte{protocol.BlobGroup}, s.Blob[1:]...) },
				func(s *session.Sealed) { s.Blob = append([]byte{protocol.BlobCopies}, s.Blob[1:]...) },
				func(s *session.Sealed) { s.Blob = append([]byte{0xff}, s.Blob[1:]...) },
			} {
				bad := x
				bad.Blob = bytes.Clone(x.Blob)
				change(&bad)
				m.want(bad, net.Refused)
			}
		})
		m.honest()
	})
	t.Run("its own envelopes sent back", func(t *testing.T) {
		m.t = t
		m.updateVictim(b, c.bob, "to be reflected")
		heard := m.hear()
		own := told() // tells the queue of the victim
		m.leaves(noted, func() {
			m.want(session.Sealed{Blob: heard.Blob, Queue: own.Queue, Token: own.Token}, net.Refused)
		})
		m.honest()
	})
	t.Run("in another order", func(t *testing.T) {
		m.t = t
		var list []session.Sealed
		for range 8 {
			list = append(list, m.seal(protocol.Item{Kind: 99, Data: []byte("of a newer version")}))
		}
		m.leaves([]storage.Table{storage.Sessions, storage.Dedup}, func() {
			for i := range list {
				m.want(list[len(list)-1-i], net.Delivered)
			}
			for _, x := range list {
				m.want(x, net.Duplicate)
			}
		})
		m.honest()
	})
	t.Run("many queues", func(t *testing.T) {
		m.t = t
		m.leaves(noted, func() {
			var flying []*net.Pending
			for range nightly(1000, 10_000) {
				x := session.Sealed{Blob: []byte{protocol.BlobSession, 0}}
				rand.Read(x.Queue[:])
				flying = append(flying, m.put(x))
			}
			for _, p := range flying {
				m.answers(p, net.Refused)
			}
		})
		m.honest()
	})
	c.delivered(a, c.send(a, c.alice, "after all that"))
}

func TestReplaysAfterARestartChangeNothing(t *testing.T) {
	dir := t.TempDir()
	a, b := open(t, "a", ""), open(t, "b", dir)
	c := meet(t, a, b)
	m := attack(t, b, c.bob)
	m.befriend()
	first := m.first(m.prekeys(false), protocol.Item{Kind: 99, Data: []byte("by hand")}, func(*handshake.Message) {})
	m.want(first, net.Delivered)
	x := m.seal(protocol.Item{Kind: 99, Data: []byte("x")})
	m.want(x, net.Delivered)
	everyRow(t, b)
	stop(t, b)
	b = open(t, "b again", dir)
	m.victim = b
	m.connect()
	m.leaves(noted, func() {
		m.want(first, net.Duplicate)
		m.want(x, net.Duplicate)
	})
	m.honest()
}

// updateVictim lets the victim write to mallory.
func (m *mallory) updateVictim(b *Node, bob protocol.Account, text string) {
	m.t.Helper()
	c := cast{t: m.t, alice: m.acct, bob: bob, log: m.log}
	c.send(b, bob, text)
}

func TestHostileFirstMessagesChangeNothing(t *testing.T) {
	_, b, c, m := scene(t)
	founded, err := identity.NewAccount(rand.Reader, time.Now(), identity.Founding{PeerID: []byte(m.host.ID())})
	if err != nil {
		t.Fatal(err)
	}
	carol := founded.Log
	lowOrder := [32]byte{0xe0, 0xeb, 0x7a, 0x7c, 0x3b, 0x41, 0xb8, 0xae, 0x16, 0x56, 0xe3, 0xfa, 0xf1, 0x9f, 0xc4, 0x6a, 0xda, 0x09, 0x8d, 0xeb, 0x9c, 0x32, 0xb1, 0xfd, 0x86, 0x62, 0x05, 0x16, 0x5f, 0x49, 0xb8, 0x00}
	none, far := uint64(999_999), uint64(1<<62)
	for name, change := range map[string]func(*handshake.Message){
		"an ephemeral key of zeroes":      func(x *handshake.Message) { x.EK = [32]byte{} },
		"an ephemeral key of one":         func(x *handshake.Message) { x.EK = [32]byte{1} },
		"an ephemeral key of small order": func(x *handshake.Message) { x.EK = lowOrder },
		"a ciphertext of zeroes":          func(x *handshake.Message) { clear(x.CT[:]) },
		"another account's name":          func(x *handshake.Message) { x.AcctA = c.alice },
		"another account's name and chain": func(x *handshake.Message) {
			x.AcctA, x.Entries = carol.Account(), entries(carol.From(0)[0].Encode(), carol.From(0)[1].Encode())
		},
		"the victim's own name":           func(x *handshake.Message) { x.AcctA = m.bob },
		"a device that nobody listed":     func(x *handshake.Message) { x.DevA[0] ^= 1 },
		"a head that is not in the chain": func(x *handshake.Message) { x.IDHashA[0] ^= 1 },
		"another history of the victim":   func(x *handshake.Message) { x.IDHashB[0] ^= 1 },
		"an entry of the future":          func(x *handshake.Message) { x.IDSeqB = far },
		"another device of the victim":    func(x *handshake.Message) { x.DevB[0] ^= 1 },
		"an unknown signed prekey":        func(x *handshake.Message) { x.SPKID = none },
		"an unknown one-time key":         func(x *handshake.Message) { x.OTKID, x.LRKID = &none, nil },
		"an unknown last-resort key":      func(x *handshake.Message) { x.LRKID = &none },
		"junk for a first message":        func(x *handshake.Message) { rand.Read(x.First) },
		"a short first message":           func(x *handshake.Message) { x.First = []byte{1} },
		"junk for routes":                 func(x *handshake.Message) { x.Routes = []byte("junk") },
		"too many addresses": func(x *handshake.Message) {
			x.Routes = canon.MustMarshal(protocol.Routes{Addresses: make([]string, 17)})
		},
		"another creation time": func(x *handshake.Message) { x.EK[0] ^= 1; x.Created = far },
	} {
		t.Run(name, func(t *testing.T) {
			m.t = t
			keys := m.prekeys(false)
			m.leaves(noted, func() {
				m.want(m.first(keys, m.says("x", func(*protocol.Header) {}), change), net.Refused)
			})
			m.honest()
		})
	}
	t.Run("each part flipped", func(t *testing.T) {
		m.t = t
		x := m.first(m.prekeys(false), m.says("x", func(*protocol.Header) {}), func(*handshake.Message) {})
		m.leaves(noted, func() {
			for i := 0; i < len(x.Blob); i += 1 + i/24 {
				bad := x
				bad.Blob = bytes.Clone(x.Blob)
				bad.Blob[i] ^= 0x10
				m.want(bad, net.Refused)
			}
			for _, n := range []int{1, 2, 33, 1153, len(x.Blob) - 1} {
				bad := x
				bad.Blob = x.Blob[:n]
				m.want(bad, net.Refused)
			}
		})
		m.honest()
	})
	t.Run("a prekey used twice", func(t *testing.T) {
		m.t = t
		keys := m.prekeys(true)
		m.want(m.first(keys, protocol.Item{Kind: 99, Data: []byte{}}, func(*handshake.Message) {}), net.Delivered)
		again := m.first(keys, protocol.Item{Kind: 99, Data: []byte{}}, func(*handshake.Message) {})
		m.leaves(noted, func() { m.want(again, net.Refused) })
		last := m.prekeys(false)
		x := m.first(last, protocol.Item{Kind: 99, Data: []byte{}}, func(*handshake.Message) {})
		m.want(x, net.Delivered)
		m.leaves(noted, func() { m.want(x, net.Duplicate) })
	})
	c.arrives(b, c.send(b, c.bob, "still alive"))
}

func entries(list ...[]byte) (out []canon.Raw) {
	for _, e := range list {
		out = append(out, e)
	}
	return out
}

func TestStrangersWithAForgedIdentityChangeNothing(t *testing.T) {
	b := open(t, "b", "")
	c := meet(t, open(t, "a", ""), b)
	m := attack(t, b, c.bob)
	var own *identity.Log
	m.view(func(tx feature.Tx) (err error) { own, err = m.directory.Log(tx, m.acct); return err })
	founded, err := identity.NewAccount(rand.Reader, time.Now(), identity.Founding{PeerID: []byte(m.host.ID())})
	if err != nil {
		t.Fatal(err)
	}
	carol := founded.Log
	forged := bytes.Clone(own.From(0)[1].Encode())
	forged[len(forged)-1] ^= 1
	for name, change := range map[string]func(*handshake.Message){
		"a forged chain":                    func(x *handshake.Message) { x.Entries = entries(own.From(0)[0].Encode(), forged) },
		"a chain of another account":        func(x *handshake.Message) { x.Entries = entries(carol.From(0)[0].Encode(), carol.From(0)[1].Encode()) },
		"junk for a chain":                  func(x *handshake.Message) { x.Entries = entries([]byte{0x80}, []byte{0x01}) },
		"a chain that begins in the middle": func(x *handshake.Message) { x.Entries = entries(own.From(0)[1].Encode(), own.From(0)[0].Encode()) },
		"no chain":                          func(x *handshake.Message) { x.Entries = nil },
		"the genesis alone":                 func(x *handshake.Message) { x.Entries = x.Entries[:1] },
	} {
		t.Run(name, func(t *testing.T) {
			m.t = t
			keys := m.prekeys(false)
			m.leaves(noted, func() {
				m.want(m.first(keys, m.says("x", func(*protocol.Header) {}), change), net.Refused)
			})
		})
	}
	m.t = t
	m.befriend()
}
