package delivery

import (
	"errors"

	"conclave/crypto/canon"
	"conclave/node/feature"
	"conclave/node/session"
	"conclave/protocol"
	"conclave/storage"
)

// What this node answered "stored" and cannot open once the account is unlocked, its sender would never seal again: it is asked to, inside
// a fresh session, which nobody but the peer can do (SPEC.md, choosing among sessions).

// Reasons of a protocol.Retry.
const reasonUndecryptable = 1

// askAgain asks the peer of an envelope that waited in the inbox and does not open to seal it again. Of one that came to the
// intro queue nobody knows who sent it.
func (d *Delivery) askAgain(tx feature.Tx, w waiting) error {
	if w.Inlet.Pair == nil {
		return nil
	}
	p := *w.Inlet.Pair
	r, err := d.Sessions.Route(tx, p)
	if err != nil {
		return err
	}
	if err := d.Sessions.Abandon(tx, p); err != nil {
		return err
	}
	r.Era++
	if err := d.unsealAll(tx, r, r.Era-1); err != nil {
		return err
	}
	retry := protocol.Retry{Envelope: protocol.EnvelopeIDOf(w.Blob), Reason: reasonUndecryptable}
	return d.control(tx, p, protocol.Item{Kind: protocol.ItemRetry, Data: canon.MustMarshal(retry)})
}

// retried seals again what the peer keeps and cannot open; false means that the request is not one. A message that was
// asked for too often fails.
func (d *Delivery) retried(tx feature.Tx, p session.Pair, raw []byte) (bool, error) {
	retry, err := protocol.DecodeRetry(raw)
	if err != nil {
		return false, nil
	}
	var found parcel
	if err := d.each(tx, d.pairPrefix(p), "", func(_ storage.Key, x parcel) (bool, error) {
		if (x.State == stored || x.State == mailed) && protocol.EnvelopeIDOf(x.Blob) == retry.Envelope {
			found = x
			return false, nil
		}
		return true, nil
	}); err != nil || found.Seq == 0 {
		return err == nil, err
	}
	if found.Refusals++; found.Refusals > maxRefusals {
		return true, d.fail(tx, found, "The other node could not open the message.")
	}
	r, err := d.Sessions.Route(tx, p)
	if err != nil {
		return false, err
	}
	r.Backlog = true
	if found.State == mailed { // what was deposited behind it is as little use; of all that, the peer asks once a day
		if err := d.unmail(tx, p, found.Seq); err != nil {
			return false, err
		}
	}
	found.State, found.Blob = unsealed, nil
	tx.OnCommit(func() { d.wakeAfresh(p) })
	return true, errors.Join(d.put(tx, found), d.mark(tx, found, false), d.Sessions.SaveRoute(tx, r))
}
