package member

import (
	"context"
	"errors"
	"fmt"

	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/membership"
)

// Change is how somebody stands to a group now.
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
	s.Soon(fmt.Sprintf("%s %p", m.Log, m.Now), func(context.Context) {
		err := s.Store.View(func(tx feature.Tx) error {
			c, err := s.Timeline.Conversation(tx, m.Log)
			if err != nil {
				return err
			}
			for _, viewer := range c.Members {
				if !s.Live.Watched(viewer) || !s.Keys.Unlocked(viewer) || s.Visible(tx, viewer, c) != nil {
					continue
				}
				for _, a := range who {
					s.tell([]protocol.Account{viewer}, Change{
						Conversation: m.Log, Account: a, Name: s.NameIn(tx, viewer, m.Log, a), Role: feature.RoleOf(c.State.Role(a)),
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
