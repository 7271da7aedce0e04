package event

import "conclave/protocol"

// LocationMoved is where the author of a live location is now: a passing fact, which no log holds.
type LocationMoved struct {
	Message   protocol.EventID `cbor:"0,keyasint"`
	Latitude  int64            `cbor:"1,keyasint"`           // as of a Location
	Longitude int64            `cbor:"2,keyasint"`           // as of a Location
	Accuracy  uint64           `cbor:"3,keyasint,omitempty"` // meters around it, zero for not known
}

// Kind is location.moved.
func (LocationMoved) Kind() string { return "location.moved" }

// Validate refuses a move of nothing, and off the earth.
func (m LocationMoved) Validate() error {
	if m.Message.IsZero() {
		return invalid("a move names its message")
	}
	return m.Place().Validate()
}

// Place is where that is.
func (m LocationMoved) Place() Location {
	return Location{Latitude: m.Latitude, Longitude: m.Longitude, Accuracy: m.Accuracy}
}

// LocationEnded says that the author of a live location tells of no more moves. It counts of that author.
type LocationEnded struct {
	Message protocol.EventID `cbor:"0,keyasint"`
}

// Kind is location.ended.
func (LocationEnded) Kind() string { return "location.ended" }

// Validate refuses an end of nothing.
func (e LocationEnded) Validate() error {
	if e.Message.IsZero() {
		return invalid("the end of a live location names its message")
	}
	return nil
}
