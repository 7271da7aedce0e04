package protocol

import (
	"strings"
	"testing"
	"time"
)

func TestTextFormsOfIDs(t *testing.T) {
	a := Account{0xff, 1}
	text := a.String()
	if len(text) != 54 || !strings.HasPrefix(text, "a_") {
		t.Fatalf("text of an account: got %s", text)
	}
	if got, err := ParseAccount(text); err != nil || got != a {
		t.Errorf("read back: got %v, %v, want %v", got, err, a)
	}
	last := text[:len(text)-1]
	for name, s := range map[string]string{
		"another prefix": "c_" + text[2:], "no prefix": text[2:], "short": last, "long": text + "a", "upper case": strings.ToUpper(text),
		"padding": text + "====", "bits behind the end": last + "7", "a letter outside": last + "1", "empty": "", "prefix alone": "a_", "space": " " + text,
	} {
		if got, err := ParseAccount(s); err == nil {
			t.Errorf("%s: %q was read as %v", name, s, got)
		}
	}
	if got, want := DirectLog(Account{1}, Account{2}), DirectLog(Account{2}, Account{1}); got != want {
		t.Errorf("the direct log seen from both sides: got %v and %v", got, want)
	}
}

func TestNames(t *testing.T) {
	for name, ok := range map[string]bool{
		"a": true, "0": true, "alice": true, "a.b-c_d": true, strings.Repeat("a", 32): true,
		"": false, ".a": false, "-a": false, "_a": false, "A": false, "a b": false, "ä": false, "a\x00": false, strings.Repeat("a", 33): false, "a@b": false,
	} {
		if got, err := ParseName(name); (err == nil) != ok || ok && string(got) != name {
			t.Errorf("%q: got %q, %v, want accepted: %v", name, got, err, ok)
		}
	}
}

func TestAddresses(t *testing.T) {
	for in, host := range map[string]string{
		"alice@node.example": "node.example", "alice@node.example:8420": "node.example:8420", "a@[::1]:1": "[::1]:1",
		"alice": "", "alice@": "", "@host": "", "al ice@host": "", "alice@host/path": "", "alice@a@b": "", "alice@host?q": "", "alice@host#f": "",
		"alice@host\nx": "", "alice@host\x00": "", "alice@ho st": "", "alice@" + strings.Repeat("a", 256): "",
	} {
		n, got, err := Address(in).Split()
		if (err == nil) != (host != "") || err == nil && (got != host || NewAddress(n, got) != Address(in)) {
			t.Errorf("%q: got %q, %v, want %q", in, got, err, host)
		}
	}
}

func TestClock(t *testing.T) {
	now := time.UnixMilli(1_800_000_000_000)
	c := NewClock(func() time.Time { return now })
	last := c.Next()
	for i := range 100 {
		if i == 50 {
			now = now.Add(-time.Hour) // the wall clock jumps back
		}
		next := c.Next()
		if next <= last {
			t.Fatalf("reading %d: got %d after %d", i, next, last)
		}
		last = next
	}
	now = now.Add(time.Hour)
	limit := uint64(now.Add(ClockSlack).UnixMilli()) << 16
	c.Observe(limit + 1)
	if got := c.Next(); got > limit {
		t.Errorf("after a peer's clock too far ahead: got %d, want below %d", got, limit)
	}
	if got, want := Time(^uint64(0), now), now.Add(ClockSlack).UTC(); !got.Equal(want) {
		t.Errorf("an absurd reading is shown as: got %v, want %v", got, want)
	}
	if got, want := Time(uint64(now.UnixMilli())<<16|7, now), now.UTC(); !got.Equal(want) {
		t.Errorf("a reading is shown as: got %v, want %v", got, want)
	}
}

func FuzzParseIDs(f *testing.F) {
	f.Add(Account{1}.String())
	f.Add(Log{2}.String())
	f.Add(EventID{3}.String())
	f.Add(Device{4}.String())
	f.Fuzz(func(t *testing.T, in string) {
		var d Device
		if a, err := ParseAccount(in); err == nil && a.String() != in {
			t.Errorf("account: got %s, want %s", a, in)
		}
		if l, err := ParseLog(in); err == nil && l.String() != in {
			t.Errorf("log: got %s, want %s", l, in)
		}
		if e, err := ParseEventID(in); err == nil && e.String() != in {
			t.Errorf("event: got %s, want %s", e, in)
		}
		if err := d.UnmarshalText([]byte(in)); err == nil && d.String() != in {
			t.Errorf("device: got %s, want %s", d, in)
		}
	})
}

func FuzzAddress(f *testing.F) {
	f.Add("alice@node.example:8420")
	f.Add("a@[::1]")
	f.Fuzz(func(t *testing.T, in string) {
		n, host, err := Address(in).Split()
		if err != nil {
			return
		}
		if got := NewAddress(n, host); string(got) != in {
			t.Errorf("joined again: got %q, want %q", got, in)
		}
		if strings.ContainsFunc(host, func(r rune) bool { return r <= ' ' || r == 0x7f }) {
			t.Errorf("the host %q holds white space or control characters", host)
		}
	})
}
