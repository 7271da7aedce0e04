package message

import (
	"encoding/base32"

	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/event"
)

// Message and what it is made of are of the contract, so that other slices can list messages.
type (
	// Message is a row of a conversation as one account is shown it.
	Message = feature.Message
	// Kind says what a row of a conversation is.
	Kind = feature.MessageKind
	// Quote is the message that another one answers, as the viewer of that is shown it.
	Quote = feature.Quote
)

// Kinds of rows.
const (
	KindText    = feature.MessageText
	KindNotice  = feature.MessageNotice
	KindUnknown = feature.MessageUnknown
	KindDeleted = feature.MessageDeleted
)

// view is what showing the messages of one conversation to one account needs.
type view struct {
	*slice
	tx      feature.Tx
	viewer  protocol.Account
	talk    feature.Conversation
	group   bool
	reader  protocol.Account // the viewer of a group, nobody of a direct conversation
	reading feature.Reading
	veil    feature.Veil
	names   map[protocol.Account]string
	rows    rows // what can be shown at all, where messages get their ordinals
	numbers bool // they do
}

func (s *slice) view(tx feature.Tx, viewer protocol.Account, c feature.Conversation) (*view, error) {
	reading, err := s.ReadingOf(tx, viewer, c)
	if err != nil {
		return nil, err
	}
	veil, err := s.VeilOf(tx, viewer, c)
	if err != nil {
		return nil, err
	}
	v := &view{slice: s, tx: tx, viewer: viewer, talk: c, group: c.Group(), reading: reading, veil: veil, names: map[protocol.Account]string{}}
	if v.group {
		v.reader = viewer
	}
	return v, nil
}

// shown describes one event to an account that sees its conversation.
func (s *slice) shown(tx feature.Tx, viewer protocol.Account, c feature.Conversation, e feature.Entry) (Message, bool, error) {
	v, err := s.view(tx, viewer, c)
	if err != nil {
		return Message{}, false, err
	}
	return v.show(e)
}

// show describes an event; false where there is nothing to show of it.
func (v *view) show(e feature.Entry) (Message, bool, error) {
	if v.veil.Hides(e) {
		return Message{}, false, nil
	}
	m := Message{ID: e.ID, Conversation: e.Log, Author: e.Author, SentAt: protocol.Time(e.HLC, e.Received), Place: sorted(e.Place()), Gap: e.Gap}
	if v.numbers {
		n := v.rows.before(e.Place())
		m.Ordinal = &n
	}
	if ok, err := v.fill(&m, e); !ok || err != nil {
		return Message{}, false, err
	}
	if v.group {
		m.AuthorName = v.name(e.Log, e.Author)
	}
	status, err := v.StatusOf(v.tx, v.reading, e)
	if err != nil {
		return Message{}, false, err
	}
	m.State = status.State
	if m.Kind != KindDeleted {
		m.Reason, m.ReadAt = status.Reason, status.ReadAt
	}
	added, err := v.Annotations(v.tx, v.viewer, e)
	return m.With(added), err == nil, err
}

// sortedSize is what of a place is told: order, clock and enough of the id, so that the text has 32 characters.
const sortedSize = 20

// sorted is the text of a place that sorts as places do.
func sorted(p protocol.Place) string {
	return base32.HexEncoding.EncodeToString(p.Bytes()[:sortedSize])
}

// name is what a member of a group is called.
func (v *view) name(log protocol.Log, who protocol.Account) string {
	name, ok := v.names[who]
	if !ok {
		name = v.NameIn(v.tx, v.viewer, log, who)
		v.names[who] = name
	}
	return name
}

// fill sets kind and text; false where there is nothing to show.
func (v *view) fill(m *Message, e feature.Entry) (bool, error) {
	switch {
	case !v.Understands(e.Kind):
		m.Kind = KindUnknown
		return true, nil
	case e.Kind == sentKind && e.Erased():
		return true, v.tombstone(m, e)
	case e.Erased():
		return false, nil
	case e.Kind == sentKind:
		return true, v.said(m, e)
	}
	told, err := v.NoticeOf(v.tx, v.viewer, e)
	m.Kind, m.Text, m.Notice = KindNotice, told.Text, told.Parts
	return told.Text != "", err
}

// said sets what a message says now.
func (v *view) said(m *Message, e feature.Entry) error {
	body, err := event.Decode[event.MessageSent](e.Body)
	if err != nil {
		return err
	}
	m.Kind, m.Text = KindText, body.Content
	edits, err := v.versions(v.tx, e, 1)
	if err != nil {
		return err
	}
	if len(edits) > 0 {
		m.Text, m.EditedAt = edits[0].Text, edits[0].At
	}
	if body.Forwarded != nil {
		m.Forwarded = &feature.Forwarded{Name: body.Forwarded.Name}
	}
	m.Thread, m.Priority = body.Thread, priorityName(body.Priority)
	if m.Urgent, err = v.passes(v.tx, v.viewer, v.talk, e.Author, body.Priority); err != nil {
		return err
	}
	m.ReplyTo, err = v.quote(e, body.ReplyTo)
	return err
}

// tombstone says who deleted a message, as far as that is known here.
func (v *view) tombstone(m *Message, e feature.Entry) error {
	m.Kind, m.Deleted = KindDeleted, &feature.Deletion{}
	deletion, err := v.deletionOf(v.tx, e)
	if err != nil || deletion.Event == nil {
		return err
	}
	m.Thread = threadIn(deletion)
	*m.Deleted = feature.Deletion{By: deletion.Author, At: protocol.Time(deletion.HLC, deletion.Received)}
	if v.group {
		m.Deleted.ByName = v.name(e.Log, deletion.Author)
	}
	return nil
}
