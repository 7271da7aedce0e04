// Package schedule is the slice of what is to happen later: messages that the node sends at a moment, and reminders of messages.
//
// It promises that a message goes out once, whatever the node and its clock did in between: it leaves the list in the transaction
// that logs it. It goes out at its moment or, where the node was off or the account locked, up to Late after it; what is later is
// missed and waits for its author's word. Whether the author may write is asked when it goes out. It refuses more than MaxMessages
// and MaxReminders of one account, and moments that are past or more than Ahead away.
package schedule

import (
	"sync"
	"time"

	"conclave/node/feature"
	"conclave/protocol"
)

// Bounds of an account.
const (
	MaxMessages  = 100
	MaxReminders = 200
	MaxNote      = 500 // bytes
)

// Late is how long after its moment a message is still sent without asking, Ahead how far away a moment may be.
const (
	Late  = 24 * time.Hour
	Ahead = 366 * 24 * time.Hour
)

// Feature is the slice.
func Feature() feature.Feature {
	return feature.Feature{Name: "schedule", Install: func(h *feature.Host) {
		s := &slice{Host: h, armed: map[protocol.Account]int64{}, known: map[protocol.Account]bool{}}
		s.tellMessage = feature.Frame[MessageChange](h, "scheduled", "A message that is to be sent later is new, changed, sent or cancelled.")
		s.tellReminder = feature.Frame[ReminderChange](h, "reminder", "A reminder is new, due or gone.")
		s.alarm = feature.At(h, "due", s.ring)
		feature.Every(h, "clock", time.Minute, s.watchClock)
		h.Keys.OnUnlock(s.unlocked)

		feature.Handle(h, "scheduled.create", "POST /api/v1/conversations/{conversation}/scheduled",
			"Have a message sent later.", s.create, feature.Creates, feature.Limited(feature.BucketMessages))
		feature.Handle(h, "scheduled.list", "GET /api/v1/scheduled",
			"List the messages that are to be sent later, the next first.", s.list)
		feature.Handle(h, "scheduled.edit", "PUT /api/v1/scheduled/{id}",
			"Change what is sent later, and when. One that was missed or refused waits again.", s.edit)
		feature.Handle(h, "scheduled.send", "POST /api/v1/scheduled/{id}/send-now",
			"Send a message now that was to be sent later.", s.sendNow, feature.Accepts, feature.Limited(feature.BucketMessages))
		feature.Handle(h, "scheduled.delete", "DELETE /api/v1/scheduled/{id}",
			"Do not send a message that was to be sent later.", s.cancel)

		feature.Handle(h, "reminder.create", "POST /api/v1/conversations/{conversation}/messages/{message}/remind",
			"Be reminded of a message.", s.remind, feature.Creates)
		feature.Handle(h, "reminder.list", "GET /api/v1/reminders",
			"List the reminders of the account: those that are due, then the next first.", s.reminders)
		feature.Handle(h, "reminder.delete", "DELETE /api/v1/reminders/{id}",
			"Drop a reminder, due or not.", s.forget)
	}}
}

type slice struct {
	*feature.Host
	tellMessage  func([]protocol.Account, MessageChange)
	tellReminder func([]protocol.Account, ReminderChange)
	alarm        feature.Alarm

	mu    sync.Mutex                 // guards what follows
	armed map[protocol.Account]int64 // the next alarm that is known to be set, Unix milliseconds
	known map[protocol.Account]bool  // accounts that were open since the start
	clock int64                      // when the clock was last looked at, Unix milliseconds
}

// checkMoment refuses moments that are past or too far away.
func (s *slice) checkMoment(at time.Time) error {
	now := s.Now()
	switch {
	case !at.After(now):
		return ErrPast
	case at.After(now.Add(Ahead)):
		return ErrTooFar
	}
	return nil
}

// Refusals of moments.
var (
	ErrPast   = &feature.Error{Status: 400, Code: "at_past", Detail: "This moment is past."}
	ErrTooFar = &feature.Error{Status: 400, Code: "at_too_far", Detail: "This moment is more than a year away."}
)
