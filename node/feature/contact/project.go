package contact

import (
	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/event"
)

// step is what an event makes of a row.
type step func(tx feature.Tx, owner protocol.Account, r *row) error

// project applies an event to the rows of the local members: one step for its author, another for who receives it.
func (s *slice) project(tx feature.Tx, e feature.Entry, author, recipient step) error {
	c, err := s.Timeline.Conversation(tx, e.Log)
	if err != nil {
		return err
	}
	if c.Group() {
		return nil // membership there makes no contacts
	}
	for _, owner := range c.Members {
		do := recipient
		if owner == e.Author {
			do = author
		}
		if do == nil {
			continue
		}
		if local, err := s.local(tx, c.Log, owner); err != nil {
			return err
		} else if !local {
			continue
		}
		var failed error
		err := s.change(tx, c, owner, func(r *row) {
			if r.State != feature.ContactPending && r.replayed(e) {
				return
			}
			had := *r
			if failed = do(tx, owner, r); *r != had {
				r.Event, r.At = e.ID, max(r.At, uint64(e.Received.UnixMilli()))
			}
		})
		if failed != nil {
			return failed
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// local tells whether a member is of this node. Only those have rows, which is quicker to see than what the directory knows.
func (s *slice) local(tx feature.Tx, log protocol.Log, owner protocol.Account) (bool, error) {
	realm, err := s.Realms.Conversation(tx, log)
	if err != nil {
		return false, err
	}
	has, err := tx.Has(key(realm, owner))
	return has || err == nil && s.Directory.Local(tx, owner), err
}

func (s *slice) introduced(tx feature.Tx, e feature.Entry, b event.ContactIntroduced) error {
	asks := func(_ feature.Tx, _ protocol.Account, r *row) error {
		switch {
		case r.State == feature.ContactBlocked:
		case len(b.Secret) > 0 || r.State == feature.ContactRequested:
			r.State = feature.ContactAccepted
		case r.State == "":
			r.State = feature.ContactPending
		}
		return nil
	}
	asked := func(tx feature.Tx, owner protocol.Account, r *row) error {
		switch r.State {
		case feature.ContactBlocked:
		case feature.ContactAccepted, feature.ContactPending: // consent stands, or both asked
			r.State, r.Owes = feature.ContactAccepted, true
		default:
			r.State = feature.ContactRequested
			switch {
			case len(b.Secret) == 0:
			case !s.Keys.Unlocked(owner):
				r.Sealed = true
			case s.CheckLink(tx, owner, b.Secret):
				r.State, r.Owes = feature.ContactAccepted, true
			}
		}
		return nil
	}
	return s.project(tx, e, asks, asked)
}

func (s *slice) accepted(tx feature.Tx, e feature.Entry, _ event.ContactAccepted) error {
	accepts := func(_ feature.Tx, _ protocol.Account, r *row) error {
		if r.State != feature.ContactBlocked {
			r.State, r.Owes, r.Sealed = feature.ContactAccepted, false, false
		}
		return nil
	}
	answered := func(_ feature.Tx, _ protocol.Account, r *row) error {
		switch {
		case r.State == feature.ContactPending:
			r.State = feature.ContactAccepted
		case r.State == feature.ContactBlocked && r.Before == feature.ContactPending:
			r.Before = feature.ContactAccepted
		case r.State == "": // nobody asked, whatever the event says
			r.State = feature.ContactRequested
		}
		return nil
	}
	return s.project(tx, e, accepts, answered)
}

// wrote makes a request of a message from somebody who is no contact.
func (s *slice) wrote(tx feature.Tx, e feature.Entry, _ event.MessageSent) error {
	return s.project(tx, e, nil, func(_ feature.Tx, _ protocol.Account, r *row) error {
		if r.State == "" {
			r.State = feature.ContactRequested
		}
		return nil
	})
}

func (s *slice) noticeIntroduced(tx feature.Tx, viewer protocol.Account, e feature.Entry, b event.ContactIntroduced) (feature.Told, error) {
	part := feature.Happening{Did: feature.DidAskContact, By: feature.You()}
	if len(b.Secret) > 0 {
		part.Did = feature.DidUseLink
	}
	if e.Author != viewer {
		part.By = feature.Called(b.Name)
	}
	switch {
	case e.Author == viewer && len(b.Secret) > 0:
		return feature.Tell("You used the contact link.", part), nil
	case e.Author == viewer:
		return feature.Tell("You asked to get in contact.", part), nil
	case len(b.Secret) > 0:
		return feature.Tell(b.Name+" used your contact link.", part), nil
	}
	return feature.Tell(b.Name+" asked to get in contact.", part), nil
}

func (s *slice) noticeAccepted(_ feature.Tx, viewer protocol.Account, e feature.Entry, b event.ContactAccepted) (feature.Told, error) {
	if e.Author == viewer {
		return feature.Tell("You accepted.", feature.Happening{Did: feature.DidAccept, By: feature.You()}), nil
	}
	return feature.Tell(b.Name+" accepted.", feature.Happening{Did: feature.DidAccept, By: feature.Called(b.Name)}), nil
}
