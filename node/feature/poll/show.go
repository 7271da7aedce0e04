package poll

import (
	"context"
	"encoding/base64"
	"time"

	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/event"
)

// Poll is what a message asks, and what people chose so far.
type Poll struct {
	Options []Option  `json:"options" nullable:"false"`
	Several bool      `json:"several,omitempty" doc:"more than one option may be chosen"`
	Named   bool      `json:"named,omitempty" doc:"who chose what is shown; the nodes of all members know it either way"`
	Voters  int       `json:"voters" doc:"how many people chose something"`
	EndsAt  time.Time `json:"ends_at,omitzero" doc:"votes that are later do not count"`
	Closed  bool      `json:"closed,omitempty" doc:"somebody ended it"`
}

// Option is one answer of a Poll.
type Option struct {
	Text  string `json:"text"`
	Count int    `json:"count"`
	Mine  bool   `json:"mine,omitempty" doc:"the caller chose it"`
}

// Over tells whether votes do not count any more.
func (p Poll) over(now time.Time) bool {
	return p.Closed || !p.EndsAt.IsZero() && now.After(p.EndsAt)
}

// annotate adds the poll to a message that asks.
func (s *slice) annotate(tx feature.Tx, viewer protocol.Account, e feature.Entry) (*Poll, error) {
	p, asks, err := pollOf(e)
	if err != nil || !asks {
		return nil, err
	}
	out, err := s.shown(tx, viewer, e, p)
	return &out, err
}

func (s *slice) shown(tx feature.Tx, viewer protocol.Account, e feature.Entry, p asked) (out Poll, err error) {
	realm, err := s.Realms.Conversation(tx, e.Log)
	if err != nil {
		return out, err
	}
	r, err := resultOf(tx, realm, e.ID)
	if err != nil {
		return out, err
	}
	out = Poll{Options: make([]Option, len(p.Options)), Several: p.Several, Named: p.Named, Voters: int(r.Voters), Closed: !r.Closed.IsZero()}
	if p.End != 0 {
		out.EndsAt = time.UnixMilli(int64(p.End)).UTC()
	}
	var own event.Choice
	if r.Voters > 0 {
		mine, err := of(tx, realm, e.ID, viewer)
		if err != nil {
			return out, err
		}
		own = p.standing(mine, r.Closed)
	}
	for i, text := range p.Options {
		out.Options[i] = Option{Text: text, Mine: own.Has(i)}
		if i < len(r.Counts) {
			out.Options[i].Count = int(r.Counts[i])
		}
	}
	return out, nil
}

// VotesRequest asks who chose what.
type VotesRequest struct {
	Conversation protocol.Log     `path:"conversation"`
	Message      protocol.EventID `path:"message"`
	Before       string           `query:"before" maxLength:"64" doc:"the next of a page"`
	Limit        int              `query:"limit" minimum:"1" maximum:"200" default:"50"`
}

// Voter is somebody who chose options of a poll.
type Voter struct {
	Account protocol.Account `json:"account"`
	Name    string           `json:"name"`
	Options []int            `json:"options" nullable:"false" doc:"numbers of the options, the first being 0"`
}

// Bounds of a page.
const (
	defaultPage = 50
	maxPage     = 200
)

var voteKind = event.PollVoted{}.Kind()

func (s *slice) votes(ctx context.Context, req VotesRequest) (feature.List[Voter], error) {
	out := feature.List[Voter]{Items: []Voter{}}
	if req.Limit == 0 {
		req.Limit = defaultPage
	}
	if req.Limit < 1 || req.Limit > maxPage {
		return out, feature.ErrBadRequest.With("A page has 1 to %d people.", maxPage)
	}
	author, err := base64.RawURLEncoding.Strict().DecodeString(req.Before)
	if err != nil || len(author) != 0 && len(author) != authorSize {
		return out, feature.ErrBadRequest.With("This is not the next of a page.")
	}
	viewer := feature.ActorOf(ctx).Account
	return out, s.Store.View(func(tx feature.Tx) error {
		c, e, p, err := s.visible(tx, viewer, req.Conversation, req.Message)
		if err != nil {
			return err
		}
		if !p.Named {
			return ErrUnnamed
		}
		veil, err := s.VeilOf(tx, viewer, c)
		if err != nil {
			return err
		}
		realm, err := s.Realms.Conversation(tx, c.Log)
		if err != nil {
			return err
		}
		r, err := resultOf(tx, realm, e.ID)
		if err != nil {
			return err
		}
		for range req.Limit {
			if author, err = nextVoter(tx, realm, e.ID, author); err != nil || author == nil {
				return err
			}
			own, err := votesOf(tx, realm, e.ID, author)
			if err != nil {
				return err
			}
			if chosen := p.standing(own, r.Closed); chosen != 0 && !veil.Hides(entryOf(c.Log, own[0])) {
				by := own[0].By
				out.Items = append(out.Items, Voter{Account: by, Name: s.NameIn(tx, viewer, c.Log, by), Options: numbers(chosen, len(p.Options))})
			}
		}
		more, err := nextVoter(tx, realm, e.ID, author)
		if more != nil {
			out.Next = base64.RawURLEncoding.EncodeToString(author)
		}
		return err
	})
}

// entryOf is the event of a vote, as far as a veil looks at it.
func entryOf(log protocol.Log, v vote) feature.Entry {
	h := protocol.Header{Log: log, Kind: voteKind, Author: v.By, Ord: v.Place.Ord, HLC: v.Place.HLC}
	return feature.Entry{Event: &protocol.Event{Header: h, ID: v.Place.ID}}
}

func numbers(c event.Choice, options int) []int {
	out := []int{}
	for i := range options {
		if c.Has(i) {
			out = append(out, i)
		}
	}
	return out
}

// tell tells open pages of the poll that a vote or an end is about.
func (s *slice) tell(_ context.Context, e feature.Entry) {
	var message protocol.EventID
	switch e.Kind {
	case voteKind:
		b, err := event.Decode[event.PollVoted](e.Body)
		if err != nil {
			return // the door lets none in
		}
		message = b.Message
	case closeKind:
		b, err := event.Decode[event.PollClosed](e.Body)
		if err != nil {
			return
		}
		message = b.Message
	default:
		return
	}
	s.Calmly(e.Log.String()+message.String(), func(context.Context) { s.TellMessage(e.Log, message) })
}
