package message

import (
	"errors"

	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/markup"
)

// quote returns the message that another one answers; nil for nothing. It may be missing here, or be no message: who answers says so.
func (v *view) quote(reply feature.Entry, answered protocol.EventID) (*Quote, error) {
	if answered.IsZero() {
		return nil, nil
	}
	gone := &Quote{ID: answered, Deleted: true}
	e, err := v.Timeline.Get(v.tx, reply.Log, answered)
	if errors.Is(err, feature.ErrNotFound) {
		v.awaited.add(reply.Log, answered, reply.ID)
		return gone, nil
	}
	if err != nil {
		return nil, err
	}
	if e.Kind != sentKind || e.Erased() || v.veil.Hides(e) {
		return gone, nil
	}
	if readable, err := v.Readable(v.tx, v.viewer, v.talk, e); err != nil || !readable {
		return gone, err
	}
	now, err := v.now(v.tx, e)
	if err != nil {
		return nil, err
	}
	q := &Quote{ID: e.ID, Author: e.Author, Text: feature.First(markup.Plain(now.Text), feature.MaxQuote)}
	if v.group {
		q.AuthorName = v.name(e.Log, e.Author)
	}
	return q, nil
}
