package mark

import (
	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/event"
	"conclave/storage"
)

// pinRow is what an event says of the pin of a message.
type pinRow struct {
	Message protocol.EventID `cbor:"0,keyasint"`
	On      bool             `cbor:"1,keyasint,omitempty"`
	By      protocol.Account `cbor:"2,keyasint"`
	Place   protocol.Place   `cbor:"3,keyasint"`
}

// At implements feature.Ruling.
func (r pinRow) At() protocol.Place { return r.Place }

// Holds implements feature.Ruling.
func (r pinRow) Holds() bool { return r.On }

// said are the pins, by message.
var said = feature.Verdicts[pinRow]{Table: storage.Pins}

// pinned takes an event. The message may not be here yet.
func (s *slice) pinned(tx feature.Tx, e feature.Entry, b event.PinSet) error {
	realm, err := s.Realms.Conversation(tx, e.Log)
	if err != nil {
		return err
	}
	return said.Say(tx, realm, b.Message[:], pinRow{Message: b.Message, On: b.On, By: e.Author, Place: e.Place()})
}

// unpinned takes an event back that is not shown any more.
func (s *slice) unpinned(tx feature.Tx, e feature.Entry, b event.PinSet) error {
	realm, err := s.Realms.Conversation(tx, e.Log)
	if err != nil {
		return err
	}
	return said.Unsay(tx, realm, b.Message[:], e.Place())
}

// isPinned annotates a message.
func (s *slice) isPinned(tx feature.Tx, _ protocol.Account, e feature.Entry) (*bool, error) {
	if e.Kind != sentKind || e.Erased() {
		return nil, nil
	}
	realm, err := s.Realms.Conversation(tx, e.Log)
	if err != nil {
		return nil, err
	}
	if r, err := said.Of(tx, realm, e.ID[:]); err != nil || !r.On {
		return nil, err
	}
	return &yes, nil
}

// notice tells who pinned a message; that a pin was taken away is not worth a row.
func (s *slice) notice(tx feature.Tx, viewer protocol.Account, e feature.Entry, b event.PinSet) (feature.Told, error) {
	if !b.On {
		return feature.Told{}, nil
	}
	if e.Author == viewer {
		return feature.Tell("You pinned a message", feature.Happening{Did: feature.DidPin, By: feature.You()}), nil
	}
	name := s.NameIn(tx, viewer, e.Log, e.Author)
	return feature.Tell(name+" pinned a message", feature.Happening{Did: feature.DidPin, By: feature.Called(name)}), nil
}
