package member

import (
	"context"
	"errors"
	"fmt"

	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/event"
	"conclave/protocol/membership"
)

// Change is how somebody stands to a group now, and what it is called.
type Change struct {
	Conversation protocol.Log     `json:"conversation"`
	Account      protocol.Account `json:"account"`
	Name         string           `json:"name"`
	Role         feature.Role     `json:"role" enum:",member,moderator,admin,owner" doc:"empty: is no member any more"`
}

// maxTold is how many changes at once pages are told one by one; of more they see the number of members.
const maxTold = 64

// moved tells the local members whose role changed.
func (s *slice) moved(m feature.GroupMoved) {
	if m.Before == nil || m.Before == m.Now {
		return
	}
	who := changes(m.Before, m.Now)
	if len(who) == 0 || len(who) > maxTold {
		return
	}
	s.tellOf(fmt.Sprintf("%s %p", m.Log, m.Now), m.Log, who)
}

// logged tells the local members that one of a group is called otherwise.
func (s *slice) logged(_ context.Context, e feature.Entry) {
	if e.Stamp != nil && e.Kind == (event.ProfileChanged{}).Kind() {
		s.tellOf(e.Log.String()+e.Author.String(), e.Log, []protocol.Account{e.Author})
	}
}

// tellOf tells the local members how some accounts stand to a group now.
func (s *slice) tellOf(key string, log protocol.Log, who []protocol.Account) {
	s.Soon(key, func(context.Context) {
		err := s.Store.View(func(tx feature.Tx) error {
			c, err := s.Timeline.Conversation(tx, log)
			if err != nil || c.State == nil {
				return err
			}
			for _, viewer := range c.Members {
				if !s.Live.Watched(viewer) || !s.Keys.Unlocked(viewer) || s.Visible(tx, viewer, c) != nil {
					continue
				}
				for _, a := range who {
					s.tell([]protocol.Account{viewer}, Change{
						Conversation: log, Account: a, Name: s.NameIn(tx, viewer, log, a), Role: feature.RoleOf(c.State.Role(a)),
					})
				}
			}
			return nil
		})
		if err != nil && !errors.Is(err, feature.ErrLocked) && !errors.Is(err, feature.ErrNotFound) {
			s.Logger.Warn("tell of members", "err", err)
		}
	})
}

// changes lists the accounts whose role is another one now.
func changes(before, now *membership.State) (out []protocol.Account) {
	for _, p := range now.Members() {
		if before.Role(p.Account) != p.Role {
			out = append(out, p.Account)
		}
	}
	for _, p := range before.Members() {
		if now.Role(p.Account) == 0 {
			out = append(out, p.Account)
		}
	}
	return out
}
