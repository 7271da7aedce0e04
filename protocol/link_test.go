package protocol

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

func TestLinks(t *testing.T) {
	l := Link{Account: Account{1, 2, 3}, Secret: [16]byte{4}}
	public, bare, kept := l, l, l
	public.Base = "https://node.example/chat"
	bare.Addresses = []string{"/ip4/192.0.2.1/tcp/8422/p2p/x", "/ip6/2001:db8::1/udp/8422/quic-v1/p2p/x"}
	kept.Base, kept.Addresses = public.Base, []string{"/ip4/192.0.2.7/tcp/8422/p2p/y", "/dns4/mail.example/tcp/8422/p2p/z"}
	for _, want := range []Link{l, public, bare, kept} {
		got, err := ParseLink(" " + want.Text() + "\n")
		if err != nil || got.Text() != want.Text() || got.Secret != want.Secret || !slices.Equal(got.Addresses, want.Addresses) {
			t.Errorf("read back %s: got %+v, %v", want.Text(), got, err)
		}
	}
	token := l.Token()
	if len(token) != 66 {
		t.Errorf("length of a token: got %d, want 66", len(token))
	}
	for name, s := range map[string]string{
		"empty": "", "another scheme": "ftp://node.example/i#" + token, "no host": "https:///i#" + token, "another path": "https://node.example/j#" + token,
		"a query": "https://node.example/i?x=1#" + token, "a user": "https://me@node.example/i#" + token, "a short token": "conclave:i/" + token[:65],
		"a long token": "conclave:i/" + token + "A", "padding": "conclave:i/" + token + "==", "another version": "conclave:i/B" + token[1:],
		"too many addresses": "conclave:i/" + token + "~" + strings.Repeat("a,", 17), "a long address": "conclave:i/" + token + "~" + strings.Repeat("a", 257),
		"too long": "conclave:i/" + token + strings.Repeat("~", 9000), "a space inside": "conclave:i/" + token[:30] + " " + token[30:], "a token alone": token,
		"a mailbox that is escaped twice": "https://node.example/i#" + token + "~/dns4/a%252fb/tcp/1/p2p/x",
	} {
		if got, err := ParseLink(s); !errors.Is(err, ErrLink) {
			t.Errorf("%s: got %+v, %v, want %v", name, got, err, ErrLink)
		}
	}
}

func FuzzParseLink(f *testing.F) {
	l := Link{Account: Account{1}, Secret: [16]byte{2}}
	f.Add(l.Text())
	f.Add("https://node.example/i#" + l.Token())
	f.Add("http://127.0.0.1:8420/a/b/i#" + l.Token())
	f.Add("https://x/%23/i#" + l.Token())
	f.Add(l.Text() + "~/ip4/192.0.2.1/tcp/1/p2p/x,b")
	f.Add("https://node.example/i#" + l.Token() + "~/ip4/192.0.2.1/tcp/1/p2p/x,%20b")
	f.Fuzz(func(t *testing.T, in string) {
		got, err := ParseLink(in)
		if err != nil {
			return
		}
		again, err := ParseLink(got.Text())
		if err != nil {
			t.Fatalf("%q is read, but not its own text %q: %v", in, got.Text(), err)
		}
		if again.Text() != got.Text() || again.Account != got.Account || again.Secret != got.Secret {
			t.Fatalf("read again: got %+v, want %+v", again, got)
		}
	})
}
