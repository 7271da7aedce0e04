package delivery

import (
	"errors"

	keys "conclave/crypto/group"
	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/net"
)

// Who left a group may have said something before that only its own node has: the word of the Leave came first, or by another way.
// That node still offers it, and it is taken as far as the fences go. What lies outside of them is not, so that nobody goes on
// filling the logs of a group that put it out.

// lastWord tells whether a message of a node on which no member lives is one that its author sent as a member. Where it is not, code
// is the answer.
func (d *Delivery) lastWord(tx feature.Tx, from net.PeerID, log protocol.Log, m keys.Inner) (ok bool, code net.Code, err error) {
	_, err = d.groups.At(tx, log, headsOf(m))
	if errors.Is(err, feature.ErrNotFound) {
		return false, net.Later, nil // of a member of whom nothing was heard yet, or of nobody
	}
	if err != nil {
		return false, 0, err
	}
	raw, err := d.groups.Cert(tx, log, m.Chain)
	if errors.Is(err, feature.ErrNotFound) {
		return false, net.Refused, nil // a node offers nothing before the key of its chain was taken
	}
	if err != nil {
		return false, 0, err
	}
	signed, err := keys.DecodeCert(raw)
	if err != nil {
		return false, 0, err
	}
	cert, err := signed.Cert()
	if err != nil {
		return false, 0, err
	}
	if there, err := d.livesAt(tx, protocol.Account(cert.Acct), from); err != nil || !there {
		return false, net.Refused, err
	}
	shown, err := d.groups.Speaks(tx, log, cert, m)
	return err == nil && shown, net.Refused, err
}
