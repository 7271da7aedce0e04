package reaction_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/png"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"conclave/node/feature"
	"conclave/node/feature/contact"
	"conclave/node/feature/conversation"
	"conclave/node/feature/emoji"
	"conclave/node/feature/member"
	"conclave/node/feature/message"
	"conclave/node/feature/reaction"
	"conclave/node/nodetest/solo"
	"conclave/protocol"
	"conclave/protocol/event"
	"conclave/storage"
)

func start(t testing.TB) *solo.Node {
	return solo.Start(t, message.Feature(), reaction.Feature())
}

func startGroups(t testing.TB) *solo.Node {
	return solo.Start(t, contact.Feature(), conversation.Feature(), member.Feature(), message.Feature(), reaction.Feature())
}

func send(n *solo.Node, who *solo.Person, log protocol.Log, text string) protocol.EventID {
	return solo.Must[message.Sent](n, who, "message.send", message.SendRequest{Conversation: log, Text: text}).ID
}

func react(n *solo.Node, who *solo.Person, log protocol.Log, id protocol.EventID, emoji string) error {
	_, err := solo.Call[feature.List[reaction.Reaction]](n, who, "reaction.set", reaction.Request{Conversation: log, Message: id, Emoji: emoji})
	return err
}

func take(n *solo.Node, who *solo.Person, log protocol.Log, id protocol.EventID, emoji string) error {
	_, err := solo.Call[feature.List[reaction.Reaction]](n, who, "reaction.remove", reaction.Request{Conversation: log, Message: id, Emoji: emoji})
	return err
}

// shown writes what a person is shown of the reactions of a message: "👍 2 mine Ana; 🎉 1 Bo".
func shown(t testing.TB, n *solo.Node, who *solo.Person, log protocol.Log, id protocol.EventID) string {
	t.Helper()
	for _, m := range solo.Must[feature.List[message.Message]](n, who, "message.list", message.ListRequest{Conversation: log}).Items {
		if m.ID == id {
			return line(t, m)
		}
	}
	return "no such message"
}

func line(t testing.TB, m message.Message) string {
	t.Helper()
	raw, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	var row struct {
		Reactions []reaction.Reaction `json:"reactions"`
	}
	if err := json.Unmarshal(raw, &row); err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, r := range row.Reactions {
		one := fmt.Sprintf("%s %d", r.Emoji, r.Count)
		if r.Mine {
			one += " mine"
		}
		out = append(out, strings.Join(append([]string{one}, r.Names...), " "))
	}
	return strings.Join(out, "; ")
}

// nameless is what somebody is called who told nobody its name.
func nameless(p *solo.Person) string { return p.ID.String()[:12] }

func want(t testing.TB, what, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %q, want %q", what, got, want)
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestReactionsAreCountedAndToldToBoth(t *testing.T) {
	n := start(t)
	ana, bo := n.Account("ana"), n.Account("bo")
	log := n.Open(ana, bo)
	id, other := send(n, ana, log, "done"), send(n, ana, log, "plain")
	must(t, react(n, bo, log, id, "👍"))
	must(t, react(n, ana, log, id, "👍"))
	must(t, react(n, ana, log, id, "❤"))
	want(t, "ana", shown(t, n, ana, log, id), "👍 2 mine "+nameless(bo)+"; ❤️ 1 mine")
	want(t, "bo", shown(t, n, bo, log, id), "👍 2 mine "+nameless(ana)+"; ❤️ 1 "+nameless(ana))
	want(t, "a message without", shown(t, n, bo, log, other), "")
	solo.Await(n, bo, "message", func(m message.Message) bool { return m.ID == id && line(t, m) == shown(t, n, bo, log, id) })

	rows := n.Rows()
	must(t, react(n, ana, log, id, "❤️"))
	must(t, take(n, bo, log, id, "🎉"))
	if n.Rows() != rows {
		t.Errorf("what is so already: got %d rows, want no event beside %d", n.Rows(), rows)
	}
	must(t, take(n, ana, log, id, "👍"))
	must(t, take(n, ana, log, id, "❤"))
	want(t, "taken away", shown(t, n, bo, log, id), "👍 1 mine")
	must(t, take(n, bo, log, id, "👍"))
	want(t, "the last taken away", shown(t, n, bo, log, id), "")
	solo.Await(n, ana, "message", func(m message.Message) bool { return m.ID == id && line(t, m) == "" })
}

func TestWhoReactedIsListedInPages(t *testing.T) {
	n := startGroups(t)
	ana := n.Account("ana")
	people := []*solo.Person{n.Account("bo"), n.Account("cy"), n.Account("di")}
	req := conversation.CreateRequest{Kind: "group", Name: "Garden"}
	for _, p := range people {
		req.Members = append(req.Members, p.ID)
	}
	group := solo.Must[conversation.Conversation](n, ana, "conversation.create", req).ID
	id := send(n, ana, group, "seeds")
	n.Until("all names are known", func() bool {
		list := solo.Must[feature.List[member.Member]](n, ana, "member.list", member.ListRequest{Conversation: group})
		return !slices.ContainsFunc(list.Items, func(m member.Member) bool { return feature.Nameless(m.Account, m.Name) })
	})
	for _, p := range people {
		must(t, react(n, p, group, id, "🌱"))
		must(t, react(n, p, group, id, "🌻"))
	}
	must(t, take(n, people[0], group, id, "🌱"))
	var got []string
	next, pages := "", 0
	for pages == 0 || next != "" {
		page := solo.Must[feature.List[reaction.Person]](n, ana, "reaction.list", reaction.ListRequest{Conversation: group, Message: id, Limit: 1, Before: next})
		for _, p := range page.Items {
			got = append(got, fmt.Sprint(p.Name, p.Signs))
		}
		next = page.Next
		pages++
	}
	for _, line := range []string{"Bo[{🌻 i", "Cy[{🌻 i", "Di[{🌻 i"} {
		if strings.Count(fmt.Sprint(got), line) != 1 {
			t.Errorf("who reacted: got %v, want %q once", got, line)
		}
	}
	if pages != 3 || strings.Count(fmt.Sprint(got), "🌱") != 2 {
		t.Errorf("got %d pages with %v, want three people, two of them with 🌱", pages, got)
	}
	want(t, "names", shown(t, n, people[2], group, id), "🌱 2 mine Cy; 🌻 3 mine Bo Cy")
}

func TestMembersReactWhereTheyMayNotWrite(t *testing.T) {
	n := startGroups(t)
	ana, bo, eve := n.Account("ana"), n.Account("bo"), n.Account("eve")
	group := solo.Must[conversation.Conversation](n, ana, "conversation.create",
		conversation.CreateRequest{Kind: "channel", Name: "News", Members: []protocol.Account{bo.ID}}).ID
	id := send(n, ana, group, "news")
	yes := true
	solo.Must[conversation.Conversation](n, ana, "conversation.policy", conversation.PolicyRequest{Conversation: group, Announcement: &yes})
	must(t, react(n, bo, group, id, "👏"))
	n.Until("bo's name is known", func() bool { return shown(t, n, ana, group, id) == "👏 1 Bo" })
	for name, c := range map[string]struct {
		err  error
		want error
	}{
		"a stranger":      {react(n, eve, group, id, "👏"), feature.ErrNotFound},
		"no such message": {react(n, bo, group, protocol.EventID{7}, "👏"), feature.ErrNotFound},
		"a word":          {react(n, bo, group, id, "ok"), feature.ErrNotFound},
		"two emoji":       {react(n, bo, group, id, "👏👏"), feature.ErrNotFound},
	} {
		if !errors.Is(c.err, c.want) {
			t.Errorf("%s: got %v, want %v", name, c.err, c.want)
		}
	}
	solo.Must[feature.Nothing](n, bo, "member.remove", member.OfRequest{Conversation: group, Account: bo.ID})
	if err := react(n, bo, group, id, "🎉"); !errors.Is(err, feature.ErrForbidden) {
		t.Errorf("who left: got %v, want %v", err, feature.ErrForbidden)
	}
}

func TestOnePersonHasABoundedNumberOfReactions(t *testing.T) {
	n := start(t)
	ana, zoe := n.Account("ana"), n.Stranger("zoe")
	log := n.Open(ana, zoe)
	id := send(n, ana, log, "hm")
	for i := range reaction.MaxEach {
		must(t, react(n, ana, log, id, string(rune(0x1f600+i))))
	}
	if err := react(n, ana, log, id, "👍"); !errors.Is(err, reaction.ErrTooMany) {
		t.Errorf("one too many: got %v, want %v", err, reaction.ErrTooMany)
	}
	for i := range 3 * reaction.MaxEach {
		if _, err := zoe.Writes(ana, event.ReactionSet{Message: id, Emoji: string(rune(0x1f400 + i)), On: true}); err != nil {
			t.Fatal(err)
		}
	}
	got := strings.Split(shown(t, n, ana, log, id), "; ")
	if len(got) != 2*reaction.MaxEach || !strings.HasPrefix(got[len(got)-1], string(rune(0x1f400+3*reaction.MaxEach-1))) {
		t.Errorf("of a peer that sends many: got %d, the last %q; want its newest %d beside the own", len(got), got[len(got)-1], reaction.MaxEach)
	}
}

func TestAReactionMayComeBeforeItsMessage(t *testing.T) {
	n := start(t)
	ana, zoe := n.Account("ana"), n.Stranger("zoe")
	n.Open(ana, zoe)
	late := zoe.Holds(ana, event.MessageSent{Content: "late"})
	id := zoe.Last(ana)
	if _, err := zoe.Writes(ana, event.ReactionSet{Message: id, Emoji: "👋", On: true}); err != nil {
		t.Fatal(err)
	}
	must(t, late())
	solo.Await(n, ana, "message", func(m message.Message) bool { return m.ID == id && strings.HasPrefix(line(t, m), "👋 1") })
	if _, err := zoe.WritesRaw(ana, "reaction.set", []byte{0xa0}); err == nil {
		t.Error("a reaction to nothing was taken")
	}
}

func TestACustomEmojiOfAnotherCanBeJoined(t *testing.T) {
	n := start(t)
	ana, zoe := n.Account("ana"), n.Stranger("zoe")
	log := n.Open(ana, zoe)
	id := send(n, ana, log, "party?")
	join := func(picture protocol.Picture) error {
		_, err := solo.Call[feature.List[reaction.Reaction]](n, ana, "reaction.set", reaction.Request{Conversation: log, Message: id, Emoji: ":party:", Picture: picture})
		return err
	}
	if err := join(protocol.Picture{1}); !errors.Is(err, feature.ErrNotFound) {
		t.Errorf("one that is not there: got %v, want %v", err, feature.ErrNotFound)
	}
	if _, err := zoe.Writes(ana, event.ReactionSet{Message: id, Emoji: ":party:", Picture: protocol.Picture{1}, On: true}); err != nil {
		t.Fatal(err)
	}
	if err := join(protocol.Picture{2}); !errors.Is(err, feature.ErrNotFound) {
		t.Errorf("another of the same name: got %v, want %v", err, feature.ErrNotFound)
	}
	must(t, join(protocol.Picture{1}))
	want(t, "joined", shown(t, n, ana, log, id), ":party: 2 mine "+nameless(zoe))
}

// What is shown depends on which events are shown alone: not on their order of arrival, nor on what was hidden meanwhile.
func TestReactionsConverge(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	emoji := []string{"👍", "👎", "🎉", "❤️", "🚀", "👀"}
	for round := range 20 {
		n := start(t)
		ana, bo := n.Account("ana"), n.Account("bo")
		log := n.Open(ana, bo)
		id := send(n, ana, log, "?")
		var all []feature.Entry
		for i := range 30 {
			body := event.ReactionSet{Message: id, Emoji: emoji[rng.IntN(len(emoji))], On: rng.IntN(2) == 0}
			raw, err := event.Encode(body)
			must(t, err)
			author := []*solo.Person{ana, bo}[rng.IntN(2)]
			all = append(all, feature.Entry{Event: &protocol.Event{
				Header: protocol.Header{Log: log, Kind: body.Kind(), Author: author.ID, Ord: uint64(2 + rng.IntN(10)), HLC: uint64(i)}, ID: protocol.EventID{byte(i)}, Body: raw,
			}})
		}
		hidden := rng.IntN(10)
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
			return n.Registry.Apply(tx, all[hidden]) // again
		})
		got := shown(t, n, ana, log, id)
		wipe(n, log)
		n.Update(func(tx feature.Tx) error {
			for _, e := range all[hidden:] {
				if err := n.Registry.Apply(tx, e); err != nil {
					return err
				}
			}
			return nil
		})
		if counts(got) != counts(shown(t, n, ana, log, id)) {
			t.Fatalf("round %d, %d hidden: got %q, want %q", round, hidden, got, shown(t, n, ana, log, id))
		}
	}
}

// counts leaves the order and the names out, which may differ after something was taken away.
func counts(line string) string {
	var out []string
	for _, part := range strings.Split(line, "; ") {
		if f := strings.Fields(part); len(f) > 1 {
			out = append(out, fmt.Sprint(f[0], f[1], strings.Contains(part, "mine")))
		}
	}
	slices.Sort(out)
	return fmt.Sprint(out)
}

func wipe(n *solo.Node, log protocol.Log) {
	n.Update(func(tx feature.Tx) error {
		realm, err := n.Ring.Conversation(tx, log)
		if err != nil {
			return err
		}
		for _, table := range []storage.Table{storage.Reactions, storage.ReactionCounts} {
			if err := tx.Scan(realm, realm.Key(table), storage.ScanOptions{KeysOnly: true}, func(k storage.Key, _ []byte) (bool, error) {
				tx.Delete(k)
				return true, nil
			}); err != nil {
				return err
			}
		}
		return nil
	})
}

func TestReactionsAreProjectedAgainTheSame(t *testing.T) {
	n := start(t)
	ana, bo := n.Account("ana"), n.Account("bo")
	log := n.Open(ana, bo)
	id := send(n, ana, log, "a")
	must(t, react(n, bo, log, id, "👍"))
	must(t, react(n, ana, log, id, "👍"))
	must(t, take(n, bo, log, id, "👍"))
	before := shown(t, n, bo, log, id)
	wipe(n, log)
	want(t, "without what was projected", shown(t, n, bo, log, id), "")
	n.Update(func(tx feature.Tx) error {
		_, err := n.Timeline.Rebuild(tx, log)
		return err
	})
	want(t, "projected again", shown(t, n, bo, log, id), before)
}

// A custom emoji is put to a message while the pack of its conversation has it; what is there already can be joined and taken away after that.
func TestACustomEmojiOfThePackIsAReaction(t *testing.T) {
	n := solo.Start(t, message.Feature(), reaction.Feature(), emoji.Feature())
	ana, bo, cy := n.Account("ana"), n.Account("bo"), n.Account("cy")
	log, other := n.Open(ana, bo), n.Open(ana, cy)
	pack := func(log protocol.Log, name string) protocol.Picture {
		t.Helper()
		var file bytes.Buffer
		must(t, png.Encode(&file, image.NewGray(image.Rect(0, 0, 8, 8))))
		data := "data:image/png;base64," + base64.StdEncoding.EncodeToString(file.Bytes())
		for _, e := range solo.Must[feature.List[emoji.Emoji]](n, ana, "emoji.set", emoji.SetRequest{Conversation: log, Name: name, Picture: data}).Items {
			if e.Name == name {
				return e.Picture
			}
		}
		t.Fatalf("the pack lacks %s", name)
		return protocol.Picture{}
	}
	party, foreign := pack(log, "party"), pack(other, "party")
	id := send(n, ana, log, "party?")
	put := func(who *solo.Person, operation, name string, picture protocol.Picture) error {
		_, err := solo.Call[feature.List[reaction.Reaction]](n, who, operation, reaction.Request{Conversation: log, Message: id, Emoji: name, Picture: picture})
		return err
	}
	for name, err := range map[string]error{
		"another name":           put(bo, "reaction.set", ":fest:", party),
		"the other conversation": put(ana, "reaction.set", ":party:", foreign),
		"no picture":             put(bo, "reaction.set", ":party:", protocol.Picture{}),
		"no name":                put(bo, "reaction.set", "party", party),
		"who is not there":       put(cy, "reaction.set", ":party:", party),
	} {
		if !errors.Is(err, feature.ErrNotFound) {
			t.Errorf("%s: got %v, want %v", name, err, feature.ErrNotFound)
		}
	}
	want(t, "after wrong input", shown(t, n, ana, log, id), "")
	must(t, put(bo, "reaction.set", ":party:", party))
	want(t, "of the pack", shown(t, n, ana, log, id), ":party: 1 "+nameless(bo))

	_, err := solo.Call[feature.List[emoji.Emoji]](n, ana, "emoji.remove", emoji.RemoveRequest{Conversation: log, Name: "party"})
	must(t, err)
	must(t, put(ana, "reaction.set", ":party:", party))
	must(t, put(bo, "reaction.remove", ":party:", party))
	want(t, "joined after that", shown(t, n, ana, log, id), ":party: 1 mine")
	must(t, put(ana, "reaction.remove", ":party:", party))
	if err := put(ana, "reaction.set", ":party:", party); !errors.Is(err, feature.ErrNotFound) {
		t.Errorf("taken from the pack and from the message: got %v, want %v", err, feature.ErrNotFound)
	}
}
