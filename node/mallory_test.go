package node

import (
	"context"
	"crypto/mlkem"
	"crypto/rand"
	"maps"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"conclave/crypto/canon"
	"conclave/crypto/handshake"
	"conclave/crypto/identity"
	"conclave/crypto/ratchet"
	"conclave/crypto/seal"
	"conclave/crypto/vault"
	"conclave/node/feature"
	"conclave/node/feature/account"
	"conclave/node/session"
	"conclave/protocol"
	"conclave/protocol/event"
	"conclave/protocol/net"
	"conclave/storage"
)

// mallory is a node that speaks our protocol and keeps none of its rules: it has an account, keys and sessions, and puts
// together by hand what it sends.
type mallory struct {
	*Node
	t      *testing.T
	victim *Node
	acct   protocol.Account
	dev    protocol.Device
	bob    protocol.Account // on the victim
	pair   session.Pair
	log    protocol.Log
	lane   *net.Lane
	heard  chan net.Put                           // what the victim sent
	answer atomic.Pointer[func(net.Put) net.Code] // what it says of what comes; without one that it is delivered
	ord    uint64
	last   []protocol.EventID
}

func attack(t *testing.T, victim *Node, bob protocol.Account) *mallory {
	t.Helper()
	n, err := Open(t.Context(), Config{Listen: []string{"/ip4/127.0.0.1/tcp/0"}, Cost: vault.Cost{Memory: 64, Passes: 1, Threads: 1}, Unlimited: true})
	if err != nil {
		t.Fatal(err)
	}
	m := &mallory{Node: n, t: t, victim: victim, bob: bob, heard: make(chan net.Put, 10_000)}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() {
		done <- n.host.Run(ctx, net.Handlers{Serve: n.directory.Answer, Receive: func(_ context.Context, _ net.PeerID, puts []net.Put) []net.Code {
			codes := make([]net.Code, len(puts)) // everything is delivered
			for i, p := range puts {
				if answer := m.answer.Load(); answer != nil {
					codes[i] = (*answer)(p)
				}
				if codes[i] == net.Delivered {
					m.heard <- p
				}
			}
			return codes
		}})
	}()
	t.Cleanup(func() {
		cancel()
		<-done
		n.Close()
	})
	m.acct = call[account.Opened](t, n, feature.Actor{}, "account.create", account.CreateRequest{Name: "mallory", Passphrase: "correct horse", SetupToken: n.SetupToken()}).Account.Acct
	m.learn()
	return m
}

// learn finds the victim and opens a lane to it.
func (m *mallory) learn() {
	m.t.Helper()
	me := call[account.Me](m.t, m.victim, feature.Actor{Account: m.bob}, "me.get", feature.Nothing{})
	link, err := protocol.ParseLink(me.ContactLink)
	if err != nil {
		m.t.Fatal(err)
	}
	if _, err := m.directory.Learn(m.t.Context(), feature.Lead{Link: &link}); err != nil {
		m.t.Fatal(err)
	}
	own, err := m.keys.Device(m.acct)
	if err != nil {
		m.t.Fatal(err)
	}
	m.dev, m.log = own.ID, protocol.DirectLog(m.acct, m.bob)
	m.pair = session.Pair{Own: m.acct, OwnDev: m.dev, Peer: m.bob, PeerDev: protocol.Device(m.peerLog().Head().Devices[0].ID)}
	m.connect()
}

func (m *mallory) connect() {
	m.t.Helper()
	ctx, cancel := context.WithTimeout(m.t.Context(), time.Minute)
	defer cancel()
	if err := m.host.Connect(ctx, m.victim.host.ID(), m.victim.host.Addrs()); err != nil {
		m.t.Fatal(err)
	}
	l, err := m.host.Lane(ctx, m.victim.host.ID())
	if err != nil {
		m.t.Fatal(err)
	}
	m.lane = l.(lane).Lane
}

func (m *mallory) peerLog() (log *identity.Log) {
	m.t.Helper()
	m.view(func(tx feature.Tx) (err error) { log, err = m.directory.Log(tx, m.bob); return err })
	return log
}

func (m *mallory) view(fn func(feature.Tx) error) {
	m.t.Helper()
	if err := m.store.View(fn); err != nil {
		m.t.Fatal(err)
	}
}

func (m *mallory) update(fn func(feature.Tx) error) {
	m.t.Helper()
	if err := m.store.Update(m.t.Context(), fn); err != nil {
		m.t.Fatal(err)
	}
}

// prekeys asks the victim, with or without a one-time key.
func (m *mallory) prekeys(oneTime bool) session.Material {
	m.t.Helper()
	var secret []byte
	if oneTime {
		m.view(func(tx feature.Tx) error { secret = m.directory.Secret(tx, m.bob); return nil })
	}
	answer, err := m.host.Request(m.t.Context(), m.victim.host.ID(), session.KindPrekeys, session.PrekeyRequest(m.pair, secret))
	if err != nil {
		m.t.Fatal(err)
	}
	out, err := m.sessions.Verify(m.peerLog(), m.pair.PeerDev, answer)
	if err != nil {
		m.t.Fatal(err)
	}
	return out
}

// befriend makes a session as an honest node would.
func (m *mallory) befriend() {
	m.t.Helper()
	keys := m.prekeys(true)
	m.update(func(tx feature.Tx) error { return m.sessions.Begin(tx, m.pair, keys) })
	m.honest()
	m.hear()
	m.honest() // tells the queue
}

// hear opens what the victim sent.
func (m *mallory) hear() net.Put {
	m.t.Helper()
	select {
	case p := <-m.heard:
		m.update(func(tx feature.Tx) error {
			in, err := m.sessions.Inlet(tx, protocol.Queue(p.Queue), [16]byte(p.Token))
			if err != nil {
				return err
			}
			_, err = m.sessions.Open(tx, in, p.Blob, func(protocol.Account) error { return nil })
			return err
		})
		return p
	case <-time.After(time.Minute):
		m.t.Fatal("the victim sent nothing")
	}
	return net.Put{}
}

// seal seals any items in the session with the victim.
func (m *mallory) seal(items ...protocol.Item) (out session.Sealed) {
	m.t.Helper()
	m.update(func(tx feature.Tx) (err error) {
		out, err = m.sessions.Seal(tx, m.pair, ratchet.Content, items...)
		return err
	})
	return out
}

func (m *mallory) put(x session.Sealed) *net.Pending {
	m.t.Helper()
	p, err := m.lane.Put(m.t.Context(), net.Queue(x.Queue), net.Token(x.Token), x.Blob)
	if err != nil {
		m.t.Fatal(err)
	}
	return p
}

func (m *mallory) want(x session.Sealed, code net.Code) {
	m.t.Helper()
	m.answers(m.put(x), code)
}

func (m *mallory) answers(p *net.Pending, code net.Code) {
	m.t.Helper()
	ctx, cancel := context.WithTimeout(m.t.Context(), time.Minute)
	defer cancel()
	got, err := p.Wait(ctx)
	if err != nil || got != code {
		m.t.Errorf("answer: got %v, %v, want %v", got, err, code)
	}
}

// says makes an event as mallory would honestly, but for what change does to its header.
func (m *mallory) says(text string, change func(*protocol.Header)) protocol.Item {
	m.t.Helper()
	body, err := event.Encode(event.MessageSent{Content: text})
	if err != nil {
		m.t.Fatal(err)
	}
	return m.event(body, change)
}

func (m *mallory) event(body []byte, change func(*protocol.Header)) protocol.Item {
	m.t.Helper()
	h := protocol.Header{Log: m.log, Kind: "message.sent", Author: m.acct, Device: m.dev, Ord: m.ord + 1, HLC: uint64(time.Now().UnixMilli()) << 16, Parents: m.last}
	change(&h)
	e, err := protocol.NewEvent(rand.Reader, h, body)
	if err != nil {
		m.t.Fatal(err)
	}
	return protocol.Item{Kind: protocol.ItemEvent, Data: e.Encode()}
}

// honest sends a message that keeps all rules, and fails unless the victim logs it.
func (m *mallory) honest() {
	m.t.Helper()
	item := m.says("honest", func(*protocol.Header) {})
	e, err := protocol.DecodeEvent(item.Data)
	if err != nil {
		m.t.Fatal(err)
	}
	m.want(m.seal(item), net.Delivered)
	m.ord, m.last = e.Ord, []protocol.EventID{e.ID}
	if err := m.victim.store.View(func(tx feature.Tx) error {
		_, err := m.victim.timeline.Get(tx, m.log, e.ID)
		return err
	}); err != nil {
		m.t.Fatalf("the honest message that follows: got %v", err)
	}
}

// first is a prekey message put together by hand: change may make anything of it before it is sealed.
func (m *mallory) first(keys session.Material, item protocol.Item, change func(*handshake.Message)) session.Sealed {
	m.t.Helper()
	own, err := m.keys.Device(m.acct)
	if err != nil {
		m.t.Fatal(err)
	}
	var log *identity.Log
	m.view(func(tx feature.Tx) (err error) { log, err = m.directory.Log(tx, m.acct); return err })
	peer, _ := keys.Peer.Device(keys.Bundle.Dev)
	a := handshake.Party{Acct: m.acct, Dev: m.dev, IDHash: log.Pin().Hash, DSK: own.DSK.Public(), DIK: own.DIK.Public()}
	b := handshake.Party{Acct: m.bob, Dev: m.pair.PeerDev, IDHash: keys.Peer.Pin().Hash, DSK: peer.DSK, DIK: peer.DIK}
	pre := handshake.Prekeys{SPKID: keys.Bundle.SPK.ID, SPK: keys.Bundle.SPK.Key, KEMID: keys.Bundle.LRK.ID, KEM: [mlkem.EncapsulationKeySize1024]byte(keys.Bundle.LRK.Key)}
	msg := handshake.Message{
		AcctA: m.acct, DevA: m.dev, IDSeqA: log.Pin().Seq, IDHashA: log.Pin().Hash, DevB: m.pair.PeerDev,
		IDSeqB: keys.Peer.Pin().Seq, IDHashB: keys.Peer.Pin().Hash, SPKID: pre.SPKID, LRKID: &pre.KEMID, Created: uint64(time.Now().UnixMilli()),
		Routes: canon.MustMarshal(protocol.Routes{Queue: protocol.Queue{1}, Addresses: []string{}}),
	}
	if keys.OTK != nil {
		pre.OneTime, pre.OPK, pre.KEMID, pre.KEM = true, keys.OTK.OPK, keys.OTK.ID, [mlkem.EncapsulationKeySize1024]byte(keys.OTK.KEM)
		msg.OTKID, msg.LRKID = &pre.KEMID, nil
	}
	for _, e := range log.From(0) {
		msg.Entries = append(msg.Entries, e.Encode())
	}
	exchange, err := seal.DHKeyFrom(own.DIK.Bytes())
	if err != nil {
		m.t.Fatal(err)
	}
	agreed, offer, err := handshake.Initiator(rand.Reader, a, exchange, b, pre)
	if err != nil {
		m.t.Fatal(err)
	}
	state, err := ratchet.NewInitiator(rand.Reader, time.Now(), ratchet.Seed(agreed), pre.SPK)
	if err != nil {
		m.t.Fatal(err)
	}
	if msg.First, err = state.Encrypt(rand.Reader, time.Now(), ratchet.Content, protocol.EncodeContent(item)); err != nil {
		m.t.Fatal(err)
	}
	msg.EK, msg.CT = offer.EK, offer.CT
	change(&msg)
	sealed, err := handshake.Seal(keys.Bundle.HPK.Key, m.bob, m.pair.PeerDev, msg)
	if err != nil {
		m.t.Fatal(err)
	}
	return session.Sealed{Blob: append([]byte{protocol.BlobPrekey}, sealed...), Queue: protocol.Queue(keys.Bundle.IntroQueue)}
}

// everyRow is the whole store of a node but for the tables named, once nothing waits in its outbox.
func everyRow(t *testing.T, n *Node, without ...storage.Table) map[storage.Key]string {
	t.Helper()
	for end := time.Now().Add(time.Minute); ; time.Sleep(5 * time.Millisecond) {
		if waiting(t, n) == 0 {
			break
		}
		if time.Now().After(end) {
			t.Fatal("the outbox does not get empty")
		}
	}
	return export(t, n, func(table storage.Table) bool { return !slices.Contains(without, table) })
}

// waiting counts what a node has to send.
func waiting(t *testing.T, n *Node) (count int) {
	t.Helper()
	if err := n.store.View(func(tx feature.Tx) error {
		for _, table := range []storage.Table{storage.Outbox, storage.Receipts} {
			if err := tx.Scan(n.keys.Node(), n.keys.Node().Key(table), storage.ScanOptions{KeysOnly: true}, func(storage.Key, []byte) (bool, error) {
				count++
				return true, nil
			}); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return count
}

func export(t *testing.T, n *Node, which func(storage.Table) bool) map[storage.Key]string {
	t.Helper()
	out := map[storage.Key]string{}
	if err := n.store.Export(which, func(k storage.Key, sealed []byte) error {
		out[k] = string(sealed)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return out
}

// noted is where an attack may leave a row: it is written within a second.
var noted = []storage.Table{storage.Audit}

// settled is everyRow once nothing has been written for a while: what honest nodes said before is answered then. What was noted for
// the audit log is written within a second; what is missing is asked for within some.
func settled(t *testing.T, n *Node, without ...storage.Table) map[storage.Key]string {
	t.Helper()
	rows, since := everyRow(t, n, without...), time.Now()
	quiet := func() time.Duration {
		switch {
		case lacks(t, n):
			return 5 * time.Second
		case !slices.Contains(without, storage.Audit):
			return 1500 * time.Millisecond
		}
		return 300 * time.Millisecond
	}
	for end := time.Now().Add(time.Minute); time.Since(since) < quiet(); time.Sleep(20 * time.Millisecond) {
		if now := everyRow(t, n, without...); !maps.Equal(now, rows) {
			rows, since = now, time.Now()
		}
		if time.Now().After(end) {
			t.Fatal("a node goes on writing by itself")
		}
	}
	return rows
}

// lacks tells whether an event of a group is missing on a node.
func lacks(t *testing.T, n *Node) (some bool) {
	t.Helper()
	if err := n.store.View(func(tx feature.Tx) error {
		logs, err := n.groups.Logs(tx)
		for _, log := range logs {
			missing, err := n.timeline.Missing(tx, log)
			if err != nil {
				return err
			}
			some = some || len(missing) > 0
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return some
}

// leaves runs an attack and fails if a row of the victim changed, but in the tables named.
func (m *mallory) leaves(without []storage.Table, do func()) {
	m.t.Helper()
	before := settled(m.t, m.victim, without...)
	do()
	after := everyRow(m.t, m.victim, without...)
	for k, v := range after {
		if before[k] != v {
			m.t.Errorf("a row of the table %s was written", k.Table())
		}
	}
	for k := range before {
		if _, ok := after[k]; !ok {
			m.t.Errorf("a row of the table %s is gone", k.Table())
		}
	}
	if len(after) != len(before) || !maps.Equal(before, after) {
		m.t.Errorf("rows of the victim: got %d, want the %d that were there, unchanged", len(after), len(before))
	}
}
