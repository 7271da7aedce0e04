package mark_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"conclave/node/feature"
	"conclave/node/feature/contact"
	"conclave/node/feature/conversation"
	"conclave/node/feature/mark"
	"conclave/node/feature/member"
	"conclave/node/feature/message"
	"conclave/node/nodetest/solo"
	"conclave/protocol"
	"conclave/protocol/event"
	"conclave/storage"
)

func start(t testing.TB) *solo.Node {
	return solo.Start(t, message.Feature(), mark.Feature())
}

func send(n *solo.Node, who *solo.Person, log protocol.Log, text string) protocol.EventID {
	return solo.Must[message.Sent](n, who, "message.send", message.SendRequest{Conversation: log, Text: text}).ID
}

func do[Res any](n *solo.Node, who *solo.Person, name string, log protocol.Log, id protocol.EventID) error {
	_, err := solo.Call[Res](n, who, name, mark.Request{Conversation: log, Message: id})
	return err
}

func pin(n *solo.Node, who *solo.Person, log protocol.Log, id protocol.EventID) error {
	return do[feature.Message](n, who, "pin.set", log, id)
}

func unpin(n *solo.Node, who *solo.Person, log protocol.Log, id protocol.EventID) error {
	return do[feature.Message](n, who, "pin.remove", log, id)
}

func star(n *solo.Node, who *solo.Person, log protocol.Log, id protocol.EventID) error {
	return do[feature.Nothing](n, who, "star.set", log, id)
}

func unstar(n *solo.Node, who *solo.Person, log protocol.Log, id protocol.EventID) error {
	return do[feature.Nothing](n, who, "star.remove", log, id)
}

func pinned(n *solo.Node, who *solo.Person, log protocol.Log) (out []string) {
	for _, p := range solo.Must[feature.List[mark.Pin]](n, who, "pin.list", mark.PinsRequest{Conversation: log}).Items {
		out = append(out, p.Message.Text)
	}
	return out
}

// rows lists what a person is shown: texts with P for pinned and S for starred.
func rows(t testing.TB, n *solo.Node, who *solo.Person, log protocol.Log) (out []string) {
	t.Helper()
	for _, m := range solo.Must[feature.List[message.Message]](n, who, "message.list", message.ListRequest{Conversation: log}).Items {
		out = append(out, m.Text+signs(t, m))
	}
	return out
}

func signs(t testing.TB, m message.Message) (out string) {
	t.Helper()
	raw, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	var row struct{ Pinned, Starred bool }
	if err := json.Unmarshal(raw, &row); err != nil {
		t.Fatal(err)
	}
	if row.Pinned {
		out = " P"
	}
	if row.Starred {
		out += " S"
	}
	return out
}

func want(t testing.TB, what string, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s: got %q, want %q", what, got, want)
	}
}

func wantError(t testing.TB, what string, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("%s: got %v, want %v", what, err, want)
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestBothPinAndSeeThePins(t *testing.T) {
	n := start(t)
	ana, bo := n.Account("ana"), n.Account("bo")
	log := n.Open(ana, bo)
	a, b := send(n, ana, log, "a"), send(n, bo, log, "b")
	must(t, pin(n, ana, log, a))
	must(t, pin(n, bo, log, b))
	must(t, pin(n, ana, log, b)) // is so already
	for _, who := range []*solo.Person{ana, bo} {
		want(t, string(who.Name)+"'s pins", pinned(n, who, log), "b", "a")
	}
	other := bo.ID.String()[:12]
	want(t, "ana's rows", rows(t, n, ana, log), "a P", "b P", "You pinned a message", other+" pinned a message")
	solo.Await(n, bo, "message", func(m message.Message) bool { return m.ID == a && signs(t, m) == " P" })
	solo.Await(n, bo, "pins", func(p mark.PinChange) bool { return p.Conversation == log && p.Message == b })
	must(t, unpin(n, bo, log, a))
	must(t, pin(n, bo, log, a))
	want(t, "pinned again", pinned(n, ana, log), "a", "b")
	must(t, unpin(n, bo, log, b))
	want(t, "taken away", pinned(n, ana, log), "a")
	wantError(t, "no such message", pin(n, ana, log, protocol.EventID{7}), feature.ErrNotFound)
	wantError(t, "a stranger", pin(n, n.Account("eve"), log, a), feature.ErrNotFound)
}

func TestThePolicyOfAGroupSaysWhoPins(t *testing.T) {
	n := solo.Start(t, contact.Feature(), conversation.Feature(), member.Feature(), message.Feature(), mark.Feature())
	ana, bo := n.Account("ana"), n.Account("bo")
	group := solo.Must[conversation.Conversation](n, ana, "conversation.create",
		conversation.CreateRequest{Kind: "group", Name: "Garden", Members: []protocol.Account{bo.ID}}).ID
	id := send(n, bo, group, "rules")
	wantError(t, "a plain member", pin(n, bo, group, id), feature.ErrForbidden)
	must(t, pin(n, ana, group, id))
	wantError(t, "a plain member that takes it away", unpin(n, bo, group, id), feature.ErrForbidden)
	everybody := feature.RoleMember
	solo.Must[conversation.Conversation](n, ana, "conversation.policy", conversation.PolicyRequest{Conversation: group, Pin: &everybody})
	must(t, unpin(n, bo, group, id))
	want(t, "pins", pinned(n, ana, group))
}

func TestPinsAreBounded(t *testing.T) {
	n := start(t)
	ana, zoe := n.Account("ana"), n.Stranger("zoe")
	log := n.Open(ana, zoe)
	for i := range mark.MaxPins {
		must(t, pin(n, ana, log, send(n, ana, log, fmt.Sprint(i))))
	}
	more := send(n, ana, log, "more")
	wantError(t, "one too many", pin(n, ana, log, more), mark.ErrTooManyPins)
	if _, err := zoe.Writes(ana, event.PinSet{Message: more, On: true}); err != nil {
		t.Fatal(err)
	}
	if got := pinned(n, ana, log); len(got) != mark.MaxPins {
		t.Errorf("with one more of a peer: got %d, want the %d that were pinned last", len(got), mark.MaxPins)
	}
}

func TestADeletedMessageIsNotPinnedAnyMore(t *testing.T) {
	n := start(t)
	ana, bo := n.Account("ana"), n.Account("bo")
	log := n.Open(ana, bo)
	var first protocol.EventID
	for i := range mark.MaxPins {
		id := send(n, ana, log, fmt.Sprint(i))
		must(t, pin(n, ana, log, id))
		if i == 0 {
			first = id
		}
	}
	must(t, star(n, bo, log, first))
	solo.Must[feature.Nothing](n, ana, "message.delete", message.DeleteRequest{Conversation: log, Message: first, For: "everyone"})
	n.Until("the text is gone", func() bool { return len(pinned(n, bo, log)) == mark.MaxPins-1 })
	must(t, pin(n, ana, log, send(n, ana, log, "more")))
	if got := solo.Must[feature.List[mark.Star]](n, bo, "star.list", mark.StarsRequest{}); len(got.Items) != 0 {
		t.Errorf("bo's stars: got %d, want none", len(got.Items))
	}
	must(t, unstar(n, bo, log, first))
}

func TestAPinMayComeBeforeItsMessage(t *testing.T) {
	n := start(t)
	ana, zoe := n.Account("ana"), n.Stranger("zoe")
	log := n.Open(ana, zoe)
	late := zoe.Holds(ana, event.MessageSent{Content: "late"})
	if _, err := zoe.Writes(ana, event.PinSet{Message: zoe.Last(ana), On: true}); err != nil {
		t.Fatal(err)
	}
	want(t, "before it came", pinned(n, ana, log))
	must(t, late())
	want(t, "once it came", pinned(n, ana, log), "late")
	if _, err := zoe.WritesRaw(ana, "pin.set", []byte{0xa0}); err == nil {
		t.Error("a pin of nothing was taken")
	}
}

// What is pinned depends on which events are shown alone: not on their order of arrival, nor on what was hidden meanwhile.
func TestPinsConverge(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for round := range 20 {
		n := start(t)
		ana, bo := n.Account("ana"), n.Account("bo")
		log := n.Open(ana, bo)
		var ids []protocol.EventID
		for i := range 4 {
			ids = append(ids, send(n, ana, log, fmt.Sprint(i)))
		}
		var all []feature.Entry
		for i := range 20 {
			body := event.PinSet{Message: ids[rng.IntN(len(ids))], On: rng.IntN(2) == 0}
			raw, err := event.Encode(body)
			must(t, err)
			all = append(all, feature.Entry{Event: &protocol.Event{
				Header: protocol.Header{Log: log, Kind: body.Kind(), Author: ana.ID, Ord: uint64(10 + rng.IntN(10)), HLC: uint64(i)}, ID: protocol.EventID{byte(i)}, Body: raw,
			}})
		}
		hidden := rng.IntN(8)
		n.Update(func(tx feature.Tx) error {
			for _, i := range rng.Perm(len(all)) {
				if err := n.Registry.Apply(tx, all[i]); err != nil {
					return err
				}
			}
			for _, e := range all[:hidden] {
				if err := n.Registry.Withdraw(tx, e); err != nil {
					return err
				}
			}
			return nil
		})
		got := pinned(n, bo, log)
		n.Update(func(tx feature.Tx) error {
			realm, err := n.Ring.Conversation(tx, log)
			if err != nil {
				return err
			}
			if err := tx.Scan(realm, realm.Key(storage.Pins), storage.ScanOptions{KeysOnly: true}, func(k storage.Key, _ []byte) (bool, error) {
				tx.Delete(k)
				return true, nil
			}); err != nil {
				return err
			}
			for _, e := range all[hidden:] {
				if err := n.Registry.Apply(tx, e); err != nil {
					return err
				}
			}
			return nil
		})
		want(t, fmt.Sprintf("round %d, %d hidden", round, hidden), got, pinned(n, bo, log)...)
	}
}

func TestStarsAreOfOneAccountAlone(t *testing.T) {
	n := start(t)
	ana, bo, cy := n.Account("ana"), n.Account("bo"), n.Account("cy")
	first, second := n.Open(ana, bo), n.Open(ana, cy)
	a, b := send(n, bo, first, "a"), send(n, ana, second, "b")
	before := len(n.Delivery.Sent())
	must(t, star(n, ana, first, a))
	n.Pass(time.Minute)
	must(t, star(n, ana, second, b))
	must(t, star(n, ana, second, b))
	want(t, "ana's row", rows(t, n, ana, first), "a S")
	want(t, "bo's row", rows(t, n, bo, first), "a")
	list := func(who *solo.Person, req mark.StarsRequest) (out []string, next string) {
		page := solo.Must[feature.List[mark.Star]](n, who, "star.list", req)
		for _, s := range page.Items {
			out = append(out, s.Message.Text)
		}
		return out, page.Next
	}
	all, _ := list(ana, mark.StarsRequest{})
	want(t, "ana's stars", all, "b", "a")
	newest, next := list(ana, mark.StarsRequest{Limit: 1})
	older, end := list(ana, mark.StarsRequest{Limit: 1, Before: next})
	want(t, "in pages", append(newest, older...), "b", "a")
	if end != "" {
		t.Errorf("behind the last page: got %q, want nothing", end)
	}
	none, _ := list(bo, mark.StarsRequest{})
	want(t, "bo's stars", none)
	if got := len(n.Delivery.Sent()); got != before {
		t.Errorf("events sent for stars: got %d, want none", got-before)
	}
	solo.Await(n, ana, "star", func(c mark.StarChange) bool { return c.Message == b && c.Starred })
	if got := solo.Told[mark.StarChange](n, bo, "star"); len(got) != 0 {
		t.Errorf("bo was told %+v", got)
	}
	must(t, unstar(n, ana, first, a))
	must(t, unstar(n, ana, first, a))
	all, _ = list(ana, mark.StarsRequest{})
	want(t, "without one", all, "b")
	wantError(t, "a message of others", star(n, bo, second, b), feature.ErrNotFound)
	wantError(t, "a star of others", unstar(n, bo, second, b), feature.ErrNotFound)
	n.Ring.Lock(ana.ID)
	wantError(t, "locked", unstar(n, ana, second, b), feature.ErrLocked)
}
