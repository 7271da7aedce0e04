package conversation_test

import (
	"errors"
	"slices"
	"strconv"
	"testing"
	"time"

	"conclave/node/feature"
	"conclave/node/feature/conversation"
	"conclave/node/nodetest/solo"
	"conclave/protocol"
)

type flagsRequest = conversation.FlagsRequest

func yes() *bool { v := true; return &v }
func no() *bool  { v := false; return &v }

func number(n int) *int { return &n }

func flag(n *solo.Node, who *solo.Person, log protocol.Log, req flagsRequest) conversation.Flags {
	req.Conversation = log
	return solo.Must[shown](n, who, "conversation.flags", req).Flags
}

func flagsOf(n *solo.Node, who *solo.Person, log protocol.Log) conversation.Flags {
	return solo.Must[shown](n, who, "conversation.get", conversation.GetRequest{Conversation: log}).Flags
}

// talks opens conversations of a person with others, each a minute later than the one before, and returns them.
func talks(n *solo.Node, ana *solo.Person, others ...*solo.Person) (out []protocol.Log) {
	for _, other := range others {
		n.Pass(time.Minute)
		log := n.Open(ana, other)
		write(n, other, log, "hello")
		out = append(out, log)
	}
	return out
}

func ids(list []shown) (out []protocol.Log) {
	for _, c := range list {
		out = append(out, c.ID)
	}
	return out
}

func TestPinnedConversationsStandFirstInTheirOrder(t *testing.T) {
	n, _ := start(t)
	ana := n.Account("ana")
	logs := talks(n, ana, n.Account("bo"), n.Account("cy"), n.Account("dan"), n.Account("eli"))
	bo, cy, dan, eli := logs[0], logs[1], logs[2], logs[3]
	flag(n, ana, bo, flagsRequest{Pinned: number(1)})
	flag(n, ana, cy, flagsRequest{Pinned: number(50)})
	want := func(what string, order ...protocol.Log) {
		t.Helper()
		if got := ids(list(n, ana)); !slices.Equal(got, order) {
			t.Errorf("%s: got the order %v, want %v", what, got, order)
		}
	}
	want("two pinned", bo, cy, eli, dan)
	if got := flag(n, ana, cy, flagsRequest{Pinned: number(1)}).Pinned; got != 1 {
		t.Errorf("place of what was moved up: got %d, want 1", got)
	}
	want("moved up", cy, bo, eli, dan)
	solo.Await(n, ana, "conversation", func(c shown) bool { return c.ID == bo && c.Flags.Pinned == 2 })
	flag(n, ana, cy, flagsRequest{Archived: yes()})
	want("archived", bo, eli, dan, cy)
	if got := flagsOf(n, ana, cy); got.Pinned != 0 || !got.Archived {
		t.Errorf("what is archived: got %+v, want it archived and not pinned", got)
	}
	solo.Await(n, ana, "conversation", func(c shown) bool { return c.ID == bo && c.Flags.Pinned == 1 })
	flag(n, ana, bo, flagsRequest{Pinned: number(0)})
	want("none pinned", eli, dan, cy, bo)
	if got := ids(list(n, n.Account("fay"))); len(got) != 0 {
		t.Errorf("list of another: got %v, want none", got)
	}
}

func TestTheListComesInPages(t *testing.T) {
	n, _ := start(t)
	ana := n.Account("ana")
	logs := talks(n, ana, n.Account("bo"), n.Account("cy"), n.Account("dan"), n.Account("eli"), n.Account("fay"))
	flag(n, ana, logs[0], flagsRequest{Pinned: number(1)})
	var got []protocol.Log
	before := ""
	for pages := 1; ; pages++ {
		page := solo.Must[feature.List[shown]](n, ana, "conversation.list", conversation.ListRequest{Limit: 2, Before: before})
		got = append(got, ids(page.Items)...)
		if before = page.Next; before == "" {
			if pages != 3 {
				t.Errorf("got %d pages, want 3", pages)
			}
			break
		}
	}
	if want := ids(list(n, ana)); !slices.Equal(got, want) || len(got) != 5 {
		t.Errorf("pages: got %v, want %v", got, want)
	}
	if _, err := solo.Call[feature.List[shown]](n, ana, "conversation.list", conversation.ListRequest{Before: "no place"}); !errors.Is(err, feature.ErrBadRequest) {
		t.Errorf("a place that is none: got %v, want %v", err, feature.ErrBadRequest)
	}
}

func TestWhatIsPutAwayReturnsWithAMessage(t *testing.T) {
	for name, c := range map[string]struct {
		put              flagsRequest
		mute             bool
		archived, hidden bool // after a message
	}{
		"archived":           {put: flagsRequest{Archived: yes()}},
		"archived and muted": {put: flagsRequest{Archived: yes()}, mute: true, archived: true},
		"hidden":             {put: flagsRequest{Hidden: yes()}},
		"hidden and muted":   {put: flagsRequest{Hidden: yes()}, mute: true},
	} {
		t.Run(name, func(t *testing.T) {
			n, _ := start(t)
			ana, bo := n.Account("ana"), n.Account("bo")
			log := talks(n, ana, bo)[0]
			if c.mute {
				until := n.Now().Add(time.Hour)
				c.put.MutedUntil = &until
			}
			got := flag(n, ana, log, c.put)
			if got.Archived != (c.put.Archived != nil) || got.Hidden != (c.put.Hidden != nil) || got.MutedUntil.IsZero() == c.mute {
				t.Fatalf("put away: got %+v", got)
			}
			n.Pass(time.Second)
			write(n, bo, log, "are you there?")
			if got := flagsOf(n, ana, log); got.Archived != c.archived || got.Hidden != c.hidden {
				t.Errorf("after a message: got %+v, want archived %v and hidden %v", got, c.archived, c.hidden)
			}
			n.Pass(2 * time.Hour)
			if got := flagsOf(n, ana, log); got.Archived || got.Hidden || !got.MutedUntil.IsZero() {
				t.Errorf("after a message and the mute: got %+v, want it back", got)
			}
			if got := flag(n, ana, log, flagsRequest{Favourite: yes()}); got.Archived || got.Hidden || !got.Favourite {
				t.Errorf("another flag: got %+v, want it back and a favourite", got)
			}
		})
	}
}

func TestALateMessageBringsAConversationBack(t *testing.T) {
	n, o := start(t)
	ana, bo := n.Account("ana"), n.Account("bo")
	log := talks(n, ana, bo)[0]
	flag(n, ana, log, flagsRequest{Archived: yes()})
	o.unread.Add(1) // it stands before the newest, so only the count tells
	if got := flagsOf(n, ana, log); got.Archived {
		t.Errorf("got %+v, want it back", got)
	}
}

func TestMarksMutesAndLevels(t *testing.T) {
	n, o := start(t)
	ana, bo := n.Account("ana"), n.Account("bo")
	log := talks(n, ana, bo)[0]
	good := time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC)
	got := flag(n, ana, log, flagsRequest{MutedUntil: &good, MarkedUnread: yes(), Notify: "mentions"})
	if !got.MutedUntil.Equal(good) || !got.MarkedUnread || got.Notify != "mentions" {
		t.Errorf("got %+v, want it muted for good, marked, and told of mentions", got)
	}
	past := n.Now()
	if got := flag(n, ana, log, flagsRequest{MutedUntil: &past, Notify: "all", Favourite: no()}); !got.MutedUntil.IsZero() || got.Notify != "all" || !got.MarkedUnread {
		t.Errorf("got %+v, want it loud, told of all, and still marked", got)
	}
	o.host.TellRead(feature.ReadMove{Conversation: feature.Conversation{Log: log, Kind: "direct"}, Reader: ana.ID})
	solo.Await(n, ana, "conversation", func(c shown) bool { return c.ID == log && !c.Flags.MarkedUnread })
	if got := flagsOf(n, bo, log); got.MarkedUnread || got.Notify != "all" || got.Favourite {
		t.Errorf("flags of the other: got %+v, want none", got)
	}
	if got := solo.Told[shown](n, bo, "conversation"); slices.ContainsFunc(got, func(c shown) bool { return c.Flags.MarkedUnread }) {
		t.Error("the other was told of the mark")
	}
}

func TestFoldersHoldConversations(t *testing.T) {
	n, _ := start(t)
	ana := n.Account("ana")
	logs := talks(n, ana, n.Account("bo"), n.Account("cy"))
	work := solo.Must[conversation.Folder](n, ana, "folder.create", conversation.CreateFolderRequest{Name: " Work "})
	home := solo.Must[conversation.Folder](n, ana, "folder.create", conversation.CreateFolderRequest{Name: "Home"})
	if work.Name != "Work" || work.ID == home.ID {
		t.Fatalf("folders: got %+v and %+v", work, home)
	}
	got := flag(n, ana, logs[0], flagsRequest{Folders: []string{home.ID, work.ID, work.ID}})
	if !slices.Equal(got.Folders, []string{work.ID, home.ID}) {
		t.Errorf("folders of a conversation: got %v, want both in their order", got.Folders)
	}
	solo.Must[conversation.Folder](n, ana, "folder.edit", conversation.EditFolderRequest{Folder: home.ID, Name: "At home", Place: number(1)})
	all := solo.Must[conversation.Folders](n, ana, "folder.list", feature.Nothing{})
	if want := []conversation.Folder{{ID: home.ID, Name: "At home"}, work}; !slices.Equal(all.Items, want) {
		t.Errorf("folders: got %+v, want %+v", all.Items, want)
	}
	solo.Must[feature.Nothing](n, ana, "folder.delete", conversation.FolderRequest{Folder: work.ID})
	solo.Await(n, ana, "folders", func(f conversation.Folders) bool { return len(f.Items) == 1 })
	again := solo.Must[conversation.Folder](n, ana, "folder.create", conversation.CreateFolderRequest{Name: "Work"})
	if got := flagsOf(n, ana, logs[0]).Folders; !slices.Equal(got, []string{home.ID}) || again.ID == work.ID {
		t.Errorf("after a folder was deleted: got %v, the new one %s, want %s only and another id", got, again.ID, home.ID)
	}
	for name, c := range map[string]struct {
		call func() error
		want error
	}{
		"a name that is taken": {func() error {
			_, err := solo.Call[conversation.Folder](n, ana, "folder.create", conversation.CreateFolderRequest{Name: "work"})
			return err
		}, feature.ErrConflict},
		"no name": {func() error {
			_, err := solo.Call[conversation.Folder](n, ana, "folder.create", conversation.CreateFolderRequest{Name: "  "})
			return err
		}, feature.ErrBadRequest},
		"none of hers": {func() error {
			_, err := solo.Call[shown](n, ana, "conversation.flags", flagsRequest{Conversation: logs[1], Folders: []string{work.ID}})
			return err
		}, feature.ErrBadRequest},
		"gone": {func() error {
			_, err := solo.Call[feature.Nothing](n, ana, "folder.delete", conversation.FolderRequest{Folder: work.ID})
			return err
		}, feature.ErrNotFound},
	} {
		if err := c.call(); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
	}
	for i := len(all.Items); i < 50; i++ {
		solo.Must[conversation.Folder](n, ana, "folder.create", conversation.CreateFolderRequest{Name: "folder " + strconv.Itoa(i)})
	}
	if _, err := solo.Call[conversation.Folder](n, ana, "folder.create", conversation.CreateFolderRequest{Name: "one more"}); !errors.Is(err, feature.ErrConflict) {
		t.Errorf("folder 51: got %v, want %v", err, feature.ErrConflict)
	}
}

func TestDeletingForgetsHowItWasKept(t *testing.T) {
	n, _ := start(t)
	ana, bo := n.Account("ana"), n.Account("bo")
	log := talks(n, ana, bo)[0]
	until := n.Now().Add(time.Hour)
	flag(n, ana, log, flagsRequest{Pinned: number(1), Favourite: yes(), MarkedUnread: yes(), MutedUntil: &until})
	solo.Must[feature.Nothing](n, ana, "conversation.delete", conversation.DeleteRequest{Conversation: log})
	if got := list(n, ana); len(got) != 0 {
		t.Fatalf("list after deleting: got %+v, want none", got)
	}
	n.Pass(time.Second)
	write(n, bo, log, "again")
	got := list(n, ana)
	if len(got) != 1 || got[0].Flags.Pinned != 0 || got[0].Flags.Favourite || got[0].Flags.MarkedUnread || got[0].Flags.MutedUntil.IsZero() {
		t.Errorf("after a new message: got %+v, want it back, muted still and nothing else", got)
	}
	if got := list(n, bo); len(got) != 1 || got[0].Last.Text != "again" {
		t.Errorf("list of the other: got %+v, want it whole", got)
	}
}
