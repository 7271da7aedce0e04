package message

import (
	"context"
	"errors"
	"time"

	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/event"
	"conclave/storage"
)

// A message may be important or urgent. Of urgent ones an account sends few to a conversation, which its own node sees to; whose urgent
// messages pass its do-not-disturb every receiver says for itself.

// Refusals of priorities.
var (
	ErrPriority  = feature.ErrBadRequest.With("A message is plain, important or urgent.")
	ErrTooUrgent = &feature.Error{Status: 409, Code: "too_urgent", Detail: "You sent three urgent messages here in a short time; send this one as important, or wait."}
	ErrWhom      = feature.ErrBadRequest.With("Urgent messages pass from nobody, contacts or everybody.")
)

var priorities = map[feature.Priority]event.Priority{"": event.Normal, feature.Important: event.Important, feature.Urgent: event.Urgent}

func priorityOf(p feature.Priority) (event.Priority, error) {
	out, ok := priorities[p]
	if !ok {
		return 0, ErrPriority
	}
	return out, nil
}

func priorityName(p event.Priority) feature.Priority {
	switch p {
	case event.Important:
		return feature.Important
	case event.Urgent:
		return feature.Urgent
	}
	return ""
}

// An account sends maxUrgent urgent messages to a conversation at once, and another one every urgentEvery.
const (
	maxUrgent   = 3
	urgentEvery = 10 * time.Minute
)

// press counts an urgent message, or refuses it. What is kept is the moment at which all that were sent are forgotten.
func (s *slice) press(tx feature.Tx, author protocol.Account, log protocol.Log) error {
	realm, err := s.Realms.Account(author)
	if err != nil {
		return err
	}
	k := realm.Key(storage.Counters, storage.H([]byte("urgent"), log[:]))
	free, err := storage.GetAs[uint64](tx, realm, k)
	if err != nil && !errors.Is(err, storage.ErrNotFound) {
		return err
	}
	now := s.Now()
	at := time.UnixMilli(int64(free))
	if at.Before(now) || at.After(now.Add(maxUrgent*urgentEvery)) { // a clock that was set back holds nobody up for longer
		at = now
	}
	at = at.Add(urgentEvery)
	if wait := at.Sub(now) - maxUrgent*urgentEvery; wait > 0 {
		e := ErrTooUrgent.With("You sent three urgent messages here in a short time; send this one as important, or wait %d minutes.",
			int((wait+time.Minute-1)/time.Minute))
		e.Retry = wait
		return e
	}
	return storage.PutAs(tx, realm, k, uint64(max(at.UnixMilli(), 0)))
}

// UrgentFrom is whose urgent messages pass do-not-disturb.
type UrgentFrom string

// Whose urgent messages pass.
const (
	UrgentFromNobody    UrgentFrom = "nobody"
	UrgentFromContacts  UrgentFrom = "contacts"
	UrgentFromEverybody UrgentFrom = "everybody"
)

// UrgentSetting says whose urgent messages pass do-not-disturb of an account.
type UrgentSetting struct {
	From UrgentFrom `json:"urgent_from" required:"true" enum:"nobody,contacts,everybody" doc:"contacts, unless it was set"`
}

func (s *slice) urgentFrom(ctx context.Context, _ feature.Nothing) (out UrgentSetting, err error) {
	err = s.Store.View(func(tx feature.Tx) error {
		out.From, err = s.allows(tx, feature.ActorOf(ctx).Account)
		return err
	})
	return out, err
}

func (s *slice) setUrgentFrom(ctx context.Context, req UrgentSetting) (UrgentSetting, error) {
	who := feature.ActorOf(ctx).Account
	if req.From != UrgentFromNobody && req.From != UrgentFromContacts && req.From != UrgentFromEverybody {
		return UrgentSetting{}, ErrWhom
	}
	return req, s.Store.Update(ctx, func(tx feature.Tx) error {
		realm, err := s.Realms.Account(who)
		if err != nil {
			return err
		}
		tx.OnCommit(func() { s.tellUrgent([]protocol.Account{who}, req) })
		return storage.PutAs(tx, realm, urgentKey(realm), string(req.From))
	})
}

// allows is what an account says of urgent messages.
func (s *slice) allows(tx feature.Tx, who protocol.Account) (UrgentFrom, error) {
	realm, err := s.Realms.Account(who)
	if err != nil {
		return "", err
	}
	from, err := storage.GetAs[string](tx, realm, urgentKey(realm))
	if errors.Is(err, storage.ErrNotFound) {
		return UrgentFromContacts, nil
	}
	return UrgentFrom(from), err
}

// passes tells whether a message passes do-not-disturb of a viewer.
func (s *slice) passes(tx feature.Tx, viewer protocol.Account, c feature.Conversation, author protocol.Account, p event.Priority) (bool, error) {
	if p != event.Urgent || author == viewer {
		return false, nil
	}
	from, err := s.allows(tx, viewer)
	if err != nil || from != UrgentFromContacts {
		return from == UrgentFromEverybody, err
	}
	if c.Group() {
		c, err = s.Timeline.Conversation(tx, protocol.DirectLog(viewer, author))
		if errors.Is(err, feature.ErrNotFound) || errors.Is(err, feature.ErrLocked) {
			return false, nil
		}
		if err != nil {
			return false, err
		}
	}
	standing, err := s.StandingOf(tx, viewer, c)
	return standing.State == feature.ContactAccepted, err
}

func urgentKey(realm *storage.Realm) storage.Key {
	return realm.Key(storage.Settings, storage.H([]byte("urgent_from")))
}
