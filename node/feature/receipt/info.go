package receipt

import (
	"context"
	"time"

	"conclave/node/feature"
	"conclave/protocol"
)

// Reach is how far a message to a group got, as its author is shown it.
type Reach struct {
	Of        int `json:"of" doc:"people whom it is for"`
	Delivered int `json:"delivered" doc:"those whose nodes have it"`
	Read      int `json:"read" doc:"those who said that they read it; 0 where the author hides what it reads itself"`
}

// cursors are how far the members of a group said that they read. They hold for one turn of the log.
type cursors struct {
	turn uint64
	told map[protocol.Account]protocol.Place
}

// cursorsKept bounds the groups whose cursors are kept in memory.
const cursorsKept = 256

// reach counts for whom an own message of a group is, and who has it. In larger groups, and of messages of others, nothing is said.
func (s *slice) reach(tx feature.Tx, viewer protocol.Account, e feature.Entry) (*Reach, error) {
	if e.Author != viewer || e.Stamp == nil || e.Kind != messages[0] || e.Erased() {
		return nil, nil
	}
	c, err := s.Timeline.Conversation(tx, e.Log)
	if err != nil || !small(c) {
		return nil, err
	}
	got, err := s.gotBy(tx, viewer, c, e)
	if err != nil || len(got) == 0 {
		return nil, err
	}
	out := &Reach{Of: len(got)}
	for _, one := range got {
		if one.read {
			out.Read++
		}
		if one.delivered {
			out.Delivered++
		}
	}
	return out, nil
}

// got is how far a message of a group got to one person, as its author may know.
type got struct {
	who             protocol.Account
	delivered, read bool // what was read was delivered
}

// gotBy tells how far a message of a group got to each for whom it is.
func (s *slice) gotBy(tx feature.Tx, viewer protocol.Account, c feature.Conversation, e feature.Entry) ([]got, error) {
	to, err := s.recipients(tx, c, e)
	if err != nil || len(to) == 0 {
		return nil, err
	}
	has, err := s.has(tx, e, to)
	if err != nil {
		return nil, err
	}
	told, err := s.toldIn(tx, viewer, c)
	if err != nil {
		return nil, err
	}
	out := make([]got, len(to))
	for i, a := range to {
		read := e.Thread().IsZero() && e.Place().Compare(told[a]) <= 0 // the zero place is before every event
		out[i] = got{who: a, delivered: read || has[a], read: read}
	}
	return out, nil
}

// recipients are those who were members when a message was written, and are.
func (s *slice) recipients(tx feature.Tx, c feature.Conversation, e feature.Entry) (to []protocol.Account, err error) {
	then, err := s.Groups.At(tx, e.Log, e.Heads)
	if err != nil {
		return nil, err
	}
	for _, m := range c.Members {
		if m != e.Author && then.Role(m) > 0 {
			to = append(to, m)
		}
	}
	return to, nil
}

// has tells who of some has a message: those of this node, and those whose nodes took it.
func (s *slice) has(tx feature.Tx, e feature.Entry, to []protocol.Account) (map[protocol.Account]bool, error) {
	var away []protocol.Account
	out := map[protocol.Account]bool{}
	for _, a := range to {
		if out[a] = s.Directory.Local(tx, a); !out[a] {
			away = append(away, a)
		}
	}
	reached, err := s.Delivery.Reached(tx, e.Log, e.ID, away)
	for a, has := range reached {
		out[a] = has
	}
	return out, err
}

// toldIn is how far the members of a group read, as a viewer may know.
func (s *slice) toldIn(tx feature.Tx, viewer protocol.Account, c feature.Conversation) (map[protocol.Account]protocol.Place, error) {
	if p, err := s.PrivacyOf(tx, viewer, c.Log); err != nil || !p.Receipts {
		return nil, err
	}
	realm, err := s.Realms.Conversation(tx, c.Log)
	if err != nil {
		return nil, err
	}
	turn, err := s.turn(tx, realm)
	if err != nil {
		return nil, err
	}
	if was, ok := s.told.Get(c.Log); ok && was.turn == turn && turn > 0 && !tx.Writable() {
		return was.told, nil
	}
	now := cursors{turn, map[protocol.Account]protocol.Place{}}
	for _, m := range c.Members {
		r, _, err := s.load(tx, c.Log, m)
		if err != nil {
			return nil, err
		}
		if !r.Told.IsZero() {
			now.told[m] = r.Told
		}
	}
	if !tx.Writable() {
		s.told.Add(c.Log, now)
	}
	return now.told, nil
}

// InfoRequest names an own message.
type InfoRequest struct {
	Conversation protocol.Log     `path:"conversation"`
	Message      protocol.EventID `path:"message"`
}

// MessageReceipt is how far a message got to one person.
type MessageReceipt struct {
	Account   protocol.Account `json:"account"`
	Name      string           `json:"name" doc:"what the person calls itself; nothing vouches for it"`
	Delivered bool             `json:"delivered" doc:"its node has the message"`
	ReadAt    time.Time        `json:"read_at,omitzero" doc:"when the person said that it was read, at the latest; absent where it did not, or the caller hides what it reads"`
}

func (s *slice) info(ctx context.Context, req InfoRequest) (feature.List[MessageReceipt], error) {
	viewer := feature.ActorOf(ctx).Account
	out := feature.List[MessageReceipt]{Items: []MessageReceipt{}}
	err := s.Store.View(func(tx feature.Tx) error {
		c, e, err := s.FindMessage(tx, viewer, req.Conversation, req.Message)
		if err != nil {
			return err
		}
		if e.Author != viewer {
			return feature.ErrForbidden.With("Only its author is told who read a message.")
		}
		if !c.Group() {
			out.Items, err = s.infoOfTwo(tx, viewer, c, e)
			return err
		}
		if !small(c) {
			return feature.ErrConflict.With("In groups of more than %d people nobody is told who read what.", protocol.CursorMembers)
		}
		out.Items, err = s.infoInGroup(tx, viewer, c, e)
		return err
	})
	return out, err
}

func (s *slice) infoOfTwo(tx feature.Tx, viewer protocol.Account, c feature.Conversation, e feature.Entry) ([]MessageReceipt, error) {
	reading, err := s.ReadingOf(tx, viewer, c)
	if err != nil {
		return nil, err
	}
	status, err := s.StatusOf(tx, reading, e)
	if err != nil {
		return nil, err
	}
	other := c.Other(viewer)
	return []MessageReceipt{{
		Account: other, Name: s.NameIn(tx, viewer, c.Log, other), ReadAt: status.ReadAt,
		Delivered: status.State == feature.Delivered || status.State == feature.Read,
	}}, nil
}

func (s *slice) infoInGroup(tx feature.Tx, viewer protocol.Account, c feature.Conversation, e feature.Entry) ([]MessageReceipt, error) {
	all, err := s.gotBy(tx, viewer, c, e)
	if err != nil {
		return nil, err
	}
	realm, err := s.Realms.Conversation(tx, c.Log)
	if err != nil {
		return nil, err
	}
	out := make([]MessageReceipt, 0, len(all))
	for _, one := range all {
		m := MessageReceipt{Account: one.who, Name: s.NameIn(tx, viewer, c.Log, one.who), Delivered: one.delivered}
		if one.read {
			marks, err := s.marks(tx, realm, one.who)
			if err != nil {
				return nil, err
			}
			m.ReadAt = readAt(marks, e.Place())
		}
		out = append(out, m)
	}
	return out, nil
}
