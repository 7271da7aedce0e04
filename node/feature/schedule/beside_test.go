package schedule_test

import (
	"encoding/base64"
	"errors"
	"slices"
	"testing"
	"time"

	"conclave/node/feature"
	"conclave/node/feature/contact"
	"conclave/node/feature/conversation"
	"conclave/node/feature/message"
	"conclave/node/feature/schedule"
	"conclave/node/nodetest/solo"
	"conclave/protocol"
	"conclave/protocol/event"
)

// pixel is a picture of one pixel.
const pixel = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"

// whole is all that a message can be sent with.
func (w *world) whole() feature.Saying {
	root := solo.Must[message.Sent](w.Node, w.bo, "message.send", message.SendRequest{Conversation: w.log, Text: "the root"}).ID
	asked := solo.Must[message.Sent](w.Node, w.bo, "message.send", message.SendRequest{Conversation: w.log, Text: "asked"}).ID
	return feature.Saying{
		Conversation: w.log, Text: "look: https://example.org", ReplyTo: asked, Thread: root, Priority: feature.Urgent,
		Preview:  &feature.LinkPreview{URL: "https://example.org", Title: "Example"},
		Location: &feature.SharedLocation{Latitude: 1.5, Longitude: -2.25, Label: "here"},
		Card:     &feature.SharedContact{Account: w.bo.ID, Name: "Bo"},
		Picture:  &feature.SentPicture{Data: pixel, Alt: "a dot"},
		Poll:     &feature.SharedPoll{Options: []string{"yes", "no"}, EndsAt: w.Now().Add(2 * time.Hour)},
	}
}

// body is the message that left the node last.
func (w *world) body() event.MessageSent {
	w.t.Helper()
	for _, e := range slices.Backward(w.Delivery.Sent()) {
		if e.Kind != (event.MessageSent{}).Kind() {
			continue
		}
		b, err := event.Decode[event.MessageSent](e.Body)
		if err != nil {
			w.t.Fatalf("decode what was sent: %v", err)
		}
		return b
	}
	w.t.Fatal("no message left the node")
	return event.MessageSent{}
}

func TestWhatIsSentLaterIsSentWithAllThatGoesWithIt(t *testing.T) {
	w := start(t)
	said := w.whole()
	one := solo.Must[schedule.Scheduled](w.Node, w.ana, "scheduled.create", schedule.CreateRequest{Saying: said, At: w.Now().Add(time.Hour)})
	if one.Thread != said.Thread || one.Priority != feature.Urgent || one.Preview == nil || one.Preview.Title != "Example" || one.Location == nil ||
		*one.Location != *said.Location || one.Card == nil || one.Picture == nil || one.Picture.Width != 1 || one.Poll == nil || len(one.Poll.Options) != 2 {
		t.Errorf("the list shows %+v, want all of %+v", one, said)
	}
	w.after(time.Hour)
	got := w.body()
	raw, _ := base64.StdEncoding.DecodeString(pixel[len("data:image/gif;base64,"):])
	if got.Content != said.Text || got.ReplyTo != said.ReplyTo || got.Thread != said.Thread || got.Priority != event.Urgent {
		t.Errorf("sent %q in %v as an answer to %v, priority %v; want %q in %v, %v, urgent", got.Content, got.Thread, got.ReplyTo, got.Priority, said.Text, said.Thread, said.ReplyTo)
	}
	if got.Preview == nil || got.Preview.Title != "Example" || got.Location == nil || got.Location.Label != "here" || got.Card == nil || got.Card.Name != "Bo" ||
		got.Poll == nil || len(got.Poll.Options) != 2 || got.Picture == nil || string(got.Picture.Content) != string(raw) || got.Picture.Alt != "a dot" {
		t.Errorf("sent with %+v, want all of %+v", got, said)
	}
}

func TestWhoIsMeantIsSettledWhenItIsSent(t *testing.T) {
	w := &world{t: t, Node: solo.Start(t, contact.Feature(), conversation.Feature(), message.Feature(), schedule.Feature())}
	w.ana, w.bo = w.Account("ana"), w.Account("bo")
	log := solo.Must[contact.Contact](w.Node, w.ana, "contact.add", contact.LeadRequest{Link: w.bo.Link()}).Conversation
	later := func(said feature.Saying) string {
		said.Conversation = log
		return solo.Must[schedule.Scheduled](w.Node, w.ana, "scheduled.create", schedule.CreateRequest{Saying: said, At: w.Now().Add(time.Hour)}).ID
	}
	bo := []protocol.Account{w.bo.ID}
	first := later(feature.Saying{Text: "@Bo, first", Mentions: bo})
	other := later(feature.Saying{Text: "nobody"})
	solo.Must[schedule.Scheduled](w.Node, w.ana, "scheduled.edit", schedule.EditRequest{ID: other, Text: "and @Bo", At: w.Now().Add(time.Hour), Mentions: bo})
	gone := later(feature.Saying{Text: "@Bo", Mentions: bo})
	solo.Must[schedule.Scheduled](w.Node, w.ana, "scheduled.edit", schedule.EditRequest{ID: gone, Text: "Bo", At: w.Now().Add(time.Hour)})
	for id, want := range map[string]int{first: 1, other: 1, gone: 0} {
		solo.Must[schedule.Sent](w.Node, w.ana, "scheduled.send", schedule.OfRequest{ID: id})
		if got := w.body(); len(got.Mentions) != want || want == 1 && got.Mentions[0].Account != w.bo.ID {
			t.Errorf("%q mentions %v, want bo %d times", got.Content, got.Mentions, want)
		}
	}
}

func TestAnotherTextKeepsWhatGoesWithIt(t *testing.T) {
	w := start(t)
	said := w.whole()
	said.Thread = protocol.EventID{}
	id := solo.Must[schedule.Scheduled](w.Node, w.ana, "scheduled.create", schedule.CreateRequest{Saying: said, At: w.Now().Add(time.Hour)}).ID
	req := schedule.EditRequest{ID: id, Text: "no address", At: w.Now().Add(time.Hour)}
	one := solo.Must[schedule.Scheduled](w.Node, w.ana, "scheduled.edit", req)
	if one.Preview != nil || one.Location == nil || one.Picture == nil || one.Poll == nil || one.ReplyTo != said.ReplyTo {
		t.Errorf("after the edit: got %+v, want all but the preview", one)
	}
	req.At = w.Now().Add(3 * time.Hour)
	if _, err := solo.Call[schedule.Scheduled](w.Node, w.ana, "scheduled.edit", req); !errors.Is(err, feature.ErrBadRequest) {
		t.Errorf("put off behind the end of its poll: got %v, want %v", err, feature.ErrBadRequest)
	}
	w.after(time.Hour)
	if got := w.body(); got.Content != req.Text || got.Preview != nil || got.Location == nil || got.Picture == nil {
		t.Errorf("sent %+v, want the new text with all but the preview", got)
	}
}

func TestWhatCouldNotBeSentIsNotKept(t *testing.T) {
	w := start(t)
	good := w.whole()
	inside := solo.Must[message.Sent](w.Node, w.bo, "message.send", message.SendRequest{Conversation: w.log, Text: "inside", Thread: good.Thread}).ID
	for name, c := range map[string]struct {
		change func(*feature.Saying)
		want   error
	}{
		"a priority that nobody knows":      {func(s *feature.Saying) { s.Priority = "loud" }, feature.ErrBadRequest},
		"a preview of no address in it":     {func(s *feature.Saying) { s.Preview.URL = "https://example.com" }, feature.ErrBadRequest},
		"a place beside the earth":          {func(s *feature.Saying) { s.Location.Latitude = 91 }, feature.ErrBadRequest},
		"a card without a name":             {func(s *feature.Saying) { s.Card.Name = "" }, feature.ErrBadRequest},
		"a picture that is none":            {func(s *feature.Saying) { s.Picture.Data = "data:image/gif;base64,AAAA" }, feature.ErrBadRequest},
		"a poll of one answer":              {func(s *feature.Saying) { s.Poll.Options = []string{"yes"} }, feature.ErrBadRequest},
		"a poll that is over by then":       {func(s *feature.Saying) { s.Poll.EndsAt = w.Now().Add(30 * time.Minute) }, feature.ErrBadRequest},
		"too many mentions":                 {func(s *feature.Saying) { s.Mentions = make([]protocol.Account, event.MaxMentions+1) }, feature.ErrBadRequest},
		"a thread of what is not there":     {func(s *feature.Saying) { s.Thread = protocol.EventID{1} }, feature.ErrNotFound},
		"a thread under one of its answers": {func(s *feature.Saying) { s.Thread = inside }, feature.ErrNested},
	} {
		said := w.whole()
		c.change(&said)
		if _, err := solo.Call[schedule.Scheduled](w.Node, w.ana, "scheduled.create", schedule.CreateRequest{Saying: said, At: w.Now().Add(time.Hour)}); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
	}
	if got := w.waiting(); len(got) != 0 {
		t.Errorf("kept %q, want nothing", got)
	}
}

// Of urgent messages an account sends few to a conversation, also later: what is one too many waits for its turn.
func TestUrgentMessagesThatAreSentLaterWaitForTheirTurn(t *testing.T) {
	w := start(t)
	for range 4 {
		said := feature.Saying{Conversation: w.log, Text: "now", Priority: feature.Urgent}
		solo.Must[schedule.Scheduled](w.Node, w.ana, "scheduled.create", schedule.CreateRequest{Saying: said, At: w.Now().Add(time.Hour)})
	}
	w.after(time.Hour)
	w.want("at their moment", []string{"now", "now", "now"}, []string{"now due"})
	w.after(10 * time.Minute)
	w.want("ten minutes later", []string{"now", "now", "now", "now"}, nil)
}

func TestAThreadThatIsGoneIsTold(t *testing.T) {
	w := start(t)
	said := w.whole()
	id := solo.Must[schedule.Scheduled](w.Node, w.ana, "scheduled.create", schedule.CreateRequest{Saying: said, At: w.Now().Add(time.Hour)}).ID
	solo.Must[any](w.Node, w.bo, "message.delete", message.DeleteRequest{Conversation: w.log, Message: said.Thread, For: "everyone"})
	if _, err := solo.Call[schedule.Sent](w.Node, w.ana, "scheduled.send", schedule.OfRequest{ID: id}); !errors.Is(err, schedule.ErrReplyGone) {
		t.Errorf("sent now: got %v, want %v", err, schedule.ErrReplyGone)
	}
	w.after(time.Hour)
	got := w.waiting()
	if len(got) != 1 || got[0] != said.Text+" refused" {
		t.Errorf("waiting: got %q, want it refused", got)
	}
}
