package directory

import (
	"errors"

	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/net"
)

// Routes returns where the node of an account is found, as far as is known; for a local account where this one is.
func (d *Directory) Routes(tx feature.Tx, a protocol.Account) []string {
	r, err := d.load(tx, a)
	if err != nil {
		return nil
	}
	if r.Name != "" {
		return d.shown()
	}
	return append([]string(nil), r.Addresses[:min(len(r.Addresses), protocol.MaxAddresses)]...)
}

// Person is what other nodes of a group are told of an account; feature.ErrNotFound where it is not known here.
func (d *Directory) Person(tx feature.Tx, a protocol.Account) (protocol.Person, error) {
	log, err := d.Log(tx, a)
	if err != nil {
		return protocol.Person{}, err
	}
	p := protocol.Person{Account: a, Chain: log.From(0), Addresses: d.Routes(tx, a)}
	if !d.Local(tx, a) {
		p.Mailboxes, err = d.MailboxesOf(tx, a)
	} else if d.Mailboxes != nil {
		p.Mailboxes, err = d.Mailboxes(tx, a)
	}
	p.Mailboxes = p.Mailboxes[:min(len(p.Mailboxes), protocol.MaxMailboxes)]
	return p, err
}

// Adopt keeps where a third node says that the node of an account and its mailboxes are found, each if nothing is known of that. claims
// returns which addresses the third node may name.
func (d *Directory) Adopt(tx feature.Tx, p protocol.Person, claims func([]string) []string) error {
	r, err := d.load(tx, p.Account)
	if errors.Is(err, feature.ErrNotFound) || err == nil && r.Name != "" {
		return nil
	}
	if err != nil {
		return err
	}
	if len(r.Addresses) == 0 {
		if err := d.SetAddresses(tx, p.Account, claims(p.Addresses)); err != nil {
			return err
		}
	}
	if len(r.Mailboxes) > 0 || len(p.Mailboxes) == 0 {
		return nil
	}
	return d.SetMailboxes(tx, p.Account, net.BelievableMailboxes(p.Mailboxes, claims))
}

// SetMailboxes keeps where blobs for an account of another node are kept, before it says so itself or as it said so last.
func (d *Directory) SetMailboxes(tx feature.Tx, a protocol.Account, mailboxes []string) error {
	r, err := d.load(tx, a)
	if err != nil || r.Name != "" || equal(r.Mailboxes, mailboxes) {
		return err
	}
	r.Mailboxes = mailboxes
	return d.save(tx, a, r)
}
