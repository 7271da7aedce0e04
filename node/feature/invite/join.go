package invite

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"conclave/crypto/canon"
	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/event"
	"conclave/protocol/membership"
)

// kindJoin asks a node to let an account into a group: that of whoever made a link, or of a public group any that may add.
const kindJoin = "group.join"

type joinRequest struct {
	Log     protocol.Log     `cbor:"0,keyasint"`
	Secret  []byte           `cbor:"1,keyasint"` // of the link, empty for a public group
	Account protocol.Account `cbor:"2,keyasint"`
	Name    string           `cbor:"3,keyasint"` // what the account calls itself
	Ticket  []byte           `cbor:"4,keyasint"` // comes back with the welcome
}

func (r joinRequest) valid() bool {
	named := event.ProfileChanged{Name: r.Name}.Validate() == nil
	return named && len(r.Ticket) == protocol.MaxTicket && (len(r.Secret) == 0 || len(r.Secret) == 16)
}

// outcome of a request to join.
type outcome uint64

const (
	outJoined outcome = 1
	outAsked  outcome = 2
	outFull   outcome = 3
)

type joinAnswer struct {
	Outcome outcome `cbor:"0,keyasint"`
}

// serveJoin answers the node of an account, an empty peer id standing for this one.
func (s *slice) serveJoin(ctx context.Context, from string, body []byte) ([]byte, error) {
	req, err := canon.Unmarshal[joinRequest](body)
	if err != nil || !req.valid() {
		return nil, feature.ErrBadRequest
	}
	if from != "" {
		if _, err := s.Directory.Learn(ctx, feature.Lead{Asker: &feature.Asker{Account: req.Account, Peer: from}}); err != nil {
			return nil, feature.ErrForbidden
		}
	}
	var out joinAnswer
	err = s.Store.Update(ctx, func(tx feature.Tx) error {
		c, err := s.group(tx, req.Log)
		if err != nil {
			return err
		}
		out.Outcome, err = s.letIn(tx, c, req)
		return err
	})
	if errors.Is(err, ErrGone) {
		return nil, feature.ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	return canon.Marshal(out)
}

// letIn adds an account, or files its request. Who is a member already is told so once more: the word may have been lost, or with it
// what it answers to, and the link may be used up by whoever asks.
func (s *slice) letIn(tx feature.Tx, c feature.Conversation, req joinRequest) (outcome, error) {
	if c.Has(req.Account) {
		return outJoined, s.remind(tx, c, req)
	}
	link := row{}
	switch {
	case len(req.Secret) > 0:
		var err error
		if link, err = s.load(tx, c, req.Secret); err != nil {
			return 0, err
		}
	case c.State.Policy().Visibility != membership.Public:
		return 0, ErrGone
	}
	if uint64(c.State.Len()) >= c.State.Policy().MaxMembers {
		return outFull, nil
	}
	by, err := s.adder(tx, c, link.By)
	if err != nil {
		return 0, err
	}
	if link.Approval {
		return outAsked, s.file(tx, c.Log, idOf(link.Secret[:]), req)
	}
	if len(req.Secret) > 0 {
		link.Uses++
		if err := s.save(tx, c.Log, link); err != nil {
			return 0, err
		}
	}
	return outJoined, s.answer(tx, c.Log, by, req.Account, req.Ticket)
}

// remind welcomes a member again, where an account here may.
func (s *slice) remind(tx feature.Tx, c feature.Conversation, req joinRequest) error {
	by, err := s.adder(tx, c, protocol.Account{})
	if errors.Is(err, ErrGone) {
		return nil // others may
	}
	if err != nil {
		return err
	}
	return s.Groups.Greet(tx, c.Log, by, req.Account, req.Ticket)
}

// answer adds an account that asked, and has the history show that.
func (s *slice) answer(tx feature.Tx, log protocol.Log, by, who protocol.Account, ticket []byte) error {
	op, err := s.Groups.Answer(tx, log, by, who, ticket)
	if err != nil {
		return err
	}
	body := event.MemberChanged{Ops: []protocol.EventID{protocol.EventID(op.ID)}, Asked: true}
	_, err = s.Timeline.Append(tx, feature.Draft{Log: log, Author: by, Body: body})
	return err
}

// adder returns an unlocked local member that may add: whoever made the link where that is possible.
func (s *slice) adder(tx feature.Tx, c feature.Conversation, maker protocol.Account) (protocol.Account, error) {
	locked := false
	for _, who := range slices.Concat([]protocol.Account{maker}, c.State.Officers(), c.Members) {
		switch {
		case !mayAdd(c.State, who) || !s.Directory.Local(tx, who):
		case !s.Keys.Unlocked(who):
			locked = true
		case s.deleted(tx, who, c):
			return who, ErrGone
		default:
			return who, nil
		}
	}
	if locked {
		return protocol.Account{}, feature.ErrUnavailable
	}
	return protocol.Account{}, ErrGone
}

// AcceptRequest is a link that the caller follows.
type AcceptRequest struct {
	Link          string `json:"link" required:"true" maxLength:"8192"`
	RulesAccepted bool   `json:"rules_accepted,omitempty" doc:"the caller read the group's rules and accepts them"`
}

// Joined says how far a request to join got.
type Joined struct {
	Conversation protocol.Log `json:"conversation"`
	State        string       `json:"state" enum:"joined,asked"`
}

func (s *slice) accept(ctx context.Context, req AcceptRequest) (Joined, error) {
	link, err := parse(req.Link)
	if err != nil {
		return Joined{}, err
	}
	me := feature.ActorOf(ctx).Account
	out := Joined{Conversation: link.Group, State: "joined"}
	if joined, err := s.joined(me, link.Group); joined || err != nil {
		return out, err
	}
	l, err := s.look(ctx, link)
	if err != nil {
		return Joined{}, err
	}
	if l.Rules != "" && !req.RulesAccepted {
		return Joined{}, ErrRules
	}
	return s.join(ctx, me, link.Group, link.Secret[:], func(ctx context.Context, body []byte) ([]byte, error) {
		return s.ask(ctx, link, kindJoin, body, s.serveJoin)
	})
}

// join awaits a welcome and asks for it.
func (s *slice) join(ctx context.Context, me protocol.Account, log protocol.Log, secret []byte, ask func(context.Context, []byte) ([]byte, error)) (Joined, error) {
	ticket, err := s.ticket(asking{me, log})
	if err != nil {
		return Joined{}, err
	}
	req := joinRequest{Log: log, Secret: secret, Account: me, Ticket: ticket}
	again := false
	err = s.Store.Update(ctx, func(tx feature.Tx) error {
		card, err := s.Card(tx, me, me)
		if err != nil {
			return err
		}
		req.Name = card.Name
		standing, err := s.Groups.Standing(tx, log, me)
		if err != nil {
			return err
		}
		again = standing == feature.GroupLeft || standing == feature.GroupRemoved
		return s.Groups.Expect(tx, me, log, req.Ticket)
	})
	if err != nil {
		return Joined{}, err
	}
	body := canon.MustMarshal(req)
	if !again {
		state, err := s.request(ctx, ask, body)
		if state == "joined" {
			s.settle(ctx, me, log, settleTime)
		}
		return Joined{Conversation: log, State: state}, err
	}
	// A node that has not heard yet that the account is out takes it for a member, and adds nobody: it is asked again.
	for wait, end := firstAgain, time.Now().Add(settleTime); ; wait *= 2 {
		state, err := s.request(ctx, ask, body)
		if err != nil || state != "joined" || s.settle(ctx, me, log, wait) {
			return Joined{Conversation: log, State: state}, err
		}
		if time.Now().After(end) || ctx.Err() != nil {
			return Joined{}, feature.ErrUnavailable.With("The node of the group has not heard yet that you are no longer a member. Try again soon.")
		}
	}
}

// asking is an account that wants to be let into a group.
type asking struct {
	account protocol.Account
	log     protocol.Log
}

// maxTickets is how many tickets are remembered.
const maxTickets = 1024

// ticket draws a ticket, or returns the one that an account asked with before and that brought nothing yet: a welcome with that
// one may be on the way, and there will be no other.
func (s *slice) ticket(who asking) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if t, ok := s.tickets[who]; ok {
		return t, nil
	}
	t := make([]byte, protocol.MaxTicket)
	if _, err := io.ReadFull(s.Random, t); err != nil {
		return nil, fmt.Errorf("draw a ticket: %w", err)
	}
	if len(s.tickets) >= maxTickets {
		clear(s.tickets)
	}
	s.tickets[who] = t
	return t, nil
}

// request asks once to be let in.
func (s *slice) request(ctx context.Context, ask func(context.Context, []byte) ([]byte, error), body []byte) (state string, err error) {
	raw, err := ask(ctx, body)
	if err != nil {
		return "", err
	}
	answer, err := canon.Unmarshal[joinAnswer](raw)
	if err != nil {
		return "", errAnswer
	}
	switch answer.Outcome {
	case outJoined:
		return "joined", nil
	case outAsked:
		return "asked", nil
	case outFull:
		return "", feature.ErrFull
	}
	return "", errAnswer
}

var errAnswer = feature.ErrUnreachable.With("The node of the group gave no usable answer.")

const (
	settleTime = 5 * time.Second        // how long an answer waits for the group to be here, so that a page finds it
	firstAgain = 250 * time.Millisecond // before somebody who was a member asks again; doubled each time
)

// settle waits until an account that was added is a member here as well, or long enough.
func (s *slice) settle(ctx context.Context, me protocol.Account, log protocol.Log, wait time.Duration) (joined bool) {
	ctx, stop := context.WithTimeout(ctx, wait)
	defer stop()
	for {
		arrived, done := s.await(log)
		joined, err := s.joined(me, log)
		if joined || err != nil {
			done()
			s.mu.Lock()
			delete(s.tickets, asking{me, log})
			s.mu.Unlock()
			return joined
		}
		select {
		case <-arrived:
			done()
		case <-ctx.Done():
			done()
			return false
		}
	}
}

// await returns a channel that is closed when the members of a group change here.
func (s *slice) await(log protocol.Log) (<-chan struct{}, func()) {
	arrived := make(chan struct{})
	s.mu.Lock()
	defer s.mu.Unlock()
	s.waiting[log] = append(s.waiting[log], arrived)
	return arrived, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.waiting[log] = slices.DeleteFunc(s.waiting[log], func(c chan struct{}) bool { return c == arrived }); len(s.waiting[log]) == 0 {
			delete(s.waiting, log)
		}
	}
}

func (s *slice) moved(m feature.GroupMoved) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, arrived := range s.waiting[m.Log] {
		close(arrived)
	}
	delete(s.waiting, m.Log)
}
