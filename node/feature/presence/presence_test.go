package presence_test

import (
	"errors"
	"testing"
	"time"

	"conclave/node/feature"
	"conclave/node/feature/contact"
	"conclave/node/feature/presence"
	"conclave/node/feature/privacy"
	"conclave/node/nodetest/solo"
	"conclave/protocol"
	"conclave/protocol/event"
)

func start(t *testing.T) *solo.Node {
	return solo.Start(t, contact.Feature(), privacy.Feature(), presence.Feature())
}

// befriend makes somebody of another node a contact.
func befriend(t *testing.T, ana, other *solo.Person) {
	t.Helper()
	if _, err := other.Writes(ana, event.ContactIntroduced{Name: string(other.Name), Secret: ana.Secret[:]}); err != nil {
		t.Fatal(err)
	}
}

// said are the presences that left the node.
func said(t *testing.T, n *solo.Node) (out []event.PresenceShown) {
	t.Helper()
	for _, s := range n.Delivery.Signals() {
		b, err := event.Decode[event.PresenceShown](s.Body)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, b)
	}
	return out
}

func TestAllContactsOfANodeAreToldByOneMessage(t *testing.T) {
	n := start(t)
	ana, eve, kay := n.Account("ana"), n.Stranger("eve"), n.Stranger("kay")
	for _, p := range []*solo.Person{eve, kay} {
		befriend(t, ana, p)
		n.Delivery.Connect(p)
	}
	n.Attend(ana, true)
	n.Until("ana is online", func() bool { return len(said(t, n)) == 1 })
	got := said(t, n)[0]
	if got.State != "online" || len(got.For) != 2 || got.Seen != uint64(n.Now().Unix())/60 {
		t.Errorf("told: got %+v, want online to two, to the minute", got)
	}
	for _, state := range []feature.PresenceState{feature.Busy, feature.Away} { // in the pause: only what holds at its end is told
		solo.Must[presence.OwnPresence](n, ana, "presence.set", presence.SetRequest{State: state})
	}
	n.Job("presence.tell")
	if got := len(said(t, n)); got != 1 {
		t.Errorf("messages within the pause: got %d, want 1", got)
	}
	n.Pass(presence.Pause)
	n.Job("presence.tell")
	if all := said(t, n); len(all) != 2 || all[1].State != "away" {
		t.Errorf("after the pause: got %+v, want away alone", all[1:])
	}
	n.Pass(presence.Pause)
	n.Job("presence.tell")
	if got := len(said(t, n)); got != 2 {
		t.Errorf("while nothing changes: got %d messages, want 2", got)
	}
	n.Pass(presence.Renew)
	n.Job("presence.tell")
	if got := len(said(t, n)); got != 3 {
		t.Errorf("when it is time to tell again: got %d messages, want 3", got)
	}
}

func TestWhoIsNotToldSeesNothing(t *testing.T) {
	n := start(t)
	ana, eve, kay := n.Account("ana"), n.Stranger("eve"), n.Stranger("kay")
	befriend(t, ana, eve)
	if _, err := kay.Writes(ana, event.ContactIntroduced{Name: "kay"}); err != nil { // a request
		t.Fatal(err)
	}
	n.Delivery.Connect(eve)
	n.Delivery.Connect(kay)
	n.Attend(ana, true)
	n.Until("ana is online", func() bool { return len(said(t, n)) == 1 })
	if got := said(t, n)[0].For; len(got) != 1 || got[0] != eve.ID {
		t.Errorf("contacts: got %v, want eve alone", got)
	}
	open, nobody := privacy.Open, feature.Nobody
	solo.Must[privacy.PrivacySettings](n, ana, "privacy.set", privacy.SetRequest{Preset: &open})
	n.Pass(presence.Pause)
	n.Job("presence.tell")
	if all := said(t, n); len(all) != 2 || all[1].For[0] != kay.ID {
		t.Errorf("everyone: got %+v, want kay told too", all)
	}
	solo.Must[privacy.PrivacySettings](n, ana, "privacy.set", privacy.SetRequest{Online: &nobody})
	n.Pass(presence.Renew)
	n.Job("presence.tell")
	for _, b := range said(t, n)[2:] {
		if b.State != "offline" || b.Text != "" {
			t.Errorf("told by who hides: %+v", b)
		}
	}
	before := len(said(t, n))
	solo.Must[contact.Contact](n, ana, "contact.block", contact.OfRequest{Account: eve.ID})
	solo.Must[privacy.PrivacySettings](n, ana, "privacy.set", privacy.SetRequest{Preset: &open})
	n.Pass(presence.Renew)
	n.Job("presence.tell")
	for _, b := range said(t, n)[before:] {
		for _, a := range b.For {
			if a == eve.ID && b.State != "offline" {
				t.Errorf("a blocked person was told %+v", b)
			}
		}
	}
}

// presenceOf is what somebody is told of a contact.
func presenceOf(n *solo.Node, who, of *solo.Person) *feature.Presence {
	for _, c := range solo.Must[feature.List[contact.Contact]](n, who, "contact.list", feature.Nothing{}).Items {
		if c.Account == of.ID {
			return c.Presence
		}
	}
	return nil
}

func TestWhatIsHeardCountsForAcquaintancesAndFades(t *testing.T) {
	n := start(t)
	ana, bo, eve := n.Account("ana"), n.Account("bo"), n.Stranger("eve")
	befriend(t, ana, eve)
	n.Delivery.Connect(eve)
	hear := func(b event.PresenceShown) {
		t.Helper()
		raw, err := event.Encode(b)
		if err != nil {
			t.Fatal(err)
		}
		if err := n.Registry.Signalled(t.Context(), "presence", eve.ID, feature.Conversation{Log: ana.With(eve)}, raw); err != nil {
			t.Fatal(err)
		}
	}
	future := uint64(n.Now().Add(time.Hour).Unix()) / 60
	hear(event.PresenceShown{State: "busy", Text: "Here", Seen: future, For: []protocol.Account{ana.ID, bo.ID, {9}}})
	if got := presenceOf(n, ana, eve); got == nil || got.State != feature.Busy || got.Text != "Here" || !got.LastSeen.IsZero() {
		t.Errorf("a contact that is there: got %+v", got)
	}
	if got := presenceOf(n, bo, eve); got != nil {
		t.Errorf("no contact of the other: got %+v", got)
	}
	n.Pass(presence.Lasts)
	if got := presenceOf(n, ana, eve); got == nil || got.State != feature.Offline || got.LastSeen.After(n.Now()) || got.LastSeen.IsZero() {
		t.Errorf("who was not heard of for long: got %+v, want offline, since a time that is past", got)
	}
	hear(event.PresenceShown{State: "offline", For: []protocol.Account{ana.ID}})
	if got := presenceOf(n, ana, eve); got == nil || got.State != feature.Offline || !got.LastSeen.IsZero() {
		t.Errorf("who does not tell when it was there: got %+v", got)
	}
}

func TestAStatusEndsByItself(t *testing.T) {
	n := start(t)
	ana := n.Account("ana")
	n.Attend(ana, true)
	end := n.Now().Add(time.Hour)
	if got := solo.Must[presence.OwnPresence](n, ana, "presence.set", presence.SetRequest{State: feature.Busy, Text: "In a meeting", ExpiresAt: &end}); got.State != feature.Busy || got.Text != "In a meeting" || !got.ExpiresAt.Equal(end.Truncate(time.Millisecond)) {
		t.Errorf("set: got %+v", got)
	}
	n.Pass(time.Hour)
	solo.Must[feature.Nothing](n, ana, "presence.active", feature.Nothing{})
	if got := solo.Must[presence.OwnPresence](n, ana, "presence.get", feature.Nothing{}); got.State != feature.Online || got.Chosen != presence.Auto || got.Text != "" {
		t.Errorf("after its end: got %+v, want online", got)
	}
	past, far := n.Now(), n.Now().Add(500*24*time.Hour)
	for name, req := range map[string]presence.SetRequest{
		"an unknown state":    {State: "dancing"},
		"offline":             {State: feature.Offline},
		"control characters":  {State: presence.Auto, Text: "a\nb"},
		"an end that is past": {State: presence.Auto, ExpiresAt: &past},
		"an end that is far":  {State: presence.Auto, ExpiresAt: &far},
	} {
		if _, err := solo.Call[presence.OwnPresence](n, ana, "presence.set", req); !errors.Is(err, feature.ErrBadRequest) {
			t.Errorf("%s: got %v, want %v", name, err, feature.ErrBadRequest)
		}
	}
}
