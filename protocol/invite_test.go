package protocol

import (
	"errors"
	"strings"
	"testing"
)

func TestInvites(t *testing.T) {
	i := Invite{Group: Log{7, 8}, Account: Account{1, 2, 3}, Secret: [16]byte{4}}
	public, bare := i, i
	public.Base = "https://node.example/chat"
	bare.Addresses = []string{"/ip4/192.0.2.1/tcp/8422/p2p/x", "/ip6/2001:db8::1/udp/8422/quic-v1/p2p/x"}
	for _, want := range []Invite{i, public, bare} {
		got, err := ParseInvite(" " + want.Text() + "\n")
		if err != nil || got.Text() != want.Text() || got.Group != want.Group || got.Account != want.Account || got.Secret != want.Secret || len(got.Addresses) != len(want.Addresses) {
			t.Errorf("read back %s: got %+v, %v", want.Text(), got, err)
		}
	}
	token := i.Token()
	if len(token) != 108 {
		t.Errorf("length of a token: got %d, want 108", len(token))
	}
	contact := Link{Account: Account{1}}
	for name, s := range map[string]string{
		"empty": "", "another scheme": "ftp://node.example/j#" + token, "no host": "https:///j#" + token, "another path": "https://node.example/i#" + token,
		"a query": "https://node.example/j?x=1#" + token, "a user": "https://me@node.example/j#" + token, "a short token": inviteScheme + token[:107],
		"a long token": inviteScheme + token + "A", "padding": inviteScheme + token + "==", "another version": inviteScheme + "B" + token[1:],
		"too many addresses": inviteScheme + token + "~" + strings.Repeat("a,", 17), "a long address": inviteScheme + token + "~" + strings.Repeat("a", 257),
		"too long": inviteScheme + token + strings.Repeat("~", 9000), "a token alone": token,
		"a contact link": contact.Text(), "the token of a contact link": inviteScheme + contact.Token(),
	} {
		if got, err := ParseInvite(s); !errors.Is(err, ErrInvite) {
			t.Errorf("%s: got %+v, %v, want %v", name, got, err, ErrInvite)
		}
	}
}

func FuzzParseInvite(f *testing.F) {
	i := Invite{Group: Log{3}, Account: Account{1}, Secret: [16]byte{2}}
	f.Add(i.Text())
	f.Add("https://node.example/j#" + i.Token())
	f.Add("http://127.0.0.1:8420/a/b/j#" + i.Token())
	f.Add("https://x/%23/j#" + i.Token())
	f.Add(i.Text() + "~/ip4/192.0.2.1/tcp/1/p2p/x,b")
	f.Fuzz(func(t *testing.T, in string) {
		got, err := ParseInvite(in)
		if err != nil {
			return
		}
		again, err := ParseInvite(got.Text())
		if err != nil {
			t.Fatalf("%q is read, but not its own text %q: %v", in, got.Text(), err)
		}
		if again.Text() != got.Text() || again.Group != got.Group || again.Account != got.Account || again.Secret != got.Secret {
			t.Fatalf("read again: got %+v, want %+v", again, got)
		}
	})
}
