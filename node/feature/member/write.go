package member

import (
	"errors"
	"fmt"
	"time"

	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/event"
	"conclave/protocol/membership"
	"conclave/storage"
)

// ErrSlow says that a member has to wait.
var ErrSlow = &feature.Error{Status: 429, Code: "slow_mode", Detail: "This group is in slow mode; wait a little."}

// permit lets members write whom the policy lets, in slow mode after a pause.
func (s *slice) permit(tx feature.Tx, author protocol.Account, c feature.Conversation) error {
	if !c.Group() {
		return nil
	}
	if c.State == nil || !c.Has(author) {
		return feature.ErrNoMember
	}
	if !c.State.May(author, membership.Send) {
		p := c.State.Policy()
		lowest := p.Send
		if p.Announcement {
			lowest = max(lowest, membership.Moderator)
		}
		return feature.ErrRole(lowest, "write here")
	}
	return s.pause(tx, author, c)
}

func (s *slice) pause(tx feature.Tx, author protocol.Account, c feature.Conversation) error {
	pause := time.Duration(c.State.Pause(author)) * time.Second
	if pause == 0 {
		return nil
	}
	realm, err := s.Realms.Conversation(tx, c.Log)
	if err != nil {
		return err
	}
	last, err := storage.GetAs[uint64](tx, realm, slowKey(realm, author))
	if errors.Is(err, storage.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	wait := time.UnixMilli(int64(last)).Add(pause).Sub(s.Now())
	if wait <= 0 || wait > pause { // a clock that was set back holds nobody up for longer
		return nil
	}
	e := ErrSlow.With("%s", fmt.Sprintf("This group is in slow mode: wait %d seconds.", int(wait.Seconds()+0.999)))
	e.Retry = wait
	return e
}

func slowKey(realm *storage.Realm, who protocol.Account) storage.Key {
	return realm.Key(storage.Counters, storage.H([]byte("wrote"), who[:]))
}

// wrote notes when a local member wrote, in groups in slow mode.
func (s *slice) wrote(tx feature.Tx, e feature.Entry, _ event.MessageSent) error {
	if e.Replay || !s.Keys.Unlocked(e.Author) {
		return nil
	}
	c, err := s.Timeline.Conversation(tx, e.Log)
	if err != nil || !c.Group() || c.State == nil || c.State.Pause(e.Author) == 0 {
		return err
	}
	realm, err := s.Realms.Conversation(tx, e.Log)
	if err != nil {
		return err
	}
	return storage.PutAs(tx, realm, slowKey(realm, e.Author), uint64(max(e.Received.UnixMilli(), 0)))
}
