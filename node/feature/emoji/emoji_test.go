package emoji_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math/rand/v2"
	"strings"
	"testing"

	"conclave/node/feature"
	"conclave/node/feature/contact"
	"conclave/node/feature/conversation"
	"conclave/node/feature/emoji"
	"conclave/node/feature/member"
	"conclave/node/feature/message"
	"conclave/node/nodetest/solo"
	"conclave/protocol"
	"conclave/protocol/event"
)

// dot is a PNG of one shade and so many pixels a side.
func dot(t testing.TB, shade byte, side int) []byte {
	t.Helper()
	var out bytes.Buffer
	i := image.NewGray(image.Rect(0, 0, side, side))
	i.SetGray(0, 0, color.Gray{Y: shade})
	if err := png.Encode(&out, i); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func dataURL(raw []byte) string {
	return "data:image/png;base64," + base64.StdEncoding.EncodeToString(raw)
}

type pack = feature.List[emoji.Emoji]

func set(n *solo.Node, who *solo.Person, log protocol.Log, name string, picture []byte) error {
	_, err := solo.Call[pack](n, who, "emoji.set", emoji.SetRequest{Conversation: log, Name: name, Picture: dataURL(picture)})
	return err
}

func rename(n *solo.Node, who *solo.Person, log protocol.Log, name, to string) error {
	_, err := solo.Call[pack](n, who, "emoji.rename", emoji.RenameRequest{Conversation: log, Name: name, To: to})
	return err
}

func remove(n *solo.Node, who *solo.Person, log protocol.Log, name string) error {
	_, err := solo.Call[pack](n, who, "emoji.remove", emoji.RemoveRequest{Conversation: log, Name: name})
	return err
}

func list(n *solo.Node, who *solo.Person, log protocol.Log) []emoji.Emoji {
	return solo.Must[pack](n, who, "emoji.list", emoji.PackRequest{Conversation: log}).Items
}

func names(all []emoji.Emoji) string {
	var out []string
	for _, e := range all {
		out = append(out, e.Name)
	}
	return strings.Join(out, " ")
}

func picture(n *solo.Node, who *solo.Person, log protocol.Log, name string, of protocol.Picture) ([]byte, error) {
	out, err := solo.Call[feature.Served](n, who, "emoji.get", emoji.GetRequest{Conversation: log, Name: name, Picture: of})
	return out.Content, err
}

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

func TestAPackIsOfBothInADirectConversation(t *testing.T) {
	n := solo.Start(t, message.Feature(), emoji.Feature())
	ana, bo, eve := n.Account("ana"), n.Account("bo"), n.Account("eve")
	log := n.Open(ana, bo)
	black, white := dot(t, 0, 8), dot(t, 255, 8)
	must(t, set(n, ana, log, "wave", black))
	must(t, set(n, bo, log, "party", black))
	want(t, "bo", names(list(n, bo, log)), "party wave")
	rows := n.Rows()
	must(t, set(n, bo, log, "wave", black))
	if n.Rows() != rows {
		t.Errorf("what is so already: got %d rows, want no event beside %d", n.Rows(), rows)
	}
	old := list(n, bo, log)[1].Picture
	must(t, set(n, bo, log, "wave", white))
	now := list(n, ana, log)[1]
	if got, err := picture(n, ana, log, "wave", now.Picture); err != nil || !bytes.Equal(got, white) || now.By != bo.ID {
		t.Errorf("another picture: got %d bytes of %v, %v; want the one of bo", len(got), now.By, err)
	}
	if _, err := picture(n, ana, log, "wave", old); !errors.Is(err, feature.ErrNotFound) {
		t.Errorf("the picture before: got %v, want %v", err, feature.ErrNotFound)
	}
	must(t, rename(n, ana, log, "party", "fest"))
	if got, err := picture(n, bo, log, "fest", protocol.Picture{}); err != nil || !bytes.Equal(got, black) {
		t.Errorf("renamed: got %d bytes, %v, want the same picture", len(got), err)
	}
	must(t, remove(n, bo, log, "wave"))
	want(t, "renamed and taken away", names(list(n, ana, log)), "fest")
	solo.Await(n, ana, "emoji", func(c emoji.PackChange) bool { return c.Conversation == log })

	for name, c := range map[string]struct{ got, want error }{
		"a stranger":           {set(n, eve, log, "evil", black), feature.ErrNotFound},
		"capital letters":      {set(n, ana, log, "Party", black), feature.ErrNotFound},
		"a short name":         {set(n, ana, log, "p", black), feature.ErrNotFound},
		"a wide picture":       {set(n, ana, log, "wide", dot(t, 0, 129)), feature.ErrBadRequest},
		"no picture":           {set(n, ana, log, "text", []byte("<svg/>")), feature.ErrBadRequest},
		"a taken name":         {rename(n, ana, log, "fest", "fest"), emoji.ErrTaken},
		"a wrong name":         {rename(n, ana, log, "fest", "FEST"), feature.ErrBadRequest},
		"renaming nothing":     {rename(n, ana, log, "party", "other"), feature.ErrNotFound},
		"taking away nothing":  {remove(n, ana, log, "wave"), feature.ErrNotFound},
		"a stranger's rename":  {rename(n, eve, log, "fest", "mine"), feature.ErrNotFound},
		"a stranger's removal": {remove(n, eve, log, "fest"), feature.ErrNotFound},
	} {
		if !errors.Is(c.got, c.want) {
			t.Errorf("%s: got %v, want %v", name, c.got, c.want)
		}
	}
	if _, err := picture(n, eve, log, "fest", protocol.Picture{}); !errors.Is(err, feature.ErrNotFound) {
		t.Errorf("a stranger that looks: got %v, want %v", err, feature.ErrNotFound)
	}
	want(t, "after wrong input", names(list(n, ana, log)), "fest")
}

func TestOfAGroupOnlyThoseChangeThePackWhoMayEdit(t *testing.T) {
	n := solo.Start(t, contact.Feature(), conversation.Feature(), member.Feature(), message.Feature(), emoji.Feature())
	ana, bo := n.Account("ana"), n.Account("bo")
	group := solo.Must[conversation.Conversation](n, ana, "conversation.create",
		conversation.CreateRequest{Kind: "group", Name: "Garden", Members: []protocol.Account{bo.ID}}).ID
	must(t, set(n, ana, group, "tree", dot(t, 0, 8)))
	want(t, "the member sees", names(list(n, bo, group)), "tree")
	for name, err := range map[string]error{
		"adds": set(n, bo, group, "weed", dot(t, 0, 8)), "renames": rename(n, bo, group, "tree", "bush"), "takes away": remove(n, bo, group, "tree"),
	} {
		if !errors.Is(err, feature.ErrForbidden) {
			t.Errorf("a plain member %s: got %v, want %v", name, err, feature.ErrForbidden)
		}
	}
	want(t, "after that", names(list(n, ana, group)), "tree")
}

func TestAPackIsBounded(t *testing.T) {
	n := solo.Start(t, message.Feature(), emoji.Feature())
	ana, zoe := n.Account("ana"), n.Stranger("zoe")
	log := n.Open(ana, zoe)
	small := dot(t, 0, 8)
	for i := range emoji.MaxPack {
		if _, err := zoe.Writes(ana, event.EmojiSet{Name: fmt.Sprintf("e%03d", i), Picture: small}); err != nil {
			t.Fatal(err)
		}
	}
	if err := set(n, ana, log, "more", small); !errors.Is(err, emoji.ErrTooMany) {
		t.Errorf("one too many: got %v, want %v", err, emoji.ErrTooMany)
	}
	if _, err := zoe.Writes(ana, event.EmojiSet{Name: "zzz", Picture: small}); err != nil {
		t.Fatal(err)
	}
	got := list(n, ana, log)
	if len(got) != emoji.MaxPack || got[len(got)-1].Name != fmt.Sprintf("e%03d", emoji.MaxPack-1) {
		t.Errorf("of a peer that adds many: got %d, the last %q; want the oldest %d", len(got), got[len(got)-1].Name, emoji.MaxPack)
	}
	if _, err := zoe.WritesRaw(ana, "emoji.set", []byte{0xa0}); err == nil {
		t.Error("an emoji without a name was taken")
	}
}

// What is shown depends on which events are shown alone: not on their order of arrival, nor on what was hidden meanwhile.
func TestPacksConverge(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	pictures := [][]byte{nil, dot(t, 0, 8), dot(t, 255, 8)}
	n := solo.Start(t, message.Feature(), emoji.Feature())
	for round := range 10 {
		shown := [2]string{}
		var all []feature.Entry
		for i := range 30 {
			body := event.EmojiSet{Name: fmt.Sprintf("n%d", rng.IntN(5)), Picture: pictures[rng.IntN(len(pictures))]}
			raw, err := event.Encode(body)
			must(t, err)
			all = append(all, feature.Entry{Event: &protocol.Event{
				Header: protocol.Header{Kind: body.Kind(), Ord: uint64(2 + rng.IntN(10)), HLC: uint64(i)}, ID: protocol.EventID{byte(i)}, Body: raw,
			}})
		}
		hidden := rng.IntN(10)
		for side := range shown {
			ana := n.Account(protocol.Name(fmt.Sprintf("ana%d%d", round, side)))
			bo := n.Account(protocol.Name(fmt.Sprintf("bo%d%d", round, side)))
			log := n.Open(ana, bo)
			apply := func(fn func(feature.Tx, feature.Entry) error, e feature.Entry) {
				at := *e.Event
				at.Log, at.Author = log, bo.ID
				n.Update(func(tx feature.Tx) error { return fn(tx, feature.Entry{Event: &at}) })
			}
			for _, i := range rng.Perm(len(all)) {
				if side == 0 || i >= hidden {
					apply(n.Registry.Apply, all[i])
				}
			}
			if side == 0 {
				for _, e := range all[:hidden] {
					apply(n.Registry.Withdraw, e)
				}
			}
			for _, e := range list(n, ana, log) {
				shown[side] += fmt.Sprintf("%s %d; ", e.Name, e.At.UnixMilli())
			}
		}
		if shown[0] != shown[1] {
			t.Fatalf("round %d, %d hidden: got %q, want %q", round, hidden, shown[0], shown[1])
		}
	}
}
