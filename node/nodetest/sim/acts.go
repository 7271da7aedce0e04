package sim

import (
	"fmt"
	"slices"
	"time"

	"conclave/node/feature"
	"conclave/node/feature/conversation"
	"conclave/node/feature/member"
	"conclave/node/feature/message"
	"conclave/protocol"
	"conclave/protocol/net"
)

// act is something that may happen, and how often in comparison with the others.
type act struct {
	weight int
	do     func(*story) error
}

var acts = []act{
	{40, (*story).talk},
	{6, (*story).add},
	{5, (*story).remove},
	{2, (*story).duel},
	{6, (*story).role},
	{3, (*story).settings},
	{2, (*story).rename},
	{2, (*story).leave},
	{5, (*story).part},
	{4, (*story).mend},
	{3, (*story).lose},
	{4, (*story).halt},
	{4, (*story).crash},
	{7, (*story).wake},
	{4, (*story).unlock},
	{2, (*story).jump},
	{3, (*story).fault},
}

func (s *story) anyone() *person { return s.people[s.rng.IntN(len(s.people))] }
func (s *story) anywhere() *home { return s.homes[s.rng.IntN(len(s.homes))] }

// active is somebody who can act and is a member, as the own node sees it; nil where chance finds nobody.
func (s *story) active() *person {
	for range 10 {
		if p := s.anyone(); p.open() && slices.Contains(s.members(p.home), p.acct) {
			return p
		}
	}
	return nil
}

// members of the group as a node sees it; nil where it knows none.
func (s *story) members(h *home) (out []protocol.Account) {
	if !h.up() {
		return nil
	}
	_ = h.in.Store.View(func(tx feature.Tx) error {
		c, err := h.in.Timeline.Conversation(tx, s.group)
		out = c.Members
		return err
	})
	return out
}

func (s *story) talk() error {
	if p := s.active(); p != nil {
		for range 1 + s.rng.IntN(3) {
			s.say(p)
		}
	}
	return nil
}

func (s *story) say(p *person) {
	s.spoken++
	text := fmt.Sprintf("%s says %d", p.name, s.spoken)
	members := s.members(p.home)
	sent, err := call[message.Sent](p.home, p.actor(), "message.send", message.SendRequest{Conversation: s.group, Text: text})
	if !s.outcome(err, "%s", text) {
		return
	}
	x := saying{by: p, id: sent.ID, text: text, at: time.Now()}
	for _, h := range s.homes {
		if !slices.ContainsFunc(s.people, func(q *person) bool { return q.home == h && slices.Contains(members, q.acct) }) {
			x.absent = append(x.absent, h)
		}
	}
	s.said = append(s.said, x)
}

func (s *story) moved(err error, kind string, by, who *person) {
	if s.outcome(err, "%s: %s %s", by.name, kind, who.name) {
		s.moves = append(s.moves, move{kind, by, who, time.Now()})
	}
}

func (s *story) add() error {
	p, q := s.active(), s.anyone()
	if p == nil || slices.Contains(s.members(p.home), q.acct) {
		return nil
	}
	_, err := call[member.Member](p.home, p.actor(), "member.add", member.AddRequest{Conversation: s.group, Account: q.acct, Role: feature.RoleMember})
	s.moved(err, "add", p, q)
	return nil
}

func (s *story) remove() error {
	if p, q := s.active(), s.anyone(); p != nil && p != q {
		s.expel(p, q)
	}
	return nil
}

func (s *story) expel(p, q *person) {
	_, err := call[feature.Nothing](p.home, p.actor(), "member.remove", member.OfRequest{Conversation: s.group, Account: q.acct})
	s.moved(err, "remove", p, q)
}

// duel has two members remove one another while they cannot talk.
func (s *story) duel() error {
	p, q := s.active(), s.active()
	if p == nil || q == nil || p.home == q.home {
		return nil
	}
	_, err := call[member.Member](p.home, p.actor(), "member.role", member.RoleRequest{Conversation: s.group, Account: q.acct, Role: feature.RoleAdmin})
	s.outcome(err, "%s makes %s an admin before they duel", p.name, q.name)
	time.Sleep(s.some(20 * time.Second))
	s.divide()
	s.expel(p, q)
	time.Sleep(s.some(5 * time.Second))
	s.expel(q, p)
	return nil
}

var roles = []feature.Role{feature.RoleMember, feature.RoleModerator, feature.RoleAdmin, feature.RoleOwner}

func (s *story) role() error {
	p, q, role := s.active(), s.anyone(), roles[s.rng.IntN(len(roles))]
	if p == nil {
		return nil
	}
	_, err := call[member.Member](p.home, p.actor(), "member.role", member.RoleRequest{Conversation: s.group, Account: q.acct, Role: role})
	s.outcome(err, "%s makes %s %s", p.name, q.name, role)
	return nil
}

func (s *story) settings() error {
	p, send, add := s.active(), roles[s.rng.IntN(2)], roles[s.rng.IntN(3)]
	if p == nil {
		return nil
	}
	req := conversation.PolicyRequest{Conversation: s.group}
	switch s.rng.IntN(3) {
	case 0:
		req.Send = &send
	default:
		req.Add = &add
	}
	_, err := call[conversation.Conversation](p.home, p.actor(), "conversation.policy", req)
	s.outcome(err, "%s sets the policy", p.name)
	return nil
}

func (s *story) rename() error {
	p, name := s.active(), fmt.Sprint("name ", s.rng.IntN(1000))
	if p == nil {
		return nil
	}
	_, err := call[conversation.Conversation](p.home, p.actor(), "conversation.edit", conversation.EditRequest{Conversation: s.group, Name: &name})
	s.outcome(err, "%s names the group %s", p.name, name)
	return nil
}

func (s *story) leave() error {
	p := s.active()
	if p == nil {
		return nil
	}
	_, err := call[feature.Nothing](p.home, p.actor(), "member.remove", member.OfRequest{Conversation: s.group, Account: p.acct})
	s.moved(err, "leave", p, p)
	return nil
}

func (s *story) part() error {
	s.divide()
	return nil
}

func (s *story) divide() {
	sides := map[net.PeerID]int{}
	for _, h := range s.homes {
		sides[h.peer] = s.rng.IntN(2)
	}
	s.ground.Part(sides)
	s.cut = true
	s.note("the network is cut")
}

func (s *story) mend() error {
	if s.cut {
		s.ground.Part(nil)
		s.cut = false
		s.note("the network is whole")
	}
	return nil
}

func (s *story) lose() error {
	h := s.anywhere()
	s.ground.Break(h.peer)
	s.note("%s loses its connections", h.name)
	return nil
}

func (s *story) halt() error {
	h := s.anywhere()
	s.note("%s stops", h.name)
	return h.down()
}

func (s *story) crash() error {
	h := s.anywhere()
	s.note("%s crashes", h.name)
	h.crash()
	return nil
}

func (s *story) wake() error {
	for _, h := range s.homes {
		if !h.up() && s.rng.IntN(2) == 0 {
			s.note("%s starts", h.name)
			if err := h.start(); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *story) unlock() error {
	for _, p := range s.people {
		if p.home.up() && !p.open() && s.rng.IntN(2) == 0 {
			s.outcome(p.logIn(), "%s logs in", p.name)
		}
	}
	return nil
}

// jump moves a clock: what it shows then is up to two minutes wrong.
func (s *story) jump() error {
	h, by := s.anywhere(), s.some(4*time.Minute)-2*time.Minute
	h.skew.Store(int64(by))
	s.note("the clock of %s is wrong by %v", h.name, by)
	return nil
}

// fault has transactions of a node fail now and then, or no longer.
func (s *story) fault() error {
	h := s.anywhere()
	h.wrong.Store(!h.wrong.Load())
	s.note("transactions of %s fail: %v", h.name, h.wrong.Load())
	return nil
}
