package event

import "conclave/protocol"

// Bounds of a Poll: how many options it has, and the bytes of each.
const (
	MinPollOptions = 2
	MaxPollOptions = 12
	MaxPollOption  = 200
)

// Poll is what a message asks: its text is the question. What people choose comes in events of their own.
type Poll struct {
	Options []string `cbor:"0,keyasint"`
	Several bool     `cbor:"1,keyasint,omitempty"` // more than one option may be chosen
	Named   bool     `cbor:"2,keyasint,omitempty"` // pages show who chose what; every member's node knows it either way
	End     uint64   `cbor:"3,keyasint,omitempty"` // votes that are later do not count, Unix milliseconds; 0: not by itself
}

// maxTime bounds an end so that it stays a time that all languages can show, Unix milliseconds.
const maxTime = 1 << 47

// Validate refuses too few or too many options, an empty or overlong one, one of several lines, and two that are the same.
func (p Poll) Validate() error {
	if len(p.Options) < MinPollOptions || len(p.Options) > MaxPollOptions {
		return invalid("a poll of %d options", len(p.Options))
	}
	known := map[string]bool{}
	for _, option := range p.Options {
		if option == "" || known[option] {
			return invalid("the options of a poll are different texts")
		}
		known[option] = true
		if err := line("an option", option, MaxPollOption); err != nil {
			return err
		}
	}
	if p.End > maxTime {
		return invalid("a poll ends at a time")
	}
	return nil
}

// Choice is a set of options of a poll: bit 0 stands for the first.
type Choice uint64

// Has tells whether an option is chosen.
func (c Choice) Has(option int) bool { return c>>option&1 == 1 }

// Fits tells whether a poll can be answered so. The empty choice, which takes a vote back, always fits.
func (p Poll) Fits(c Choice) bool {
	return c>>len(p.Options) == 0 && (p.Several || c&(c-1) == 0)
}

// PollVoted says what its author chooses in the poll of a message, in place of all that it chose before. The message may not be here
// yet.
type PollVoted struct {
	Message protocol.EventID `cbor:"0,keyasint"`
	Choice  Choice           `cbor:"1,keyasint,omitempty"` // zero: the vote is taken back
}

// Kind is poll.voted.
func (PollVoted) Kind() string { return "poll.voted" }

// Validate refuses a vote on nothing, and options that no poll has.
func (v PollVoted) Validate() error {
	if v.Message.IsZero() || v.Choice>>MaxPollOptions != 0 {
		return invalid("a vote names its message and options of a poll")
	}
	return nil
}

// PollClosed ends the poll of a message. It counts of who asked, and in a group of moderators and above.
type PollClosed struct {
	Message protocol.EventID `cbor:"0,keyasint"`
}

// Kind is poll.closed.
func (PollClosed) Kind() string { return "poll.closed" }

// Validate refuses an end of nothing.
func (c PollClosed) Validate() error {
	if c.Message.IsZero() {
		return invalid("the end of a poll names its message")
	}
	return nil
}
