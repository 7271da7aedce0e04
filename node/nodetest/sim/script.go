package sim

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"conclave/node/feature"
	"conclave/node/feature/conversation"
	"conclave/node/feature/member"
	"conclave/node/nodetest/wire"
	"conclave/protocol"
)

// Plan is how a story goes.
type Plan struct {
	Seed  uint64
	Steps int // of the script
}

// chance is what the script of a story follows from. It draws the cast first.
func (p Plan) chance() *rand.Rand { return rand.New(rand.NewPCG(p.Seed, 0x636f6e636c617665)) }

// story is a world, its group, and what happened in it.
type story struct {
	*world
	rng    *rand.Rand
	group  protocol.Log
	said   []saying
	moves  []move
	cut    bool
	spoken int
}

// saying is a message that a node took.
type saying struct {
	by     *person
	id     protocol.EventID
	text   string
	at     time.Time
	absent []*home // nodes without a member, as the author's node saw the group
}

// move is an addition or the end of a membership that a node took.
type move struct {
	kind string // "add", "remove" or "leave"
	by   *person
	who  *person
	at   time.Time
}

// found has somebody found the group.
func (s *story) found() error {
	for _, p := range s.people {
		if s.rng.IntN(4) == 0 {
			if err := p.seal(); err != nil {
				return err
			}
		}
	}
	founder := s.people[s.rng.IntN(len(s.people))]
	req := conversation.CreateRequest{Kind: "group", Name: "gardeners", History: []string{"none", "none", "all"}[s.rng.IntN(3)]}
	for _, p := range s.people {
		if p != founder && s.rng.IntN(4) > 0 {
			req.Members = append(req.Members, p.acct)
			s.moves = append(s.moves, move{"add", founder, p, time.Now()})
		}
	}
	c, err := call[conversation.Conversation](founder.home, founder.actor(), "conversation.create", req)
	if err != nil {
		return err
	}
	s.group = c.ID
	s.moves = append(s.moves, move{"add", founder, founder, time.Now()})
	s.note("%d nodes, %d people, %s founds the group of %d, history %s", len(s.homes), len(s.people), founder.name, len(req.Members)+1, req.History)
	time.Sleep(s.some(time.Minute))
	for _, p := range s.people {
		if role := roles[s.rng.IntN(len(roles))]; p != founder && role != feature.RoleMember && s.rng.IntN(2) == 0 {
			_, err := call[member.Member](founder.home, founder.actor(), "member.role", member.RoleRequest{Conversation: s.group, Account: p.acct, Role: role})
			s.outcome(err, "%s makes %s %s", founder.name, p.name, role)
		}
	}
	return nil
}

// play runs the script. A refusal of the node is part of it; what it returns is not.
func (s *story) play(steps int) error {
	total := 0
	for _, a := range acts {
		total += a.weight
	}
	for range steps {
		n := s.rng.IntN(total)
		for _, a := range acts {
			if n -= a.weight; n < 0 {
				if err := a.do(s); err != nil {
					return err
				}
				break
			}
		}
		switch s.rng.IntN(12) {
		case 0:
			time.Sleep(s.some(10 * time.Minute))
		case 1, 2, 3: // at the same moment
		default:
			time.Sleep(s.some(10 * time.Second))
		}
		if err := s.alive(); err != nil {
			return err
		}
	}
	return nil
}

// alive tells of a node that ended by itself.
func (s *story) alive() error {
	for _, h := range s.homes {
		if !h.up() {
			continue
		}
		select {
		case err := <-h.done:
			h.done <- err
			return fmt.Errorf("%s ended by itself: %w", h.name, err)
		default:
		}
	}
	return nil
}

func (s *story) some(most time.Duration) time.Duration {
	return time.Duration(s.rng.Int64N(int64(most)))
}

func (s *story) note(format string, args ...any) {
	if s.log != nil {
		s.log("%s  "+format, append([]any{time.Now().Format("15:04:05.000")}, args...)...)
	}
}

// outcome notes what somebody did. Refusals are no errors.
func (s *story) outcome(err error, format string, args ...any) bool {
	if err != nil {
		s.note(format+": %v", append(args, err)...)
		return false
	}
	s.note(format, args...)
	return true
}

// calm makes everything whole, lets everybody in and waits.
func (s *story) calm() error {
	s.note("calm")
	s.ground.Part(nil)
	for _, h := range s.homes {
		h.wrong.Store(false)
		if !h.up() {
			if err := h.start(); err != nil {
				return err
			}
		}
	}
	for _, p := range s.people {
		if !p.open() {
			if err := p.logIn(); err != nil {
				return fmt.Errorf("%s logs in: %w", p.name, err)
			}
		}
	}
	return nil
}

// quiet waits until the nodes agree, for two hours at the most: the longest back-off. Then it tells what they do not agree in.
func (s *story) quiet() error {
	var err error
	for _, wait := range []time.Duration{time.Minute, 4 * time.Minute, 15 * time.Minute, 100 * time.Minute} {
		time.Sleep(wait)
		if err = errors.Join(s.alive(), s.check()); err == nil {
			return nil
		}
	}
	return err
}

// play tells the story of a plan, in a bubble of testing/synctest. Its people meet first unless they come as a troupe of its cast.
func play(w *world, p Plan, known *troupe) (err error) {
	s := &story{world: w, rng: p.chance()}
	defer func() { err = errors.Join(err, s.close()) }()
	c := draw(s.rng)
	if known != nil {
		err = s.enter(c, known)
	} else {
		err = s.acquaint(c)
	}
	if err == nil {
		err = s.found()
	}
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	if err := s.play(p.Steps); err != nil {
		return err
	}
	if err := s.calm(); err != nil {
		return err
	}
	if err := s.quiet(); err != nil {
		return err
	}
	for _, p := range s.people { // what is said now arrives everywhere
		if slices.Contains(s.members(p.home), p.acct) {
			s.say(p)
		}
	}
	return s.quiet()
}

// weather of a seed: a good network or a bad one.
func weather(seed uint64) wire.Weather {
	if seed%4 == 0 {
		return wire.Weather{Delay: 200 * time.Millisecond, Jitter: 3 * time.Second}
	}
	return wire.Weather{Delay: 10 * time.Millisecond, Jitter: 150 * time.Millisecond}
}
