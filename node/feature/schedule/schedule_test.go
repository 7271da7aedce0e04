package schedule_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"conclave/node/feature"
	"conclave/node/feature/message"
	"conclave/node/feature/schedule"
	"conclave/node/nodetest/solo"
	"conclave/protocol"
)

// world is a node whose alarms go off when a test says so.
type world struct {
	*solo.Node
	t       *testing.T
	ana, bo *solo.Person
	log     protocol.Log
	bell    feature.Alarm
	rang    chan struct{}
	refuse  error // why nothing may be written
}

func start(t *testing.T) *world {
	w := &world{t: t, rang: make(chan struct{}, 1)}
	w.Node = solo.Start(t, message.Feature(), schedule.Feature(), feature.Feature{Name: "bystander", Install: func(h *feature.Host) {
		w.bell = feature.At(h, "end", func(context.Context, []byte) error { w.rang <- struct{}{}; return nil })
		feature.Permit(h, func(feature.Tx, protocol.Account, feature.Conversation) error { return w.refuse })
	}})
	w.ana, w.bo = w.Account("ana"), w.Account("bo")
	w.log = w.Open(w.ana, w.bo)
	return w
}

// alarms has all alarms go off that are due: the last of them is the bystander's.
func (w *world) alarms() {
	w.t.Helper()
	w.Update(func(tx feature.Tx) error { return w.bell.Set(tx, w.Now(), nil) })
	ctx, stop := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() { w.Alarms.Run(ctx) })
	<-w.rang
	stop()
	wg.Wait()
}

// clock has the node look at its clock, which it does every minute, and do what that brings about.
func (w *world) clock() {
	w.t.Helper()
	w.Job("schedule.clock")
}

// after lets time pass, and alarms go off.
func (w *world) after(d time.Duration) {
	w.t.Helper()
	w.Pass(d)
	w.alarms()
}

func (w *world) later(text string, in time.Duration) schedule.Scheduled {
	w.t.Helper()
	return solo.Must[schedule.Scheduled](w.Node, w.ana, "scheduled.create", schedule.CreateRequest{Saying: feature.Saying{Conversation: w.log, Text: text}, At: w.Now().Add(in)})
}

func (w *world) waiting() (out []string) {
	w.t.Helper()
	for _, m := range solo.Must[feature.List[schedule.Scheduled]](w.Node, w.ana, "scheduled.list", feature.Nothing{}).Items {
		out = append(out, fmt.Sprintf("%s %s", m.Text, m.State))
	}
	return out
}

func (w *world) sent() (out []string) {
	w.t.Helper()
	for _, m := range solo.Must[feature.List[message.Message]](w.Node, w.bo, "message.list", message.ListRequest{Conversation: w.log}).Items {
		out = append(out, m.Text)
	}
	return out
}

func (w *world) want(what string, sent, waiting []string) {
	w.t.Helper()
	if got := w.sent(); fmt.Sprint(got) != fmt.Sprint(sent) {
		w.t.Errorf("%s: sent %q, want %q", what, got, sent)
	}
	if got := w.waiting(); fmt.Sprint(got) != fmt.Sprint(waiting) {
		w.t.Errorf("%s: waiting %q, want %q", what, got, waiting)
	}
}

func TestMessagesAreSentAtTheirMomentInOrder(t *testing.T) {
	w := start(t)
	w.later("second", 2*time.Hour)
	first := w.later("first", time.Hour)
	w.alarms()
	w.want("before", nil, []string{"first waiting", "second waiting"})
	w.after(time.Hour)
	w.want("after an hour", []string{"first"}, []string{"second waiting"})
	solo.Await(w.Node, w.ana, "scheduled", func(c schedule.MessageChange) bool { return c.ID == first.ID && c.Scheduled == nil })
	w.after(time.Hour)
	w.want("after two", []string{"first", "second"}, nil)
	w.after(24 * time.Hour)
	w.want("a day later", []string{"first", "second"}, nil)
	if got := len(solo.Told[schedule.MessageChange](w.Node, w.bo, "scheduled")); got != 0 {
		t.Errorf("the other was told %d times, want never", got)
	}
}

func TestWhatIsEditedOrCancelledIsSentAsItIsNow(t *testing.T) {
	w := start(t)
	a, b, c := w.later("a", time.Hour), w.later("b", time.Hour), w.later("c", 5*time.Hour)
	edit := func(id, text string, in time.Duration) {
		solo.Must[schedule.Scheduled](w.Node, w.ana, "scheduled.edit", schedule.EditRequest{ID: id, Text: text, At: w.Now().Add(in)})
	}
	edit(a.ID, "a later", 3*time.Hour)
	edit(c.ID, "c sooner", 2*time.Hour)
	solo.Must[feature.Nothing](w.Node, w.ana, "scheduled.delete", schedule.OfRequest{ID: b.ID})
	w.after(time.Hour)
	w.want("after an hour", nil, []string{"c sooner waiting", "a later waiting"})
	w.after(time.Hour)
	w.want("after two", []string{"c sooner"}, []string{"a later waiting"})
	solo.Must[schedule.Sent](w.Node, w.ana, "scheduled.send", schedule.OfRequest{ID: a.ID})
	w.want("sent now", []string{"c sooner", "a later"}, nil)
	w.after(time.Hour)
	w.want("after three", []string{"c sooner", "a later"}, nil)
	for _, op := range []string{"scheduled.send", "scheduled.delete"} {
		if _, err := solo.Call[any](w.Node, w.bo, op, schedule.OfRequest{ID: a.ID}); !errors.Is(err, feature.ErrNotFound) {
			t.Errorf("%s of what is gone: got %v, want %v", op, err, feature.ErrNotFound)
		}
	}
}

func TestWhatIsLateIsSentWithinADayAndElseAskedFor(t *testing.T) {
	w := start(t)
	w.later("late", time.Hour)
	w.after(time.Hour + schedule.Late)
	w.want("a day late", []string{"late"}, nil)
	missed := w.later("too late", time.Hour)
	w.after(time.Hour + schedule.Late + time.Millisecond)
	w.want("more than a day late", []string{"late"}, []string{"too late missed"})
	solo.Await(w.Node, w.ana, "scheduled", func(c schedule.MessageChange) bool { return c.Scheduled != nil && c.Scheduled.State == schedule.Missed })
	solo.Must[schedule.Sent](w.Node, w.ana, "scheduled.send", schedule.OfRequest{ID: missed.ID})
	w.want("sent at its author's word", []string{"late", "too late"}, nil)
}

func TestAClockThatJumpsSendsNothingTwiceAndNothingUnasked(t *testing.T) {
	w := start(t)
	w.clock()
	w.later("soon", time.Hour)
	w.later("in a month", 30*24*time.Hour)
	decade := 10 * 365 * 24 * time.Hour
	w.after(decade)
	w.want("ten years ahead", nil, []string{"soon missed", "in a month missed"})
	w.clock()
	w.Pass(-decade)
	w.clock()
	w.want("and back", nil, []string{"soon waiting", "in a month waiting"})
	w.reach(time.Hour, "soon", []string{"soon"})
	w.Pass(-2 * time.Hour)
	w.clock()
	w.alarms()
	w.want("before it was sent", []string{"soon"}, []string{"in a month waiting"})
	w.reach(30*24*time.Hour+2*time.Hour, "in a month", []string{"soon", "in a month"})
}

// until waits for what the node does on its own.
func (w *world) until(what string, so func() bool) {
	w.t.Helper()
	limit := time.Now().Add(time.Minute)
	for !so() {
		if time.Now().After(limit) {
			w.t.Fatalf("%s: this did not happen", what)
		}
		time.Sleep(time.Millisecond)
	}
}

// reach lets time pass and alarms go off until all of this was sent: setting one again is the work of another goroutine.
func (w *world) reach(d time.Duration, what string, sent []string) {
	w.t.Helper()
	w.Pass(d)
	w.until(what+" is sent", func() bool { w.alarms(); return len(w.sent()) >= len(sent) })
	if got := w.sent(); fmt.Sprint(got) != fmt.Sprint(sent) {
		w.t.Errorf("%s: sent %q, want %q", what, got, sent)
	}
}

func TestALockedAccountSendsOnceItIsOpen(t *testing.T) {
	w := start(t)
	w.later("sealed", time.Hour)
	w.Ring.Lock(w.ana.ID)
	w.after(2 * time.Hour)
	if got := w.sent(); len(got) != 0 {
		t.Fatalf("a locked account sent %q", got)
	}
	w.ana.Unlock()
	w.until("it is sent", func() bool { return len(w.sent()) == 1 })
	w.later("for long", time.Hour)
	w.Ring.Lock(w.ana.ID)
	w.after(48 * time.Hour)
	w.ana.Unlock()
	w.alarms()
	w.want("locked for two days", []string{"sealed"}, []string{"for long missed"})
}

func TestWhoMayNotWriteIsToldInTheList(t *testing.T) {
	w := start(t)
	id := w.later("hello", time.Hour).ID
	w.refuse = &feature.Error{Status: 403, Code: "blocked", Detail: "You blocked this person."}
	w.after(time.Hour)
	w.want("blocked", nil, []string{"hello refused"})
	told := solo.Await(w.Node, w.ana, "scheduled", func(c schedule.MessageChange) bool {
		return c.Scheduled != nil && c.Scheduled.State == schedule.Refused
	})
	if told.Scheduled.Reason != "You blocked this person." {
		t.Errorf("reason: got %q, want that of the refusal", told.Scheduled.Reason)
	}
	w.refuse = nil
	w.after(time.Hour)
	w.want("a refused one", nil, []string{"hello refused"})
	solo.Must[schedule.Scheduled](w.Node, w.ana, "scheduled.edit", schedule.EditRequest{ID: id, Text: "hello again", At: w.Now().Add(time.Hour)})
	w.after(time.Hour)
	w.want("set anew", []string{"hello again"}, nil)

	w.later("slowly", time.Hour)
	w.refuse = &feature.Error{Status: 429, Code: "slow_mode", Detail: "Wait.", Retry: 30 * time.Second}
	w.after(time.Hour)
	w.want("held up", []string{"hello again"}, []string{"slowly due"})
	w.refuse = nil
	w.after(29 * time.Second)
	w.want("still held up", []string{"hello again"}, []string{"slowly due"})
	w.after(time.Second)
	w.want("after the wait", []string{"hello again", "slowly"}, nil)
}

// A message goes out and leaves the list in one transaction: where the log does not take it, it is tried again.
func TestWhatFailsIsTriedAgainAndSentOnce(t *testing.T) {
	w := start(t)
	w.later("once", time.Hour)
	w.Delivery.Refuse(errors.New("no room"))
	w.after(time.Hour)
	w.want("failed", nil, []string{"once due"})
	w.Delivery.Refuse(nil)
	w.after(time.Minute)
	w.want("again", []string{"once"}, nil)
	w.after(time.Minute)
	w.want("later", []string{"once"}, nil)
	if got := len(w.Delivery.Sent()); got != 1 {
		t.Errorf("%d messages left the node, want 1", got)
	}
}

func TestWrongMessagesAreRefused(t *testing.T) {
	w := start(t)
	eve := w.Account("eve")
	at := w.Now().Add(time.Hour)
	for name, c := range map[string]struct {
		who  *solo.Person
		req  schedule.CreateRequest
		want error
	}{
		"empty":                       {w.ana, schedule.CreateRequest{Saying: feature.Saying{Conversation: w.log}, At: at}, feature.ErrTextEmpty},
		"too long":                    {w.ana, schedule.CreateRequest{Saying: feature.Saying{Conversation: w.log, Text: strings.Repeat("x", protocol.MaxText+1)}, At: at}, feature.ErrTextTooLong},
		"now":                         {w.ana, schedule.CreateRequest{Saying: feature.Saying{Conversation: w.log, Text: "x"}, At: w.Now()}, schedule.ErrPast},
		"in two years":                {w.ana, schedule.CreateRequest{Saying: feature.Saying{Conversation: w.log, Text: "x"}, At: at.Add(2 * schedule.Ahead)}, schedule.ErrTooFar},
		"a conversation of others":    {eve, schedule.CreateRequest{Saying: feature.Saying{Conversation: w.log, Text: "x"}, At: at}, feature.ErrNotFound},
		"answers what is not there":   {w.ana, schedule.CreateRequest{Saying: feature.Saying{Conversation: w.log, Text: "x", ReplyTo: protocol.EventID{1}}, At: at}, feature.ErrNotFound},
		"a moment before the calends": {w.ana, schedule.CreateRequest{Saying: feature.Saying{Conversation: w.log, Text: "x"}}, schedule.ErrPast},
	} {
		if _, err := solo.Call[schedule.Scheduled](w.Node, c.who, "scheduled.create", c.req); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
	}
	for range schedule.MaxMessages {
		w.later("x", time.Hour)
	}
	if _, err := solo.Call[schedule.Scheduled](w.Node, w.ana, "scheduled.create", schedule.CreateRequest{Saying: feature.Saying{Conversation: w.log, Text: "x"}, At: at}); !errors.Is(err, feature.ErrConflict) {
		t.Errorf("one too many: got %v, want %v", err, feature.ErrConflict)
	}
}

func TestRemindersFallDueOnce(t *testing.T) {
	w := start(t)
	m := solo.Must[message.Sent](w.Node, w.bo, "message.send", message.SendRequest{Conversation: w.log, Text: "call me"})
	req := schedule.RemindRequest{Conversation: w.log, Message: m.ID, At: w.Now().Add(time.Hour), Note: "by phone"}
	r := solo.Must[schedule.Reminder](w.Node, w.ana, "reminder.create", req)
	due := func() (n int) {
		for _, c := range solo.Told[schedule.ReminderChange](w.Node, w.ana, "reminder") {
			if c.Reminder != nil && c.Reminder.Due {
				n++
			}
		}
		return n
	}
	w.after(59 * time.Minute)
	if got := due(); got != 0 {
		t.Errorf("before its moment: due %d times, want never", got)
	}
	w.after(time.Minute)
	w.after(time.Minute)
	if got := due(); got != 1 {
		t.Errorf("after its moment: due %d times, want once", got)
	}
	items := solo.Must[feature.List[schedule.Reminder]](w.Node, w.ana, "reminder.list", feature.Nothing{}).Items
	if len(items) != 1 || !items[0].Due || items[0].Text != "call me" || items[0].Note != "by phone" || items[0].Author != w.bo.ID {
		t.Errorf("list: got %+v, want the one that is due", items)
	}
	if got := solo.Must[feature.List[schedule.Reminder]](w.Node, w.bo, "reminder.list", feature.Nothing{}).Items; len(got) != 0 {
		t.Errorf("the other sees %+v", got)
	}
	if _, err := solo.Call[feature.Nothing](w.Node, w.bo, "reminder.delete", schedule.OfRequest{ID: r.ID}); !errors.Is(err, feature.ErrNotFound) {
		t.Errorf("another deletes it: got %v, want %v", err, feature.ErrNotFound)
	}
	solo.Must[feature.Nothing](w.Node, w.ana, "reminder.delete", schedule.OfRequest{ID: r.ID})
	req.At, req.Message = w.Now().Add(time.Hour), protocol.EventID{1}
	if _, err := solo.Call[schedule.Reminder](w.Node, w.ana, "reminder.create", req); !errors.Is(err, feature.ErrNotFound) {
		t.Errorf("of nothing: got %v, want %v", err, feature.ErrNotFound)
	}
}
