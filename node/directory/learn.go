package directory

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"conclave/crypto/canon"
	"conclave/crypto/identity"
	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/net"
)

const (
	maxWellKnown  = 64 << 10
	lookupTimeout = 10 * time.Second
	wellKnown     = "/.well-known/conclave/v1/"
)

// WellKnown is what a node's web server says of an account: its identity log and where its node listens.
type WellKnown struct {
	Account   protocol.Account `json:"acct"`
	Log       []string         `json:"log" nullable:"false" doc:"signed entries, base64url, genesis first"`
	Addresses []string         `json:"addresses" nullable:"false"`
}

// Learn implements feature.Directory.
func (d *Directory) Learn(ctx context.Context, lead feature.Lead) (feature.Found, error) {
	ctx, cancel := context.WithTimeout(ctx, 2*lookupTimeout)
	defer cancel()
	a, err := d.learn(ctx, lead)
	if err != nil {
		return feature.Found{}, err
	}
	if err := d.keepSecret(ctx, a, lead.Link); err != nil {
		return feature.Found{}, err
	}
	var f feature.Found
	err = d.Store.View(func(tx feature.Tx) (err error) {
		if d.Forked(tx, a) {
			return feature.ErrConflict.With("This account shows two different histories; its identity cannot be trusted.")
		}
		f, err = d.Found(tx, a)
		return err
	})
	return f, err
}

func (d *Directory) learn(ctx context.Context, lead feature.Lead) (protocol.Account, error) {
	if lead.Asker != nil {
		return lead.Asker.Account, d.meet(ctx, *lead.Asker)
	}
	if l := lead.Link; l != nil {
		if d.knows(l.Account) {
			return l.Account, nil
		}
		if l.Base != "" {
			return l.Account, d.seek(ctx, *l)
		}
		return l.Account, d.dial(ctx, *l)
	}
	name, host, err := lead.Address.Split()
	if err != nil {
		return protocol.Account{}, feature.ErrBadRequest.With("An address looks like name@host.")
	}
	if host == d.Host() {
		return d.byName(name)
	}
	var a protocol.Account
	err = d.fetchInto(ctx, wellKnownName(name, host), &a, lead.Address)
	return a, err
}

// meet learns an account from the connected node that asks for it, and checks that the account names that node.
func (d *Directory) meet(ctx context.Context, who feature.Asker) error {
	peer, err := net.ParsePeerID(who.Peer)
	if err != nil {
		return feature.ErrForbidden
	}
	if !d.hosts(peer, who.Account) {
		raw, err := d.Network.Request(ctx, peer, kindIdentity, canon.MustMarshal(identityRequest{Account: who.Account}))
		if err != nil {
			return feature.ErrForbidden
		}
		answer, err := canon.Unmarshal[identityAnswer](raw)
		if err != nil {
			return feature.ErrForbidden
		}
		if err := d.take(ctx, who.Account, "", answer, d.Network.OverLoopback(peer)); err != nil {
			return feature.ErrForbidden
		}
	}
	if !d.hosts(peer, who.Account) {
		return feature.ErrForbidden
	}
	return nil
}

// hosts tells whether the identity log of an account names a node.
func (d *Directory) hosts(peer net.PeerID, a protocol.Account) bool {
	var found bool
	err := d.Store.View(func(tx feature.Tx) error {
		l, err := d.Log(tx, a)
		if err == nil {
			found = slices.Contains(Peers(l), peer)
		}
		return err
	})
	return err == nil && found
}

// lookUp asks the web server that an account was found at once more. It does nothing for one that was found without any.
func (d *Directory) lookUp(ctx context.Context, a protocol.Account, r row) error {
	target := ""
	if name, host, err := protocol.Address(r.Address).Split(); err == nil {
		target = wellKnownName(name, host)
	} else if r.Base != "" {
		target = r.Base + wellKnown + "c/" + a.String()
	}
	if target == "" {
		return nil
	}
	return d.fetchInto(ctx, target, &a, "")
}

// wellKnownName is where a host tells of an account by its name.
func wellKnownName(name protocol.Name, host string) string {
	hash := AliasHash(name)
	return scheme(host) + "://" + host + wellKnown + "a/" + base64.RawURLEncoding.EncodeToString(hash[:])
}

// keepSecret remembers the link's secret with the account, and where the link said that it is found. An invitation to a group
// carries no secret of the account.
func (d *Directory) keepSecret(ctx context.Context, a protocol.Account, l *protocol.Link) error {
	if l == nil {
		return nil
	}
	return d.Store.Update(ctx, func(tx feature.Tx) error {
		r, err := d.load(tx, a)
		_, mailboxes := split(*l)
		if err != nil || r.Name != "" || bytes.Equal(r.Secret, l.Secret[:]) && r.Base == l.Base && slices.Equal(r.Mailboxes, mailboxes) {
			return err
		}
		if l.Secret != [16]byte{} {
			r.Mailboxes = mailboxes
		}
		switch {
		case l.Secret != [16]byte{}:
			r.Secret, r.Base = l.Secret[:], l.Base
		case r.Base != "" || l.Base == "":
			return nil
		default:
			r.Base = l.Base
		}
		return d.save(tx, a, r)
	})
}

func (d *Directory) knows(a protocol.Account) bool {
	return d.Store.View(func(tx feature.Tx) error { _, err := d.Log(tx, a); return err }) == nil
}

func (d *Directory) byName(name protocol.Name) (a protocol.Account, err error) {
	err = d.Store.View(func(tx feature.Tx) error {
		raw, err := tx.Get(d.Realm, d.aliasKey(AliasHash(name)))
		if err != nil || len(raw) != len(a) {
			return feature.ErrNotFound.With("There is no account of that name.")
		}
		copy(a[:], raw)
		return nil
	})
	return a, err
}

// dial learns an account from the addresses in its link.
func (d *Directory) dial(ctx context.Context, l protocol.Link) error {
	if len(l.Addresses) == 0 {
		return feature.ErrBadRequest.With("The link does not say where the node is found.")
	}
	_, id, ok := strings.Cut(l.Addresses[0], "/p2p/")
	if !ok {
		return feature.ErrBadRequest.With("The link does not say which node to ask.")
	}
	peer, err := net.ParsePeerID(id)
	if err != nil {
		return feature.ErrBadRequest.With("The link does not say which node to ask.")
	}
	home, mailboxes := split(l)
	if err := d.call(ctx, peer, home, len(mailboxes) > 0); err != nil {
		if d.visitAny(ctx, l.Account, home, mailboxes) == nil {
			return nil
		}
		return fmt.Errorf("%w (%w)", feature.ErrUnreachable, err)
	}
	raw, err := d.Network.Request(ctx, peer, kindIdentity, canon.MustMarshal(identityRequest{Account: l.Account}))
	if errors.Is(err, net.ErrNotFound) {
		return feature.ErrNotFound.With("The node in the link does not know this account.")
	}
	if err != nil {
		return fmt.Errorf("%w (%w)", feature.ErrUnreachable, err)
	}
	answer, err := canon.Unmarshal[identityAnswer](raw)
	if err != nil {
		return fmt.Errorf("read an identity log: %w", err)
	}
	return d.take(ctx, l.Account, "", answer, d.Network.OverLoopback(peer))
}

// fetchInto asks a web server about an account. A non-zero *a is the account that must be answered; else *a is filled in.
func (d *Directory) fetchInto(ctx context.Context, target string, a *protocol.Account, address protocol.Address) error {
	u, err := url.Parse(target)
	if err != nil {
		return feature.ErrBadRequest.With("This is not an address.")
	}
	if u.Scheme != "https" && !isLoopback(u.Hostname()) {
		return feature.ErrBadRequest.With("Other nodes are asked over HTTPS only.")
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return feature.ErrBadRequest.With("This is not an address.")
	}
	res, err := d.HTTP.Do(req)
	if err != nil {
		return feature.ErrUnreachable.With("The node at %s gave no usable answer.", u.Host)
	}
	defer res.Body.Close()
	switch {
	case res.StatusCode == http.StatusNotFound:
		return feature.ErrNotFound.With("There is no such account at %s.", u.Host)
	case res.StatusCode != http.StatusOK:
		return feature.ErrUnreachable.With("The node at %s gave no usable answer.", u.Host)
	}
	raw, err := io.ReadAll(io.LimitReader(res.Body, maxWellKnown+1))
	if err != nil || len(raw) > maxWellKnown {
		return feature.ErrUnreachable.With("The node at %s gave no usable answer.", u.Host)
	}
	var w WellKnown
	if err := json.Unmarshal(raw, &w); err != nil {
		return feature.ErrUnreachable.With("The node at %s gave no usable answer.", u.Host)
	}
	if a.IsZero() {
		*a = w.Account
	} else if *a != w.Account {
		return feature.ErrNotFound.With("The node at %s answered for another account.", u.Host)
	}
	chain, err := decodeChain(w.Log)
	if err != nil {
		return feature.ErrUnreachable.With("The node at %s gave no usable answer.", u.Host)
	}
	return d.take(ctx, *a, address, identityAnswer{Chain: chain, Addresses: w.Addresses}, isLoopback(u.Hostname()))
}

func decodeChain(entries []string) ([]identity.Signed, error) {
	chain := make([]identity.Signed, len(entries))
	for i, text := range entries {
		raw, err := base64.RawURLEncoding.DecodeString(text)
		if err != nil {
			return nil, err
		}
		if chain[i], err = identity.DecodeSigned(raw); err != nil {
			return nil, err
		}
	}
	return chain, nil
}

func scheme(host string) string {
	u, err := url.Parse("//" + host)
	if err == nil && isLoopback(u.Hostname()) {
		return "http"
	}
	return "https"
}

func isLoopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback()
}
