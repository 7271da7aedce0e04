package feature

import (
	"errors"

	"conclave/protocol"
	"conclave/protocol/membership"
)

// Veil is what a local account is not shown of a conversation that it sees: what it cleared, and what people wrote whom it blocked.
// It is loaded once for all that is shown.
type Veil struct {
	After protocol.Place   // nothing up to here is shown
	Hides func(Entry) bool // nor what this says, by author, kind and place alone; nil for nothing
}

// VeilFunc loads what a slice hides of a conversation.
type VeilFunc func(tx Tx, viewer protocol.Account, c Conversation) (Veil, error)

// Veiled lets a slice hide events of a conversation from a local account.
func Veiled(h *Host, fn VeilFunc) { h.reg.veils = append(h.reg.veils, fn) }

// VeilOf returns all that is hidden of a conversation from a local account.
func (h *Host) VeilOf(tx Tx, viewer protocol.Account, c Conversation) (Veil, error) {
	var out Veil
	var hides []func(Entry) bool
	for _, load := range h.reg.veils {
		v, err := load(tx, viewer, c)
		if err != nil {
			return Veil{}, err
		}
		if v.After.Compare(out.After) > 0 {
			out.After = v.After
		}
		if v.Hides != nil {
			hides = append(hides, v.Hides)
		}
	}
	out.Hides = func(e Entry) bool {
		if e.Place().Compare(out.After) <= 0 {
			return true
		}
		for _, hide := range hides {
			if hide(e) {
				return true
			}
		}
		return false
	}
	return out, nil
}

// Readable tells whether a local account may read an event of a conversation that it sees. The Veil is not asked.
func (h *Host) Readable(tx Tx, viewer protocol.Account, c Conversation, e Entry) (bool, error) {
	if !c.Group() {
		return true, nil
	}
	then, err := h.Groups.At(tx, c.Log, e.Heads)
	if err == nil && then.Role(viewer) >= membership.Member {
		return true, nil
	}
	if err != nil && !errors.Is(err, ErrNotFound) {
		return false, err
	}
	at := e.Place()
	at.HLC++ // behind the event and its like
	near, err := h.Timeline.Page(tx, c.Log, Range{Before: at, Limit: 8, For: viewer})
	for _, n := range near {
		if n.ID == e.ID {
			return true, err
		}
	}
	return false, err
}
