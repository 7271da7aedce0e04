package nodetest_test

import (
	"bytes"
	"encoding/base64"
	"image"
	"image/png"
	"strings"
	"testing"
	"time"

	"conclave/node/nodetest"
)

// What an owner adds to the pack of a group, another's node has with its picture; a plain member changes nothing of it. In a direct
// conversation both do.
func TestStoryEmoji(t *testing.T) {
	ctx := within(t, time.Minute)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	var file bytes.Buffer
	must(png.Encode(&file, image.NewGray(image.Rect(0, 0, 64, 64))))
	data := "data:image/png;base64," + base64.StdEncoding.EncodeToString(file.Bytes())

	a, b := start(t, "a", t.TempDir()), start(t, "b", t.TempDir())
	ana, ben := founder(t, a, "ana"), founder(t, b, "ben")
	talk, err := nodetest.Introduce(ctx, ana, ben)
	must(err)
	must(ana.SetEmoji(ctx, talk, "party", data))
	must(ben.SeesEmoji(ctx, talk, "party"))
	must(ben.SetEmoji(ctx, talk, "wave", data))
	must(ana.SeesEmoji(ctx, talk, "party wave"))

	group, err := ana.NewGroup(ctx, "Kitchen", "none", ben)
	must(err)
	must(ben.Joined(ctx, group))
	must(ana.SetEmoji(ctx, group, "soup", data))
	must(ben.SeesEmoji(ctx, group, "soup"))
	got, err := ben.EmojiPicture(ctx, group, "soup")
	must(err)
	if !bytes.Equal(got, file.Bytes()) {
		t.Errorf("the picture on the other node: got %d bytes, want the %d that were set", len(got), file.Len())
	}
	if err := ben.SetEmoji(ctx, group, "salad", data); err == nil {
		t.Error("a plain member added an emoji to a group's pack")
	}

	// As reactions: the other node shows the same picture under them, and an emoji of another conversation is none here.
	m, err := ana.Send(ctx, group, "lunch", "")
	must(err)
	must(ben.Sees(ctx, group, m))
	soup, err := ben.EmojiNamed(ctx, group, "soup")
	must(err)
	must(ben.ReactWith(ctx, group, m, ":soup:", soup))
	must(ana.SeesReactions(ctx, group, m, ":soup: 1"))
	must(ana.ReactWith(ctx, group, m, ":soup:", soup))
	must(ben.SeesReactions(ctx, group, m, ":soup: 2"))
	party, err := ben.EmojiNamed(ctx, talk, "party")
	must(err)
	if err := ben.ReactWith(ctx, group, m, ":party:", party); err == nil || !strings.Contains(err.Error(), "no custom emoji of this name") {
		t.Errorf("an emoji of another conversation: got %v, want to be told that there is none", err)
	}
	if err := ben.React(ctx, group, m, ":soup:"); err == nil || !strings.Contains(err.Error(), "404 not_found") {
		t.Errorf("a name without its picture: got %v, want that it is nothing", err)
	}
	must(ben.SeesReactions(ctx, group, m, ":soup: 2"))

	must(ana.RenameEmoji(ctx, group, "soup", "stew"))
	must(ben.SeesEmoji(ctx, group, "stew"))
	must(ana.RemoveEmoji(ctx, group, "stew"))
	must(ben.SeesEmoji(ctx, group, ""))
}
