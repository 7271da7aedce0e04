package ratchet

import (
	"cmp"
	"time"
)

// Mark is a place in one direction of a session. Marks are ordered.
type Mark struct {
	Chain uint32 // 1 for the first chain of the direction, 0 before it
	N     uint32 // number of the next message in the chain
}

// Compare orders marks by the time they were reached.
func (m Mark) Compare(other Mark) int {
	return cmp.Or(cmp.Compare(m.Chain, other.Chain), cmp.Compare(m.N, other.N))
}

// Position is how far a session has come in both directions.
type Position struct{ Sent, Received Mark }

// Position returns how far the session has come. A device echoes its Received to the peer; an echo beyond the own Sent
// means that the own state was rolled back: never send with it again.
func (s *State) Position() Position {
	return Position{
		Sent:     Mark{s.core.Send.Index, s.core.Send.N},
		Received: Mark{s.core.Recv.Index, s.core.Recv.N},
	}
}

// SID names the session; it is public among its two devices.
func (s *State) SID() [32]byte { return s.sid }

// IsInitiator reports whether this side made the offer.
func (s *State) IsInitiator() bool { return s.initiator }

// Created returns the time the prekey message bears.
func (s *State) Created() time.Time { return time.UnixMilli(s.created) }

// LastReceived returns when the last message was opened, or the zero time.
func (s *State) LastReceived() time.Time { return timeOf(s.received) }

// HealedAt returns when an ML-KEM secret was last mixed into the root here, or the zero time.
func (s *State) HealedAt() time.Time { return timeOf(s.pq.healed) }

// Epoch returns how many ML-KEM secrets have been mixed in.
func (s *State) Epoch() uint32 { return s.pq.epoch }

func timeOf(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms)
}
