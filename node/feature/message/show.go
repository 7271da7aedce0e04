package message

import (
	"bytes"
	"time"

	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/event"
)

// Kind says what a row of a conversation is.
type Kind string

// Kinds of rows.
const (
	KindText    Kind = "text"    // somebody wrote it
	KindNotice  Kind = "notice"  // something happened; its text is ready to show
	KindUnknown Kind = "unknown" // a newer version understands it
)

// Message is a row of a conversation as one account is shown it. Slices add fields to it by feature.Annotate.
type Message struct {
	ID           protocol.EventID `json:"id"`
	Conversation protocol.Log     `json:"conversation"`
	Author       protocol.Account `json:"author"`
	AuthorName   string           `json:"author_name,omitempty" doc:"in groups: what the author calls itself; nothing vouches for it"`
	Text         string           `json:"text"`
	SentAt       time.Time        `json:"sent_at"`
	State        feature.State    `json:"state" enum:"sending,sent,delivered,read,failed" doc:"of a message of another: delivered, or read once the caller read it"`
	Reason       string           `json:"reason,omitempty" doc:"why it failed"`
	ReadAt       time.Time        `json:"read_at,omitzero" doc:"when the other said that it was read"`
	Kind         Kind             `json:"kind" enum:"text,notice,unknown,waiting"`
	EditedAt     time.Time        `json:"edited_at,omitzero" doc:"when its author gave it the text that it has now"`
	ReplyTo      *Quote           `json:"reply_to,omitempty" doc:"the message that it answers"`
	Gap          bool             `json:"gap,omitempty" doc:"something before it has not arrived yet"`

	added map[string]any
}

// MarshalJSON writes the fields and what slices added.
func (m Message) MarshalJSON() ([]byte, error) {
	type plain Message
	out, err := feature.Encode(plain(m))
	if err != nil || len(m.added) == 0 {
		return out, err
	}
	more, err := feature.Encode(m.added)
	if err != nil {
		return nil, err
	}
	return bytes.Join([][]byte{out[:len(out)-1], more[1:]}, []byte{','}), nil
}

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

// show describes an event; false where there is nothing to show of it.
func (v *view) show(e feature.Entry) (Message, bool, error) {
	if v.veil.Hides(e) {
		return Message{}, false, nil
	}
	m := Message{ID: e.ID, Conversation: e.Log, Author: e.Author, SentAt: protocol.Time(e.HLC, e.Received), Gap: e.Gap}
	if ok, err := v.fill(&m, e); !ok || err != nil {
		return Message{}, false, err
	}
	status, err := v.StatusOf(v.tx, v.reading, e)
	if err != nil {
		return Message{}, false, err
	}
	if v.group {
		m.AuthorName = v.name(e)
	}
	m.State, m.Reason, m.ReadAt = status.State, status.Reason, status.ReadAt
	m.added, err = v.Annotations(v.tx, v.viewer, e)
	return m, err == nil, err
}

// name is what the author of a group event is called.
func (v *view) name(e feature.Entry) string {
	name, ok := v.names[e.Author]
	if !ok {
		name = v.NameIn(v.tx, v.viewer, e.Log, e.Author)
		v.names[e.Author] = name
	}
	return name
}

// fill sets kind and text; false where there is nothing to show.
func (v *view) fill(m *Message, e feature.Entry) (bool, error) {
	switch {
	case !v.Understands(e.Kind):
		m.Kind = KindUnknown
		return true, nil
	case e.Erased():
		return false, nil
	case e.Kind == event.MessageSent{}.Kind():
		now, err := v.now(v.tx, e)
		if err != nil {
			return false, err
		}
		m.Kind, m.Text, m.EditedAt = KindText, now.Text, now.At
		m.ReplyTo, err = v.quoteIn(e)
		return true, err
	}
	text, err := v.NoticeOf(v.tx, v.viewer, e)
	m.Kind, m.Text = KindNotice, text
	return text != "", err
}
