package reconcile

import (
	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/membership"
)

// Kinds of requests (SPEC.md, catching up).
const (
	kindDigest = "group.digest"
	kindOps    = "group.ops"
	kindIDs    = "group.ids"
	kindEvents = "group.events"
	kindPeople = "group.people"
	kindGlance = "group.glance"
	kindTopic  = "group.topic"
)

// Bounds of requests and answers.
const (
	maxTips     = 64
	maxEvents   = 256
	maxPeople   = 64
	maxRoots    = protocol.MaxParents
	answerBytes = 3 << 20 // of operations, events or entries in one answer, with one item at least
)

type digestRequest struct {
	Log    protocol.Log       `cbor:"0,keyasint"`
	Tips   []protocol.EventID `cbor:"1,keyasint"`
	Digest [32]byte           `cbor:"2,keyasint"`
}

type digestAnswer struct {
	Tips    []protocol.EventID `cbor:"0,keyasint"`
	Former  bool               `cbor:"1,keyasint"` // operations are all that is answered
	Digest  [32]byte           `cbor:"2,keyasint"`
	Buckets []byte             `cbor:"3,keyasint"` // empty where the digests are the same
	Roots   []root             `cbor:"4,keyasint"` // the newest events
}

// root is one of the newest events, whoever may read it.
type root struct {
	_   struct{} `cbor:",toarray"`
	Ord uint64
	ID  protocol.EventID
}

type opsRequest struct {
	Log    protocol.Log       `cbor:"0,keyasint"`
	Beyond []protocol.EventID `cbor:"1,keyasint"`
	After  membership.Place   `cbor:"2,keyasint"` // of the last one that came, zero in the first request of a round
}

type opsAnswer struct {
	Ops  [][]byte `cbor:"0,keyasint"`
	More bool     `cbor:"1,keyasint"`
}

type idsRequest struct {
	Log     protocol.Log `cbor:"0,keyasint"`
	Session [16]byte     `cbor:"1,keyasint"`
	Ranges  []byte       `cbor:"2,keyasint"` // with the first message of a session only
	Message []byte       `cbor:"3,keyasint"`
}

type eventsRequest struct {
	Log protocol.Log       `cbor:"0,keyasint"`
	IDs []protocol.EventID `cbor:"1,keyasint"`
}

type eventsAnswer struct {
	Events   []proven           `cbor:"0,keyasint"` // in the order of the log
	Certs    [][]byte           `cbor:"1,keyasint"` // of all chains that they name
	Withheld []protocol.EventID `cbor:"2,keyasint"` // they are here, and not for the asking node
	More     bool               `cbor:"3,keyasint"` // there was no room for others
}

type proven struct {
	_     struct{} `cbor:",toarray"`
	Event []byte
	Stamp feature.Stamp
}

type peopleRequest struct {
	Log      protocol.Log       `cbor:"0,keyasint"`
	Accounts []protocol.Account `cbor:"1,keyasint"`
}

type person = protocol.Person

type glanceRequest struct {
	Log protocol.Log `cbor:"0,keyasint"`
}

// topicRequest is answered with a protocol.TopicSecret.
type topicRequest struct {
	Log protocol.Log `cbor:"0,keyasint"`
}

type glanceAnswer struct {
	Checkpoint []byte            `cbor:"0,keyasint"` // the newest one, signed
	State      membership.Glance `cbor:"1,keyasint"` // what it states
}
