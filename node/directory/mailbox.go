package directory

import (
	"context"
	"errors"
	"strings"

	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/net"
)

// A link names mailboxes behind the addresses of the node: while that is away, they tell the identity log (SPEC.md, contact links).

// split tells the addresses of the node that a link names first from those of mailboxes. With a public URL it names mailboxes only.
func split(l protocol.Link) (home, mailboxes []string) {
	first := ""
	if len(l.Addresses) > 0 && l.Base == "" {
		_, first, _ = strings.Cut(l.Addresses[0], "/p2p/")
	}
	for _, a := range l.Addresses {
		if _, id, _ := strings.Cut(a, "/p2p/"); id == first && l.Base == "" {
			home = append(home, a)
		} else if len(mailboxes) < protocol.MaxMailboxes {
			mailboxes = append(mailboxes, a)
		}
	}
	return home, mailboxes
}

// call connects with a node, with time left for others where there are any.
func (d *Directory) call(ctx context.Context, peer net.PeerID, addrs []string, others bool) error {
	if others {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, lookupTimeout/2)
		defer cancel()
	}
	return d.Network.Connect(ctx, peer, addrs)
}

// seek learns an account from the web server that its link names, or while that gives no answer from the mailboxes in the link.
func (d *Directory) seek(ctx context.Context, l protocol.Link) error {
	_, mailboxes := split(l)
	within, cancel := ctx, context.CancelFunc(func() {})
	if len(mailboxes) > 0 {
		within, cancel = context.WithTimeout(ctx, lookupTimeout/2)
	}
	defer cancel()
	err := d.fetchInto(within, l.Base+wellKnown+"c/"+l.Account.String(), &l.Account, "")
	if errors.Is(err, feature.ErrUnreachable) && d.visitAny(ctx, l.Account, nil, mailboxes) == nil {
		return nil
	}
	return err
}

// visitAny learns an account from the first mailbox that tells of it. The addresses of its node are the link's: those on loopback count
// only if the mailbox is there too.
func (d *Directory) visitAny(ctx context.Context, a protocol.Account, home, mailboxes []string) error {
	last := error(feature.ErrUnreachable)
	if d.Visit == nil {
		return last
	}
	for _, m := range mailboxes {
		chain, err := d.Visit(ctx, m, a)
		if err == nil {
			at, _, _ := strings.Cut(m, "/p2p/")
			near := len(net.Believable([]string{at}, false)) == 0
			err = d.take(ctx, a, "", identityAnswer{Chain: chain, Addresses: home}, near)
		}
		if err == nil && d.knows(a) {
			return nil
		}
		if err != nil {
			last = err
		}
	}
	return last
}

// MailboxesOf are the mailboxes of an account of another node: as it told last, else as its link or a fellow member named them.
func (d *Directory) MailboxesOf(tx feature.Tx, a protocol.Account) ([]string, error) {
	r, err := d.load(tx, a)
	return r.Mailboxes, err
}
