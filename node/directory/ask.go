package directory

import (
	"context"
	"errors"
	"fmt"

	"conclave/crypto/canon"
	"conclave/crypto/identity"
	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/net"
)

// kindIdentity asks for the entries of an account from a number on.
const kindIdentity = "identity"

type identityRequest struct {
	Account protocol.Account `cbor:"0,keyasint"`
	From    uint64           `cbor:"1,keyasint"`
}

type identityAnswer struct {
	Chain     []identity.Signed `cbor:"0,keyasint"`
	Addresses []string          `cbor:"1,keyasint"`
}

// Serve implements feature.Directory. The last handler of a kind counts, for requests that come after.
func (d *Directory) Serve(kind string, fn func(ctx context.Context, from string, body []byte) ([]byte, error)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.handlers[kind] = fn
}

func (d *Directory) handler(kind string) (Handler, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	fn, ok := d.handlers[kind]
	return fn, ok
}

// Answer hands a request of another node to whoever serves its kind; net.ErrRefused where nobody does.
func (d *Directory) Answer(ctx context.Context, call net.Call) ([]byte, error) {
	fn, ok := d.handler(call.Kind)
	if !ok {
		return nil, net.ErrRefused
	}
	out, err := fn(ctx, string(call.From), call.Body)
	switch {
	case errors.Is(err, feature.ErrNotFound):
		return nil, net.ErrNotFound
	case errors.Is(err, feature.ErrTooMany):
		return nil, net.ErrTooMany
	case errors.Is(err, feature.ErrForbidden), errors.Is(err, feature.ErrBadRequest):
		return nil, net.ErrRefused
	}
	return out, err
}

func (d *Directory) serveIdentity(_ context.Context, _ string, body []byte) ([]byte, error) {
	req, err := canon.Unmarshal[identityRequest](body)
	if err != nil {
		return nil, feature.ErrBadRequest
	}
	var out []byte
	err = d.Store.View(func(tx feature.Tx) error {
		if !d.Local(tx, req.Account) {
			return feature.ErrNotFound
		}
		l, err := d.Log(tx, req.Account)
		if err != nil {
			return err
		}
		out, err = canon.Marshal(identityAnswer{Chain: l.From(req.From), Addresses: d.shown()})
		return err
	})
	return out, err
}

// shown are the addresses that this node gives out, bounded.
func (d *Directory) shown() []string {
	all := d.Network.Addrs()
	return append([]string{}, all[:min(len(all), protocol.MaxAddresses)]...)
}

// Peers returns the nodes of an account's devices.
func Peers(l *identity.Log) []net.PeerID {
	var out []net.PeerID
	for _, dev := range l.Head().Devices {
		if p, err := net.ParsePeerID(string(dev.PeerID)); err == nil {
			out = append(out, p)
		}
	}
	return out
}

// Reach makes sure of a connection with a node of an account. Where it is no longer found under the addresses known here, its web
// server is asked for newer ones.
func (d *Directory) Reach(ctx context.Context, a protocol.Account, peer net.PeerID) error {
	if d.Network.Connected(peer) {
		return nil
	}
	var r row
	read := func(tx feature.Tx) (err error) {
		r, err = d.load(tx, a)
		return err
	}
	if err := d.Store.View(read); err != nil {
		return err
	}
	err := d.Network.Connect(ctx, peer, r.Addresses)
	if err == nil || r.Name != "" {
		return err
	}
	if again := d.lookUp(ctx, a, r); again != nil {
		return errors.Join(err, again)
	}
	was := r.Addresses
	if err := d.Store.View(read); err != nil {
		return err
	}
	if equal(was, r.Addresses) {
		return err
	}
	return d.Network.Connect(ctx, peer, r.Addresses)
}

// Ask implements feature.Directory: it tries the account's nodes one after the other.
func (d *Directory) Ask(ctx context.Context, to protocol.Account, kind string, body []byte) ([]byte, error) {
	var l *identity.Log
	if err := d.Store.View(func(tx feature.Tx) (err error) {
		l, err = d.Log(tx, to)
		return err
	}); err != nil {
		return nil, err
	}
	last := error(feature.ErrUnreachable)
	for _, peer := range Peers(l) {
		out, err := d.AskPeer(ctx, to, peer, kind, body)
		if err == nil {
			return out, nil
		}
		last = err
	}
	return nil, last
}

// AskPeer puts a request to one node of an account.
func (d *Directory) AskPeer(ctx context.Context, to protocol.Account, peer net.PeerID, kind string, body []byte) ([]byte, error) {
	if err := d.Reach(ctx, to, peer); err != nil {
		return nil, fmt.Errorf("%w (%w)", feature.ErrUnreachable, err)
	}
	out, err := d.Network.Request(ctx, peer, kind, body)
	switch {
	case errors.Is(err, net.ErrNotFound):
		return nil, feature.ErrNotFound
	case errors.Is(err, net.ErrTooMany):
		return nil, feature.ErrTooMany
	case errors.Is(err, net.ErrRefused):
		return nil, feature.ErrForbidden
	case err != nil:
		return nil, fmt.Errorf("%w (%w)", feature.ErrUnreachable, err)
	}
	return out, nil
}

// Refresh asks the account's node for entries newer than those known here.
func (d *Directory) Refresh(ctx context.Context, a protocol.Account) error {
	var next uint64
	if err := d.Store.View(func(tx feature.Tx) error {
		l, err := d.Log(tx, a)
		if err == nil {
			next = l.Pin().Seq + 1
		}
		return err
	}); err != nil {
		return err
	}
	raw, err := d.Ask(ctx, a, kindIdentity, canon.MustMarshal(identityRequest{Account: a, From: next}))
	if err != nil {
		return err
	}
	answer, err := canon.Unmarshal[identityAnswer](raw)
	if err != nil {
		return fmt.Errorf("read an identity log: %w", err)
	}
	return d.take(ctx, a, "", answer, false)
}

// take keeps what a node or a web server answered about an account.
func (d *Directory) take(ctx context.Context, a protocol.Account, address protocol.Address, answer identityAnswer, loopback bool) error {
	return d.Store.Update(ctx, func(tx feature.Tx) error {
		if d.Local(tx, a) {
			return nil
		}
		if len(answer.Chain) > 0 {
			if err := d.Merge(tx, a, answer.Chain); err != nil {
				return err
			}
		}
		r, err := d.load(tx, a)
		if err != nil {
			return err
		}
		near := loopback
		if l, err := d.Log(tx, a); err == nil {
			for _, p := range Peers(l) {
				near = near || d.Network.OverLoopback(p)
			}
		}
		changed := false
		if addrs := net.Believable(answer.Addresses, near); len(addrs) > 0 && !equal(addrs, r.Addresses) {
			r.Addresses, changed = addrs, true
		}
		if address != "" && r.Address != string(address) {
			r.Address, changed = string(address), true
		}
		if !changed {
			return nil
		}
		return d.save(tx, a, r)
	})
}
