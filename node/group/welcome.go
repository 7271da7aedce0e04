package group

import (
	"bytes"
	"crypto/subtle"
	"errors"
	"fmt"
	"time"

	"conclave/crypto/canon"
	"conclave/node/feature"
	"conclave/node/group/signer"
	"conclave/node/session"
	"conclave/protocol"
	"conclave/protocol/membership"
	"conclave/storage"
)

// expectFor is how long a ticket is waited for.
const expectFor = 30 * 24 * time.Hour

// newcomer returns the account that an operation makes a member, the zero account for none.
func newcomer(body membership.Body) protocol.Account {
	switch b := body.(type) {
	case *membership.Add:
		return b.Account
	case *membership.Grant:
		return b.Account
	}
	return protocol.Account{}
}

// welcomable refuses to add somebody of another node whose devices are not known: nobody could tell them.
func (g *Groups) welcomable(tx feature.Tx, s *membership.State, body membership.Body) error {
	who := newcomer(body)
	if who.IsZero() || s.Role(who) > 0 || g.Identities.Local(tx, who) {
		return nil
	}
	if _, err := g.Identities.Log(tx, who); errors.Is(err, feature.ErrNotFound) {
		return feature.ErrNotFound.With("This account is not known here yet.")
	} else if err != nil {
		return err
	}
	return nil
}

// tell lets an account know that an operation of a local one makes it a member.
func (g *Groups) tell(tx feature.Tx, s step, op *membership.Op, by protocol.Account, dev protocol.Device, ticket []byte) error {
	who := newcomer(op.Body)
	if !who.IsZero() && s.was(who) == 0 && s.now.state.Role(who) > 0 {
		return g.welcome(tx, s.now, op.ID, by, dev, who, ticket)
	}
	return nil
}

// Greet implements feature.Groups.
func (g *Groups) Greet(tx feature.Tx, log protocol.Log, by, who protocol.Account, ticket []byte) error {
	if len(ticket) > protocol.MaxTicket {
		return feature.ErrBadRequest
	}
	r, err := g.row(tx, log)
	if err != nil {
		return err
	}
	now, err := g.view(tx, r)
	if err != nil {
		return err
	}
	if now.state.Role(who) == 0 {
		return feature.ErrConflict.With("This account is no member.")
	}
	dev, err := g.Keys.Device(by)
	if err != nil {
		return err
	}
	add := membership.ID(log)
	if err := g.read(tx, r, func(graph *membership.Graph) error {
		for _, op := range graph.Ops() {
			if newcomer(op.Body) == who && graph.Valid(op.ID) {
				add = op.ID
			}
		}
		return nil
	}); err != nil {
		return err
	}
	return g.welcome(tx, now, add, by, dev.ID, who, ticket)
}

// welcome lets a new member in: here at once, elsewhere by a word to each of its devices.
func (g *Groups) welcome(tx feature.Tx, now *view, add membership.ID, by protocol.Account, dev protocol.Device, who protocol.Account, ticket []byte) error {
	if g.Identities.Local(tx, who) {
		if err := g.Keys.Share(tx, now.log, who); err != nil {
			return fmt.Errorf("share the key of a group: %w", err)
		}
		return g.stand(tx, now.log, who, standing{feature.GroupJoined, true})
	}
	w := protocol.Welcome{Log: now.log, Add: protocol.EventID(add), Ticket: bytes.Clone(ticket)}
	if w.Ticket == nil {
		w.Ticket = []byte{}
	}
	create, err := g.Op(tx, now.log, membership.ID(now.log))
	if err != nil {
		return err
	}
	w.Create = create.Encode()
	if w.Topic, err = g.Topic(tx, now.log); err != nil && !errors.Is(err, feature.ErrNotFound) {
		return err
	}
	if err := g.each(tx, by, dev, who, protocol.Item{Kind: protocol.ItemWelcome, Data: canon.MustMarshal(w)}); err != nil {
		return err
	}
	return g.pairs(tx, by, dev, who, func(p session.Pair) error { return g.outbox.Brief(tx, now.log, p) })
}

// dismiss sends the operation that put an account out to its devices: the road to its node may have ended with it. What it builds
// on, the node asks for.
func (g *Groups) dismiss(tx feature.Tx, s step, op *membership.Op, by protocol.Account, dev protocol.Device) error {
	who := ended(op)
	if who == by || s.was(who) == 0 || s.now.state.Role(who) > 0 || g.Identities.Local(tx, who) {
		return nil
	}
	put := protocol.GroupPut{Log: s.now.log, Kind: protocol.GroupOp, Data: op.Encode()}.Encode()
	return g.each(tx, by, dev, who, protocol.Item{Kind: protocol.ItemGroup, Data: put[1:]})
}

// each sends an item to all devices of an account.
func (g *Groups) each(tx feature.Tx, by protocol.Account, dev protocol.Device, to protocol.Account, item protocol.Item) error {
	return g.pairs(tx, by, dev, to, func(p session.Pair) error { return g.outbox.Control(tx, p, item) })
}

// pairs calls fn with the pair of a local device and each device of an account.
func (g *Groups) pairs(tx feature.Tx, by protocol.Account, dev protocol.Device, to protocol.Account, fn func(session.Pair) error) error {
	log, err := g.Identities.Log(tx, to)
	if errors.Is(err, feature.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, d := range log.Head().Devices {
		if err := fn(session.Pair{Own: by, OwnDev: dev, Peer: to, PeerDev: protocol.Device(d.ID)}); err != nil {
			return err
		}
	}
	return nil
}

// awaited is a ticket whose welcome is wanted.
type awaited struct {
	Until  uint64 `cbor:"0,keyasint"` // Unix milliseconds
	Ticket []byte `cbor:"1,keyasint"`
}

func expectKey(realm *storage.Realm, log protocol.Log) storage.Key {
	return realm.Key(storage.Groups, storage.H(log[:]))
}

// Expect implements feature.Groups. The newest ticket for a group counts, for 30 days.
func (g *Groups) Expect(tx feature.Tx, a protocol.Account, log protocol.Log, ticket []byte) error {
	if len(ticket) == 0 || len(ticket) > protocol.MaxTicket {
		return feature.ErrBadRequest
	}
	realm, err := g.Keys.Account(a)
	if err != nil {
		return err
	}
	until := uint64(g.Now().Add(expectFor).UnixMilli())
	return storage.PutAs(tx, realm, expectKey(realm, log), awaited{Until: until, Ticket: ticket})
}

// agreed tells whether a local account wants to be added: by a contact that it accepted, or by the ticket that it asked with.
func (g *Groups) agreed(tx feature.Tx, to, from protocol.Account, w protocol.Welcome) (bool, error) {
	realm, err := g.Keys.Account(to)
	if err != nil {
		return false, err
	}
	key := expectKey(realm, w.Log)
	x, err := storage.GetAs[awaited](tx, realm, key)
	switch {
	case errors.Is(err, storage.ErrNotFound):
	case err != nil:
		return false, err
	case x.Until >= g.wall() && subtle.ConstantTimeCompare(x.Ticket, w.Ticket) == 1:
		tx.Delete(key)
		return true, nil
	}
	return g.Contacts(tx, to, from), nil
}

// Welcomed takes the word that a local account was added to a group, from the session of whoever added it: feature.ErrForbidden
// unless the account agreed, ErrForged for a Create that is not the group's, feature.ErrLocked while nobody here can share the
// key of a group that is here already. What the operations say counts; until they are here the account is joining.
func (g *Groups) Welcomed(tx feature.Tx, to, from protocol.Account, w protocol.Welcome) error {
	if id, err := membership.IDOf(w.Create); err != nil || id != membership.ID(w.Log) {
		return fmt.Errorf("%w: a welcome to another group", ErrForged)
	}
	r, err := storage.GetAs[row](tx, g.node(), g.Keys.GroupKey(w.Log))
	if err == nil && g.over(tx, r, to, w) {
		return feature.ErrForbidden
	}
	if ok, err := g.agreed(tx, to, from, w); err != nil || !ok {
		return errors.Join(err, feature.ErrForbidden)
	}
	switch {
	case err == nil && r.Gone:
		return feature.ErrUnavailable // it is being deleted: the welcome waits with its sender
	case errors.Is(err, storage.ErrNotFound):
		r = row{Log: w.Log, From: from}
		err = g.open(tx, &r, to, w)
	case err == nil:
		err = g.Keys.Share(tx, w.Log, to)
	}
	if err != nil {
		return err
	}
	if w.Topic != [32]byte{} {
		if err := g.KeepTopic(tx, w.Log, w.Topic); err != nil {
			return err
		}
	}
	if err := g.Arrived(tx, w.Log); err != nil {
		return err
	}
	return g.admit(tx, r, to, from)
}

// over tells whether a welcome is to a membership that ended meanwhile: a ticket that is asked with waits for another.
func (g *Groups) over(tx feature.Tx, r row, to protocol.Account, w protocol.Welcome) bool {
	now, err := g.view(tx, r)
	if r.Gone || err != nil || now.state.Role(to) > 0 {
		return false
	}
	_, err = g.Op(tx, r.Log, membership.ID(w.Add))
	return err == nil
}

// open makes the log of a group that is new here.
func (g *Groups) open(tx feature.Tx, r *row, to protocol.Account, w protocol.Welcome) error {
	if err := g.Keys.NewConversation(tx, r.Log, []protocol.Account{to}); err != nil {
		return fmt.Errorf("make the key of a group: %w", err)
	}
	if err := g.saveRow(tx, *r); err != nil {
		return err
	}
	create, err := membership.Open(w.Create, func(a membership.Author) ([32]byte, error) { return signer.Key(tx, g.Identities, a) })
	switch {
	case errors.Is(err, signer.ErrStranger):
		return nil // its author is not known here: it comes with the other operations
	case errors.Is(err, membership.ErrOp) || errors.Is(err, membership.ErrSignature):
		return fmt.Errorf("%w: %w", ErrForged, err)
	case err != nil:
		return err
	}
	return g.found(tx, r, create)
}

// admit notes that a local account agreed to be a member, and that it is one if the operations say so already.
func (g *Groups) admit(tx feature.Tx, r row, to, from protocol.Account) error {
	now, err := g.view(tx, r)
	if err != nil && !errors.Is(err, feature.ErrNotFound) {
		return err
	}
	if err == nil && now.state.Role(to) > 0 {
		if err := g.stand(tx, r.Log, to, standing{feature.GroupJoined, true}); err != nil {
			return err
		}
		tx.OnCommit(func() { g.Registry.GroupMoved(feature.GroupMoved{Log: r.Log, Before: now.state, Now: now.state}) })
		return nil
	}
	if r.From != from {
		r.From = from
		if err := g.saveRow(tx, r); err != nil {
			return err
		}
	}
	return g.stand(tx, r.Log, to, standing{feature.GroupJoining, true})
}
