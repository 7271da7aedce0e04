package feature

import (
	"time"

	"conclave/protocol"
)

// Saying is a message that a person has sent: a text for a conversation, and all that goes with it.
type Saying struct {
	Conversation protocol.Log     `path:"conversation" json:"-"`
	Text         string           `json:"text" required:"true" doc:"at most 60,000 bytes of UTF-8, kept byte for byte"`
	ReplyTo      protocol.EventID `json:"reply_to,omitempty,omitzero" doc:"the message of this conversation that it answers"`
	Thread       protocol.EventID `json:"thread,omitempty,omitzero" doc:"the message of this conversation in whose thread it is said"`
	Priority     Priority         `json:"priority,omitempty" enum:"important,urgent" doc:"left out for a plain message; of urgent ones each person sends few to a conversation"`

	Mentions []protocol.Account `json:"mentions,omitempty" doc:"members whom the text means, at most 50: it holds an @ and what they are called here, or their address"`
	All      bool               `json:"all,omitempty" doc:"the text means all members of a group by @all"`
	Here     bool               `json:"here,omitempty" doc:"the text means those members of a group who are there by @here"`

	Preview  *LinkPreview    `json:"preview,omitempty" doc:"what was found behind an address of the text"`
	Location *SharedLocation `json:"location,omitempty"`
	Card     *SharedContact  `json:"card,omitempty" doc:"an account that is passed on"`
	Picture  *SentPicture    `json:"picture,omitempty"`
	Poll     *SharedPoll     `json:"poll,omitempty" doc:"what the text asks"`
}

// Speech is what one slice knows of sending messages. It registers it with SayMessages; others ask the Host.
type Speech struct {
	Check func(said Saying, at time.Time) error
	Say   func(tx Tx, author protocol.Account, said Saying) (protocol.EventID, error)
}

// SayMessages registers how messages are sent. One slice does.
func SayMessages(h *Host, s Speech) { h.reg.speech = s }

// CheckSaying refuses what could not be said at a moment, whoever says it wherever.
func (h *Host) CheckSaying(said Saying, at time.Time) error {
	if h.reg.speech.Check == nil {
		return ErrUnavailable
	}
	return h.reg.speech.Check(said, at)
}

// Say has a local account send a message now, as if it called for that itself, and returns the message.
func (h *Host) Say(tx Tx, author protocol.Account, said Saying) (protocol.EventID, error) {
	if h.reg.speech.Say == nil {
		return protocol.EventID{}, ErrUnavailable
	}
	return h.reg.speech.Say(tx, author, said)
}

// ErrNested says that a thread has one level.
var ErrNested = &Error{Status: 409, Code: "thread_of_thread", Detail: "This message is in a thread itself; answer in that one."}
