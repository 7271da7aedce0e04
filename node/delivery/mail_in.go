package delivery

import (
	"errors"
	"time"

	"conclave/node/feature"
	"conclave/node/session"
	"conclave/protocol"
	"conclave/protocol/net"
)

// inlet finds whose queue a blob came to. mailed tells that one of this node's mailboxes hands it over: it needs no token, and its
// sender was told only that it is kept.
func (d *Delivery) inlet(tx feature.Tx, from net.PeerID, put net.Put) (in session.Inlet, mailed bool, err error) {
	if put.Token == (net.Token{}) && d.Post != nil && d.Post.Keeps(from) {
		in, err = d.Sessions.Named(tx, protocol.Queue(put.Queue))
		return in, true, err
	}
	in, err = d.Sessions.Inlet(tx, protocol.Queue(put.Queue), [16]byte(put.Token))
	return in, false, err
}

// renewEvery is how often at the most a mailbox can bring a pair to new sessions, by what it hands over.
const renewEvery = 24 * time.Hour

// cameByMail tells the sender of what a mailbox handed over what became of it.
func (d *Delivery) cameByMail(tx feature.Tx, in session.Inlet, o unpacked, code net.Code, blob []byte) error {
	switch {
	case code == net.Delivered && o.waits:
		return nil
	case code == net.Delivered && o.worthIt:
		return d.acknowledge(tx, o, protocol.EnvelopeIDOf(blob))
	case code != net.Refused || in.Pair == nil:
		return nil
	}
	d.mu.Lock()
	last, asked := d.renewals[*in.Pair]
	due := !asked || d.Now().Sub(last) >= renewEvery
	if due {
		d.renewals[*in.Pair] = d.Now()
	}
	d.mu.Unlock()
	if !due {
		return nil // the sender has it still, and offers it when it meets this node
	}
	err := d.askAgain(tx, waiting{Inlet: in, Blob: blob})
	if errors.Is(err, feature.ErrLocked) {
		return nil
	}
	return err
}
