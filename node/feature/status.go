package feature

import (
	"time"

	"conclave/protocol"
)

// Status is how far a message got, as a viewer is shown it. A message of another is delivered, or read once the viewer read it.
type Status struct {
	State  State
	Reason string    // in words, of a message that failed
	ReadAt time.Time // when the other said so, of the viewer's own messages
}

// Reading is how far the accounts of a conversation read. It is loaded once for all messages that a viewer is shown.
type Reading struct {
	viewer     protocol.Account
	own, other Cursor // of a viewer who tells nobody what it read, other is zero
}

// Seen is how far the viewer read: what it said that it read, or its own newest message where that is later.
func (r Reading) Seen() protocol.Place { return r.own.Seen }

// ReadingOf loads how far the accounts of a direct conversation read. In a group nobody is told of others.
func (h *Host) ReadingOf(tx Tx, viewer protocol.Account, c Conversation) (r Reading, err error) {
	r.viewer = viewer
	if r.own, err = h.CursorOf(tx, viewer, c); err != nil || c.Group() {
		return r, err
	}
	if p, err := h.PrivacyOf(tx, viewer, c.Log); err != nil || !p.Receipts {
		return r, err
	}
	r.other, err = h.CursorOf(tx, c.Other(viewer), c)
	return r, err
}

// StatusOf returns how far a message got for the viewer of the Reading. Of one in a thread nobody is told who read it.
func (h *Host) StatusOf(tx Tx, r Reading, e Entry) (Status, error) {
	p := e.Place()
	if root := e.Thread(); !root.IsZero() {
		// Cursors tell of the conversation: who read on there need not have read the thread.
		r.other = Cursor{}
		if e.Author != r.viewer {
			var err error
			if r.own.Seen, err = h.ThreadSeen(tx, r.viewer, e.Log, root); err != nil {
				return Status{}, err
			}
		}
	}
	if e.Author != r.viewer {
		if p.Compare(r.own.Seen) <= 0 {
			return Status{State: Read}, nil
		}
		return Status{State: Delivered}, nil
	}
	if p.Compare(r.other.Told) <= 0 {
		return Status{State: Read, ReadAt: r.other.ToldAt}, nil
	}
	state, reason, err := h.Delivery.State(tx, e.Log, e.ID)
	if err != nil {
		return Status{}, err
	}
	if state != Failed {
		reason = ""
	}
	return Status{State: state, Reason: reason}, nil
}
