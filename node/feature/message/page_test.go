package message

import (
	"testing"

	"conclave/protocol"
)

func FuzzCursor(f *testing.F) {
	f.Add("")
	f.Add("AAAA")
	f.Add(cursor(protocol.Place{Ord: 1}))
	f.Add(cursor(protocol.Place{Ord: 1 << 63, HLC: 7, ID: protocol.EventID{1}}))
	f.Fuzz(func(t *testing.T, text string) {
		p, err := parseCursor(text)
		if err != nil || text == "" {
			if !p.IsZero() {
				t.Errorf("parseCursor(%q): got place %v and %v", text, p, err)
			}
			return
		}
		if got := cursor(p); got != text {
			t.Errorf("cursor of what %q parses to: got %q", text, got)
		}
	})
}
