package share_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"conclave/node/feature"
	"conclave/node/feature/location"
	"conclave/node/feature/message"
	"conclave/node/feature/share"
	"conclave/node/nodetest/solo"
	"conclave/protocol"
)

type extra struct {
	Location *feature.SharedLocation
	Card     *feature.SharedContact
}

func TestWhatIsSharedIsShownAsItCame(t *testing.T) {
	n := solo.Start(t, message.Feature(), share.Feature(), location.Feature())
	ana, bo := n.Account("ana"), n.Account("bo")
	log := n.Open(ana, bo)
	link := protocol.Link{Account: ana.ID, Base: "https://node.example"}.Text()
	place := feature.SharedLocation{Latitude: -33.856784, Longitude: 151.215297, Accuracy: 20, Label: "Opera"}
	card := feature.SharedContact{Account: ana.ID, Name: "Ana", Address: "ana@node.example", Link: link}
	send := func(req message.SendRequest) error {
		req.Conversation, req.Text = log, "look"
		_, err := solo.Call[message.Sent](n, ana, "message.send", req)
		return err
	}
	for _, req := range []message.SendRequest{{}, {Location: &place}, {Card: &card}} {
		if err := send(req); err != nil {
			t.Fatal(err)
		}
	}
	for _, who := range []*solo.Person{ana, bo} {
		var got []extra
		for _, m := range solo.Must[feature.List[message.Message]](n, who, "message.list", message.ListRequest{Conversation: log}).Items {
			raw, err := json.Marshal(m)
			if err != nil {
				t.Fatal(err)
			}
			var x extra
			if err := json.Unmarshal(raw, &x); err != nil {
				t.Fatal(err)
			}
			got = append(got, x)
		}
		if len(got) != 3 || got[0] != (extra{}) || got[1].Location == nil || *got[1].Location != place || got[1].Card != nil || got[2].Card == nil || *got[2].Card != card {
			t.Errorf("%s is shown %+v, want nothing, the place, the card", who.Name, got)
		}
	}
	for what, req := range map[string]message.SendRequest{
		"a place off the earth":         {Location: &feature.SharedLocation{Latitude: 91}},
		"a place with a label of lines": {Location: &feature.SharedLocation{Label: "a\nb"}},
		"a place with a long label":     {Location: &feature.SharedLocation{Label: strings.Repeat("a", 101)}},
		"a card of nobody":              {Card: &feature.SharedContact{Name: "a"}},
		"a card with another's link":    {Card: &feature.SharedContact{Account: bo.ID, Name: "a", Link: link}},
	} {
		if err := send(req); !errors.Is(err, feature.ErrBadRequest) {
			t.Errorf("%s: got %v, want ErrBadRequest", what, err)
		}
	}
}

func TestAForwardedMessageKeepsItsPlaceAndItsCard(t *testing.T) {
	n := solo.Start(t, message.Feature(), share.Feature(), location.Feature())
	ana, bo, cy := n.Account("ana"), n.Account("bo"), n.Account("cy")
	from, to := n.Open(ana, bo), n.Open(bo, cy)
	place := feature.SharedLocation{Latitude: 1, Longitude: 2, Label: "here"}
	card := feature.SharedContact{Account: ana.ID, Name: "Ana"}
	id := solo.Must[message.Sent](n, ana, "message.send", message.SendRequest{Conversation: from, Text: "look", Location: &place, Card: &card}).ID
	solo.Must[feature.List[message.Forward]](n, bo, "message.forward", message.ForwardRequest{Conversation: from, Message: id, To: []protocol.Log{to}})
	raw, err := json.Marshal(solo.Must[feature.List[message.Message]](n, cy, "message.list", message.ListRequest{Conversation: to}).Items)
	if err != nil {
		t.Fatal(err)
	}
	var got []extra
	if err := json.Unmarshal(raw, &got); err != nil {
		t.Fatal(err)
	}
	if len(got) != 1 || got[0].Location == nil || *got[0].Location != place || got[0].Card == nil || *got[0].Card != card {
		t.Errorf("forwarded: got %s, want the place and the card", raw)
	}
}
