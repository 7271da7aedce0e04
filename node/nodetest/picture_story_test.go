package nodetest_test

import (
	"bytes"
	"encoding/base64"
	"image"
	"image/gif"
	"testing"
	"time"

	"conclave/node/nodetest"
)

// A picture is on the other's node without what lay beside it, is passed on with its message, and is served so that no browser takes it for
// anything else: here one with a page behind it.
func TestStoryPicture(t *testing.T) {
	ctx := within(t, time.Minute)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	a, b := start(t, "a", t.TempDir()), start(t, "b", t.TempDir())
	ana, ben := founder(t, a, "ana"), founder(t, b, "ben")
	talk, err := nodetest.Introduce(ctx, ana, ben)
	must(err)
	var file bytes.Buffer
	must(gif.Encode(&file, image.NewGray(image.Rect(0, 0, 40, 30)), nil))
	alone := bytes.Clone(file.Bytes())
	file.WriteString("<script>alert(1)</script>")
	m, err := ana.SendPicture(ctx, talk, "look", "data:image/gif;base64,"+base64.StdEncoding.EncodeToString(file.Bytes()))
	must(err)
	must(ben.Sees(ctx, talk, m))
	again, err := ben.Forward(ctx, talk, m, talk)
	must(err)
	must(ana.Sees(ctx, talk, again))
	for _, c := range []struct {
		who     *nodetest.Person
		message string
	}{{ben, m}, {ana, again}} {
		got, headers, err := c.who.Picture(ctx, talk, c.message)
		must(err)
		if !bytes.Equal(got, alone) {
			t.Errorf("%s got %d bytes, want the %d of the picture alone", c.who.Name, len(got), len(alone))
		}
		for name, want := range map[string]string{
			"Content-Type": "image/gif", "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store",
			"Content-Security-Policy": "default-src 'none'; sandbox; frame-ancestors 'none'",
		} {
			if headers.Get(name) != want {
				t.Errorf("%s: got %q, want %q", name, headers.Get(name), want)
			}
		}
	}
}
