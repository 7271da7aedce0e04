package identity

import (
	"errors"
	"testing"
)

func TestBothSidesSeeOneSafetyNumber(t *testing.T) {
	a, b, c := newOwner(t, 50), newOwner(t, 51), newOwner(t, 52)
	number := SafetyNumber(a.log, b.log)
	if len(number) != 60 || number != SafetyNumber(b.log, a.log) {
		t.Errorf("got %q and %q, want the same 60 digits", number, SafetyNumber(b.log, a.log))
	}
	if SafetyNumber(a.log, c.log) == number {
		t.Error("another account has the same number")
	}
	e := b.log.Next(days(1))
	fresh := b.newAIK()
	e.AIK = fresh.Public()
	extend(t, b.log, e.Sign(b.aik.Previous(), fresh.New()), days(1), Extended)
	if SafetyNumber(a.log, b.log) == number {
		t.Error("a new account key keeps the number")
	}
}

func TestQRComparesBothDirections(t *testing.T) {
	a, b, c := newOwner(t, 53), newOwner(t, 54), newOwner(t, 55)
	shown := QR(b.log, a.log)
	if err := CheckQR(shown, a.log, b.log); err != nil {
		t.Errorf("scan of the peer's code: got %v", err)
	}
	for name, in := range map[string][]byte{
		"our own code":         QR(a.log, b.log),
		"of another peer":      QR(c.log, a.log),
		"of another believing": QR(b.log, c.log),
	} {
		if err := CheckQR(in, a.log, b.log); !errors.Is(err, ErrMismatch) {
			t.Errorf("%s: got %v, want ErrMismatch", name, err)
		}
	}
	for name, in := range map[string][]byte{"nothing": nil, "another version": append([]byte{2}, shown[1:]...), "cut": shown[:64]} {
		if err := CheckQR(in, a.log, b.log); !errors.Is(err, ErrQR) {
			t.Errorf("%s: got %v, want ErrQR", name, err)
		}
	}
}

func TestCheckWordsAreTheFirst44Bits(t *testing.T) {
	if len(words) != 2048 || words[0] != "abandon" || words[2047] != "zoo" {
		t.Fatalf("word list: got %d words from %q to %q", len(words), words[0], words[len(words)-1])
	}
	for _, c := range []struct {
		head []byte
		want [4]string
	}{
		{[]byte{0, 0, 0, 0, 0, 0x0f}, [4]string{"abandon", "abandon", "abandon", "abandon"}}, // bits 44 to 47 do not count
		{[]byte{0, 0x20, 0x04, 0, 0x80, 0x10}, [4]string{"ability", "ability", "ability", "ability"}},
		{[]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xf0}, [4]string{"zoo", "zoo", "zoo", "zoo"}},
	} {
		var a Account
		copy(a[:], c.head)
		if got := a.CheckWords(); got != c.want {
			t.Errorf("%x: got %v, want %v", c.head, got, c.want)
		}
	}
}

func TestTextFormsOfIDs(t *testing.T) {
	o := newOwner(t, 56)
	dev := o.log.Head().Devices[0].ID
	if got, err := ParseAccount(o.acct.String()); err != nil || got != o.acct {
		t.Errorf("account: got %v, %v, want %v", got, err, o.acct)
	}
	if got, err := ParseDevice(dev.String()); err != nil || got != dev {
		t.Errorf("device: got %v, %v, want %v", got, err, dev)
	}
	s := o.acct.String()
	for _, bad := range []string{"", "a_", s[2:], s[:len(s)-1], s + "a", "d_" + s[2:], "a_" + s[2:len(s)-1] + "9", s[:len(s)-1] + "b", "A" + s[1:]} {
		if got, err := ParseAccount(bad); err == nil {
			t.Errorf("%q: parsed as %v", bad, got)
		}
	}
}
