// Package location is the slice of places in messages: a point on the earth, and where its author goes for a while.
//
// It promises that a place is shown as it came and nothing is looked up for it: no map, no other node. Of a live location the message holds where it
// began and until when it lasts, 8 hours at the most; moves are passing facts, encrypted, kept in memory only, and lost where nobody is there to take
// them, so that no log holds anybody's way. That it was ended early is an event. It refuses moves of anybody but the author, and after the end.
package location

import (
	"context"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/event"
	"conclave/protocol/membership"
	"conclave/storage"
)

// Every is how often somebody is told of at the most.
const Every = 5 * time.Second

// jitter is by how much a move may come early: devices count the seconds by themselves.
const jitter = time.Second

// remembered bounds the live locations whose last move is known.
const remembered = 4096

// Feature is the slice.
func Feature() feature.Feature {
	return feature.Feature{Name: "location", Install: func(h *feature.Host) {
		moves, err := lru.New[protocol.EventID, move](remembered)
		if err != nil {
			panic(err) // only for a size below one
		}
		s := &slice{Host: h, moves: moves}
		s.tellMove = feature.Frame[LocationMoved](h, "location", "Somebody whose live location is shown has moved.")
		s.send = feature.Signal(h, s.heard)
		feature.Rule(h, mayEnd)
		feature.Annotate(h, "location", s.annotate)
		feature.Project(h, s.ended)
		feature.Hidden(h, s.unended)
		feature.Follow(h, s.tell)
		feature.OnHidden(h, s.tell)

		feature.Handle(h, "location.move", "POST /api/v1/conversations/{conversation}/messages/{message}/location",
			"Say where the author of a live location is now. To be repeated on the way, every 5 seconds at the most; more is passed over.", s.move)
		feature.Handle(h, "location.end", "POST /api/v1/conversations/{conversation}/messages/{message}/location/end",
			"End a live location before its time.", s.end, feature.Accepts, feature.Limited(feature.BucketMessages))
	}}
}

// mayEnd lets every member, also where only some may write: what does not end a live location of its author changes nothing.
func mayEnd(e *protocol.Event, then *membership.State, _ event.LocationEnded) error {
	if then.Role(e.Author) < membership.Member {
		return feature.ErrForbidden
	}
	return nil
}

type slice struct {
	*feature.Host
	tellMove func([]protocol.Account, LocationMoved)
	send     func(ctx context.Context, log protocol.Log, from protocol.Account, b event.LocationMoved) error
	moves    *lru.Cache[protocol.EventID, move]
}

// move is the last that is known of a live location.
type move struct {
	to event.Location
	at time.Time
}

// LocationMoved is where somebody is whose live location is shown.
type LocationMoved struct {
	Conversation protocol.Log     `json:"conversation"`
	Message      protocol.EventID `json:"message"`
	Latitude     float64          `json:"latitude"`
	Longitude    float64          `json:"longitude"`
	Accuracy     int              `json:"accuracy,omitempty" doc:"meters around it"`
	At           time.Time        `json:"at"`
}

func (m move) shown(log protocol.Log, message protocol.EventID) LocationMoved {
	p := feature.ShowLocation(m.to)
	return LocationMoved{Conversation: log, Message: message, Latitude: p.Latitude, Longitude: p.Longitude, Accuracy: p.Accuracy, At: m.at.UTC().Truncate(time.Millisecond)}
}

// ShownLocation is the place of a message as pages get it.
type ShownLocation struct {
	Latitude  float64        `json:"latitude"`
	Longitude float64        `json:"longitude"`
	Accuracy  int            `json:"accuracy,omitempty" doc:"meters around it"`
	Label     string         `json:"label,omitempty"`
	LiveUntil time.Time      `json:"live_until,omitzero" doc:"its author tells of moves until then"`
	Ended     bool           `json:"ended,omitempty" doc:"its author ended that before"`
	Moved     *LocationMoved `json:"moved,omitempty" doc:"where its author was last, of a live location that lasts; known as long as this node runs"`
}

// ending is that an event ended a live location.
type ending struct {
	Place protocol.Place `cbor:"0,keyasint"`
}

// At implements feature.Ruling.
func (e ending) At() protocol.Place { return e.Place }

// Holds implements feature.Ruling.
func (ending) Holds() bool { return true }

var endings = feature.Verdicts[ending]{Table: storage.Locations}

// subject is what an end is about: the message, of whoever says so. An end by somebody else is never asked for.
func subject(message protocol.EventID, author protocol.Account) []byte {
	return append(append([]byte{}, message[:]...), author[:]...)
}
