package feature

import (
	"conclave/protocol"
)

// Incident is something that a peer did and that the owner of the node must know of. It says who and where, never what was
// written.
type Incident struct {
	Kind    IncidentKind
	Peer    string           // from which it came
	Log     protocol.Log     // the group, zero where there is none
	Account protocol.Account // whose it is, or claims to be, zero where that is not known
	Device  protocol.Device
}

// IncidentKind says what a peer did.
type IncidentKind string

// What a peer did.
const (
	PeerBlocked  IncidentKind = "blocked" // it was disconnected and is not let in for a while
	PeerFloods   IncidentKind = "flood"   // it asks more than it may
	ForgedRecord IncidentKind = "forged"  // a message, an operation or a key that is not what it says
	TwinRecord   IncidentKind = "twin"    // a device signed two things in one place; the evidence is kept
	WrongAnswers IncidentKind = "misled"  // wrong answers while this node caught up
)

// Audit registers who keeps the incidents. It must not block.
func Audit(h *Host, fn func(Incident)) { h.reg.audits = append(h.reg.audits, fn) }

// Report hands an incident to everybody who registered. It does not block.
func (r *Registry) Report(i Incident) {
	for _, fn := range r.audits {
		r.safely("audit", func() { fn(i) })
	}
}
