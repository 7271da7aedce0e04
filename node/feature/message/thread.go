package message

import (
	"errors"

	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/event"
)

// A message may be said in the thread of another one. Then it has no row in the conversation, whether or not that other one is here.

// ErrNested says that a thread has one level.
var ErrNested = feature.ErrNested

// root refuses a thread of what the author is not shown, and of what is in a thread itself. Who came after the root was said may answer what it reads
// in the thread.
func (s *slice) root(tx feature.Tx, author protocol.Account, log protocol.Log, id protocol.EventID) error {
	if id.IsZero() {
		return nil
	}
	c, e, err := s.find(tx, author, log, id)
	if errors.Is(err, feature.ErrNotFound) && !c.Log.IsZero() {
		if goes, err := s.ThreadGoesOn(tx, author, c, id); err != nil || goes {
			return err
		}
	}
	if err == nil && !e.Thread().IsZero() {
		return ErrNested
	}
	return err
}

// threaded tells whether a message takes no row. One that was erased before it came is where its deletion says.
func (s *slice) threaded(tx feature.Tx, e feature.Entry) (bool, error) {
	if !e.Erased() {
		return !e.Thread().IsZero(), nil
	}
	deletion, err := s.deletionOf(tx, e)
	if err != nil || deletion.Event == nil {
		return false, err
	}
	return !threadIn(deletion).IsZero(), nil
}

// threadIn is the thread that a deletion names.
func threadIn(deletion feature.Entry) protocol.EventID {
	b, err := event.Decode[event.MessageDeleted](deletion.Body)
	if err != nil {
		return protocol.EventID{} // the door lets none in
	}
	return b.Thread
}

// inThread tells whether a message that can be shown has no row in the conversation. What was erased tells by its number, where
// rows have one.
func (v *view) inThread(e feature.Entry, m Message) bool {
	return !m.Thread.IsZero() || v.numbers && e.Erased() && !feature.Ranks(v.rows).Has(e.Place())
}

// rowOfPage describes an event that stands between the messages of the conversation.
func (v *view) rowOfPage(e feature.Entry) (Message, bool, error) {
	if !e.Thread().IsZero() {
		return Message{}, false, nil
	}
	m, shown, err := v.show(e)
	return m, shown && !v.inThread(e, m), err
}
