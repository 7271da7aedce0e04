package solo

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/subtle"
	"sync"

	"conclave/crypto/identity"
	"conclave/crypto/vault"
	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/event"
	"conclave/protocol/net"
)

// Person is an account, of this node or of another.
type Person struct {
	n      *Node
	ID     protocol.Account
	Name   protocol.Name
	Secret [16]byte // of the contact link
	device protocol.Device
	key    vault.Key
	log    *identity.Log
	last   map[protocol.Log]*protocol.Event // newest own event, of an account of another node
}

// links answers for the slice account: which contact links hold.
type links struct {
	host *feature.Host

	mu      sync.Mutex // guards secrets
	secrets map[protocol.Account][16]byte
}

func (l *links) feature() feature.Feature {
	return feature.Feature{Name: "links", Install: func(h *feature.Host) {
		l.host = h
		feature.Links(h, func(_ feature.Tx, a protocol.Account, secret []byte) bool {
			l.mu.Lock()
			defer l.mu.Unlock()
			want, ok := l.secrets[a]
			return ok && h.Keys.Unlocked(a) && subtle.ConstantTimeCompare(want[:], secret) == 1
		})
	}}
}

func (l *links) set(a protocol.Account, secret [16]byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.secrets[a] = secret
}

func (n *Node) person(name protocol.Name) (*Person, feature.Device) {
	n.t.Helper()
	public, _, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		n.t.Fatalf("make a node key: %v", err)
	}
	peer, err := net.PeerOf(public)
	if err != nil {
		n.t.Fatalf("make a node key: %v", err)
	}
	f, err := identity.NewAccount(rand.Reader, n.Now(), identity.Founding{PeerID: []byte(peer)})
	if err != nil {
		n.t.Fatalf("make an account: %v", err)
	}
	p := &Person{n: n, ID: protocol.Account(f.Log.Account()), Name: name, device: protocol.Device(f.Device), log: f.Log, last: map[protocol.Log]*protocol.Event{}}
	rand.Read(p.Secret[:])
	return p, feature.Device{ID: p.device, AIK: f.AIK, DeviceKeys: f.Keys}
}

// Account makes an unlocked account of this node, called by its name with a capital letter.
func (n *Node) Account(name protocol.Name) *Person {
	n.t.Helper()
	p, device := n.person(name)
	n.Update(func(tx feature.Tx) (err error) {
		if p.key, err = vault.NewKey(rand.Reader); err != nil {
			return err
		}
		realm, err := n.Ring.Enrol(tx, p.ID, p.key, device)
		if err != nil {
			return err
		}
		if err := n.links.host.Found(tx, feature.Founding{Account: p.ID, Name: name, Display: p.Display(), Realm: realm}); err != nil {
			return err
		}
		return n.Directory.Publish(tx, p.ID, name, p.log.From(0))
	})
	n.links.set(p.ID, p.Secret)
	p.Unlock()
	return p
}

// Stranger makes an account of another node, whose identity log this one knows.
func (n *Node) Stranger(name protocol.Name) *Person {
	n.t.Helper()
	p, _ := n.person(name)
	n.Update(func(tx feature.Tx) error { return n.Directory.Merge(tx, p.ID, p.log.From(0)) })
	return p
}

// Meets has this node know the identity of an account of another one.
func (n *Node) Meets(p *Person) {
	n.t.Helper()
	n.Update(func(tx feature.Tx) error { return n.Directory.Merge(tx, p.ID, p.log.From(0)) })
}

// Asks puts a request to another node, as the node of an account of this one does.
func (n *Node) Asks(other *Node, who *Person, kind string, body []byte) ([]byte, error) {
	return other.Directory.Answer(context.Background(), net.Call{From: net.PeerID(who.log.Head().Devices[0].PeerID), Kind: kind, Body: body})
}

// Open opens the direct log of an account of this node with another.
func (n *Node) Open(a, b *Person) protocol.Log {
	n.t.Helper()
	n.Update(func(tx feature.Tx) error {
		_, err := n.Timeline.OpenDirect(tx, a.ID, b.ID)
		return err
	})
	return a.With(b)
}

// Unlock opens the account.
func (p *Person) Unlock() {
	p.n.t.Helper()
	if err := p.n.Ring.Unlock(context.Background(), p.ID, p.key); err != nil {
		p.n.t.Fatalf("unlock %s: %v", p.Name, err)
	}
}

// Display is the display name.
func (p *Person) Display() string { return string(p.Name[0]-'a'+'A') + string(p.Name[1:]) }

// Address is where the account is found.
func (p *Person) Address() protocol.Address { return protocol.NewAddress(p.Name, Host) }

// Link is the text of the contact link.
func (p *Person) Link() string {
	return protocol.Link{Account: p.ID, Secret: p.Secret, Base: "https://" + Host}.Text()
}

// RenewLink makes the old contact link worthless.
func (p *Person) RenewLink() {
	rand.Read(p.Secret[:])
	p.n.links.set(p.ID, p.Secret)
}

// With is the id of the direct conversation with another.
func (p *Person) With(other *Person) protocol.Log { return protocol.DirectLog(p.ID, other.ID) }

// Writes has an account of another node write to one of this node, as delivery brings it in. It returns the refusal of a door
// or of the timeline.
func (p *Person) Writes(to *Person, body event.Body) (protocol.EventID, error) {
	raw, err := event.Encode(body)
	if err != nil {
		p.n.t.Fatalf("encode %s: %v", body.Kind(), err)
	}
	return p.WritesRaw(to, body.Kind(), raw)
}

// WritesRaw is Writes of any kind and bytes.
func (p *Person) WritesRaw(to *Person, kind string, raw []byte) (protocol.EventID, error) {
	e := p.say(to, kind, raw)
	if err := p.arrive(to, e); err != nil {
		return e.ID, err
	}
	p.last[e.Log] = e
	return e.ID, nil
}

// Holds is Writes of something that arrives when the result is called, after what is written meanwhile.
func (p *Person) Holds(to *Person, body event.Body) (arrive func() error) {
	raw, err := event.Encode(body)
	if err != nil {
		p.n.t.Fatalf("encode %s: %v", body.Kind(), err)
	}
	e := p.say(to, body.Kind(), raw)
	p.last[e.Log] = e
	return func() error { return p.arrive(to, e) }
}

// Last is the newest event that an account of another node made, whether it arrived or not.
func (p *Person) Last(to *Person) protocol.EventID { return p.last[p.With(to)].ID }

// say makes the next event of an account of another node.
func (p *Person) say(to *Person, kind string, raw []byte) *protocol.Event {
	n, log := p.n, p.With(to)
	h := protocol.Header{Log: log, Kind: kind, Author: p.ID, Device: p.device, Ord: 1, HLC: uint64(n.Now().UnixMilli()) << 16}
	if last := p.last[log]; last != nil {
		h.Ord, h.Parents = last.Ord+1, []protocol.EventID{last.ID}
	}
	e, err := protocol.NewEvent(rand.Reader, h, raw)
	if err != nil {
		n.t.Fatalf("make an event: %v", err)
	}
	return e
}

func (p *Person) arrive(to *Person, e *protocol.Event) error {
	return p.n.Store.Update(context.Background(), func(tx feature.Tx) error {
		if err := p.n.Registry.Admit(tx, to.ID, p.ID); err != nil {
			return err
		}
		c, err := p.n.Timeline.OpenDirect(tx, to.ID, p.ID)
		if err != nil {
			return err
		}
		return p.n.Timeline.Ingest(tx, c, e)
	})
}

// Asks has the node of an account of another node put a request to this one.
func (p *Person) Asks(kind string, body []byte) ([]byte, error) {
	return p.n.Asks(p.n, p, kind, body)
}

// Reads has an account of another node say how far it read.
func (p *Person) Reads(log protocol.Log, place protocol.Place) error {
	return p.n.Store.Update(context.Background(), func(tx feature.Tx) error {
		return p.n.Registry.Receive(tx, protocol.Receipt{Log: log, Account: p.ID, Read: &place, At: uint64(p.n.Now().UnixMilli())})
	})
}

// Newest is the newest event that a stranger made in a log, also one that is held back.
func (p *Person) Newest(log protocol.Log) protocol.EventID { return p.last[log].ID }
