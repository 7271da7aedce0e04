package location_test

import (
	"encoding/json"
	"errors"
	"math"
	"testing"
	"time"

	"conclave/node/feature"
	"conclave/node/feature/location"
	"conclave/node/feature/message"
	"conclave/node/nodetest/solo"
	"conclave/protocol"
)

func start(t *testing.T) *solo.Node { return solo.Start(t, message.Feature(), location.Feature()) }

func send(n *solo.Node, who *solo.Person, log protocol.Log, l feature.SharedLocation) protocol.EventID {
	return solo.Must[message.Sent](n, who, "message.send", message.SendRequest{Conversation: log, Text: "Location", Location: &l}).ID
}

// shown is the place of a message as somebody is shown it, nil for none.
func shown(t *testing.T, n *solo.Node, who *solo.Person, log protocol.Log, id protocol.EventID) *location.ShownLocation {
	t.Helper()
	for _, m := range solo.Must[feature.List[message.Message]](n, who, "message.list", message.ListRequest{Conversation: log}).Items {
		if m.ID != id {
			continue
		}
		raw, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		var row struct{ Location *location.ShownLocation }
		if err := json.Unmarshal(raw, &row); err != nil {
			t.Fatal(err)
		}
		return row.Location
	}
	t.Fatal("the message is not there")
	return nil
}

func moves(n *solo.Node, who *solo.Person, log protocol.Log, id protocol.EventID, latitude float64) error {
	_, err := solo.Call[feature.Nothing](n, who, "location.move", location.MoveRequest{Conversation: log, Message: id, Latitude: latitude, Longitude: 2, Accuracy: 9})
	return err
}

func ends(n *solo.Node, who *solo.Person, log protocol.Log, id protocol.EventID) error {
	_, err := solo.Call[feature.Nothing](n, who, "location.end", location.EndRequest{Conversation: log, Message: id})
	return err
}

func check(t *testing.T, what string, got, want error) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

func TestAPlaceIsShownAsItCame(t *testing.T) {
	n := start(t)
	ana, bo := n.Account("ana"), n.Account("bo")
	log := n.Open(ana, bo)
	id := send(n, ana, log, feature.SharedLocation{Latitude: 48.2, Longitude: -16.3, Label: "the well"})
	if got := shown(t, n, bo, log, id); got == nil || *got != (location.ShownLocation{Latitude: 48.2, Longitude: -16.3, Label: "the well"}) {
		t.Errorf("got %+v, want the place", got)
	}
	check(t, "a move of a place that stays", moves(n, ana, log, id, 1), feature.ErrNotFound)
}

func TestALiveLocationMovesUntilItEnds(t *testing.T) {
	n := start(t)
	ana, bo, eve := n.Account("ana"), n.Account("bo"), n.Account("eve")
	log := n.Open(ana, bo)
	n.Attend(bo, true)
	until := n.Now().Add(time.Hour).UTC().Truncate(time.Millisecond)
	id := send(n, ana, log, feature.SharedLocation{Latitude: 1, Longitude: 1, LiveUntil: until})
	if got := shown(t, n, bo, log, id); got == nil || !got.LiveUntil.Equal(until) || got.Ended || got.Moved != nil {
		t.Errorf("at first: got %+v, want one that is live until %v", got, until)
	}
	rows := n.Rows()
	for _, latitude := range []float64{3, 4} { // the second comes too soon
		check(t, "a move", moves(n, ana, log, id, latitude), nil)
	}
	n.Pass(location.Every)
	check(t, "a move later", moves(n, ana, log, id, 5), nil)
	told := solo.Told[location.LocationMoved](n, bo, "location")
	if len(told) != 2 || told[0].Latitude != 3 || told[1].Latitude != 5 || told[1].Message != id || told[1].Accuracy != 9 {
		t.Errorf("told: got %+v, want two moves", told)
	}
	if got := shown(t, n, bo, log, id); got == nil || got.Moved == nil || got.Moved.Latitude != 5 || got.Latitude != 1 {
		t.Errorf("after the moves: got %+v, want the last", got)
	}
	if got := n.Rows(); got != rows {
		t.Errorf("moves wrote %d rows, want none", got-rows)
	}
	if got := len(n.Delivery.Signals()); got != 2 {
		t.Errorf("signals: got %d, want 2", got)
	}
	check(t, "a move of another one's", moves(n, bo, log, id, 6), feature.ErrForbidden)
	check(t, "a move of a stranger", moves(n, eve, log, id, 6), feature.ErrNotFound)
	check(t, "a move off the earth", moves(n, ana, log, id, 91), feature.ErrBadRequest)
	check(t, "a move to nowhere", moves(n, ana, log, id, math.NaN()), feature.ErrBadRequest)
	check(t, "an end by another one", ends(n, bo, log, id), feature.ErrForbidden)

	check(t, "the end", ends(n, ana, log, id), nil)
	check(t, "the end again", ends(n, ana, log, id), nil)
	if got := shown(t, n, bo, log, id); got == nil || !got.Ended || got.Moved != nil {
		t.Errorf("after the end: got %+v, want one that ended", got)
	}
	n.Pass(location.Every)
	check(t, "a move after the end", moves(n, ana, log, id, 6), location.ErrOver)
}

func TestALiveLocationEndsByItself(t *testing.T) {
	n := start(t)
	ana, bo := n.Account("ana"), n.Account("bo")
	log := n.Open(ana, bo)
	id := send(n, ana, log, feature.SharedLocation{LiveUntil: n.Now().Add(time.Minute)})
	check(t, "a move", moves(n, ana, log, id, 6), nil)
	n.Pass(time.Minute)
	check(t, "a move too late", moves(n, ana, log, id, 6), location.ErrOver)
	if got := shown(t, n, bo, log, id); got == nil || got.Moved != nil || got.Ended {
		t.Errorf("when it is over: got %+v, want the place without a move", got)
	}
	for what, until := range map[string]time.Duration{"before now": -time.Second, "after 8 hours": feature.MostLive + time.Minute} {
		_, err := solo.Call[message.Sent](n, ana, "message.send", message.SendRequest{Conversation: log, Text: "Location", Location: &feature.SharedLocation{LiveUntil: n.Now().Add(until)}})
		check(t, "live until "+what, err, feature.ErrBadRequest)
	}
}

func TestAForwardedLiveLocationIsAPlaceThatStays(t *testing.T) {
	n := start(t)
	ana, bo, cy := n.Account("ana"), n.Account("bo"), n.Account("cy")
	log, other := n.Open(ana, bo), n.Open(bo, cy)
	id := send(n, ana, log, feature.SharedLocation{Latitude: 7, LiveUntil: n.Now().Add(time.Hour)})
	to := solo.Must[feature.List[message.Forward]](n, bo, "message.forward", message.ForwardRequest{Conversation: log, Message: id, To: []protocol.Log{other}}).Items
	if got := shown(t, n, cy, other, to[0].ID); got == nil || got.Latitude != 7 || !got.LiveUntil.IsZero() {
		t.Errorf("got %+v, want the place alone", got)
	}
}
