package node

import (
	"crypto/rand"
	"errors"
	"strings"
	"testing"

	"conclave/crypto/identity"
	"conclave/node/feature"
	"conclave/node/feature/account"
	"conclave/node/feature/contact"
	"conclave/node/feature/message"
	"conclave/node/feature/verify"
	"conclave/node/live"
	"conclave/protocol"
)

// introduced is two people on two nodes of whom one used the other's contact link.
func introduced(t *testing.T) (a, b *Node, c cast) {
	t.Helper()
	a, b = open(t, "a", ""), open(t, "b", "")
	c = meet(t, a, b)
	me := call[account.Me](t, b, feature.Actor{Account: c.bob}, "me.get", feature.Nothing{})
	call[contact.Contact](t, a, feature.Actor{Account: c.alice}, "contact.add", contact.LeadRequest{Link: me.ContactLink})
	c.until("both are contacts", func() bool {
		all := call[feature.List[contact.Contact]](t, b, feature.Actor{Account: c.bob}, "contact.list", feature.Nothing{})
		return len(all.Items) == 1 && all.Items[0].State == feature.ContactAccepted
	})
	return a, b, c
}

// refused makes a call that has to fail in a certain way.
func refused(t *testing.T, n *Node, actor feature.Actor, op string, req any, want string) {
	t.Helper()
	o, ok := n.Registry().Operation(op)
	if !ok {
		t.Fatalf("no operation %s", op)
	}
	_, err := o.Call(feature.WithActor(t.Context(), actor), req)
	if is := (*feature.Error)(nil); !errors.As(err, &is) || is.Code != want {
		t.Errorf("%s: got %v, want %s", op, err, want)
	}
}

func TestASafetyNumberIsComparedAndAChangeOfItIsNoticed(t *testing.T) {
	a, b, c := introduced(t)
	alice, bob := feature.Actor{Account: c.alice}, feature.Actor{Account: c.bob}
	ofBob, ofAlice := verify.OfRequest{Account: c.bob}, verify.OfRequest{Account: c.alice}
	get := func(n *Node, who feature.Actor, of verify.OfRequest) verify.SafetyNumber {
		t.Helper()
		return call[verify.SafetyNumber](t, n, who, "verification.get", of)
	}
	is := func(n *Node, who feature.Actor, of verify.OfRequest, want verify.State) {
		t.Helper()
		if got := get(n, who, of).State; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	shown, seen := get(a, alice, ofBob), get(b, bob, ofAlice)
	if shown.Number != seen.Number || len(shown.Number) != 60 || shown.Code == seen.Code {
		t.Errorf("got the numbers %q and %q and the codes %q and %q, want one number of 60 digits and two codes", shown.Number, seen.Number, shown.Code, seen.Code)
	}
	is(a, alice, ofBob, verify.New)
	refused(t, a, alice, "verification.set", verify.SetRequest{Account: c.bob, Number: strings.Repeat("0", 60)}, "number_stale")
	refused(t, a, alice, "verification.set", verify.SetRequest{Account: c.bob}, "bad_request")
	refused(t, a, alice, "verification.set", verify.SetRequest{Account: c.bob, Number: shown.Number, Code: seen.Code}, "bad_request")
	refused(t, a, alice, "verification.set", verify.SetRequest{Account: c.bob, Code: shown.Code}, "number_mismatch") // one's own
	refused(t, a, alice, "verification.set", verify.SetRequest{Account: c.bob, Code: "https://node.example"}, "not_a_code")
	refused(t, a, alice, "verification.set", verify.SetRequest{Account: c.bob, Code: seen.Code[:40]}, "not_a_code")
	refused(t, a, alice, "verification.get", verify.OfRequest{Account: protocol.Account{1}}, "not_found")
	is(a, alice, ofBob, verify.New)

	watcher, err := a.Live().Watch(c.alice, "", 0)
	if err != nil {
		t.Fatal(err)
	}
	defer watcher.Close()
	told := func(want string) {
		t.Helper()
		c.until("the page is told "+want, func() bool {
			frames, _ := watcher.Take(make([]*live.Frame, 0, 1))
			return len(frames) == 1 && strings.Contains(string(frames[0].JSON()), `"verification"`) && strings.Contains(string(frames[0].JSON()), `"state":"`+want+`"`)
		})
	}
	call[verify.Verification](t, b, bob, "verification.set", verify.SetRequest{Account: c.alice, Code: shown.Code})
	call[verify.Verification](t, a, alice, "verification.set", verify.SetRequest{Account: c.bob, Number: shown.Number})
	told("verified")
	is(b, bob, ofAlice, verify.Verified)
	list := call[feature.List[verify.Verification]](t, a, alice, "verification.list", feature.Nothing{})
	if len(list.Items) != 1 || list.Items[0].Account != c.bob || list.Items[0].State != verify.Verified || list.Items[0].Verified.IsZero() {
		t.Errorf("got %+v, want bob as verified, and when", list.Items)
	}

	device, err := b.keys.Device(c.bob)
	if err != nil {
		t.Fatal(err)
	}
	merge := func(change func(*identity.Entry) []identity.Signer) {
		t.Helper()
		if err := a.store.Update(t.Context(), func(tx feature.Tx) error {
			log, err := a.directory.Log(tx, c.bob)
			if err != nil {
				return err
			}
			e := log.Next(a.config.Now())
			signers := change(&e)
			return a.directory.Merge(tx, c.bob, []identity.Signed{e.Sign(signers...)})
		}); err != nil {
			t.Fatal(err)
		}
	}
	write := message.SendRequest{Conversation: c.log, Text: "hello"}
	merge(func(*identity.Entry) []identity.Signer { return []identity.Signer{device.AIK.Previous()} })
	is(a, alice, ofBob, verify.Verified)
	call[message.Sent](t, a, alice, "message.send", write)

	fresh, err := identity.NewAIK(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	merge(func(e *identity.Entry) []identity.Signer {
		e.AIK = fresh.Public()
		return []identity.Signer{device.AIK.Previous(), fresh.New()}
	})
	told("changed")
	is(a, alice, ofBob, verify.Changed)
	refused(t, a, alice, "message.send", write, "number_changed")
	refused(t, a, alice, "verification.set", verify.SetRequest{Account: c.bob, Number: shown.Number}, "number_stale")
	refused(t, a, alice, "verification.set", verify.SetRequest{Account: c.bob, Code: seen.Code}, "number_mismatch")
	call[feature.Nothing](t, a, alice, "verification.remove", ofBob)
	told("new")
	is(a, alice, ofBob, verify.New)
	call[message.Sent](t, a, alice, "message.send", write)
	call[verify.Verification](t, a, alice, "verification.set", verify.SetRequest{Account: c.bob, Number: get(a, alice, ofBob).Number})
	is(a, alice, ofBob, verify.Verified)
}

func TestWhoWasVerifiedIsKnownAfterARestart(t *testing.T) {
	dir := t.TempDir()
	a, b := open(t, "a", dir), open(t, "b", "")
	c := meet(t, a, b)
	alice := feature.Actor{Account: c.alice}
	me := call[account.Me](t, b, feature.Actor{Account: c.bob}, "me.get", feature.Nothing{})
	call[contact.Contact](t, a, alice, "contact.add", contact.LeadRequest{Link: me.ContactLink})
	of := verify.OfRequest{Account: c.bob}
	call[verify.Verification](t, a, alice, "verification.set", verify.SetRequest{Account: c.bob, Number: call[verify.SafetyNumber](t, a, alice, "verification.get", of).Number})
	stop(t, a)
	a = open(t, "a", dir)
	if got := call[verify.SafetyNumber](t, a, alice, "verification.get", of).State; got != verify.Verified {
		t.Errorf("after a restart: got %s, want %s", got, verify.Verified)
	}
	device, err := b.keys.Device(c.bob)
	if err != nil {
		t.Fatal(err)
	}
	// Two entries at one place, both signed by bob's key: a second history.
	for _, alias := range []string{"one@node.example", "two@node.example"} {
		fresh, err := identity.NewAIK(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		err = a.store.Update(t.Context(), func(tx feature.Tx) error {
			log, err := b.directory.Log(tx, c.bob)
			if err != nil {
				return err
			}
			e := log.Next(a.config.Now())
			e.AIK, e.Aliases = fresh.Public(), []string{alias}
			if err := a.directory.Merge(tx, c.bob, []identity.Signed{e.Sign(device.AIK.Previous(), fresh.New())}); !errors.Is(err, identity.ErrFork) {
				return err
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if got := call[verify.SafetyNumber](t, a, alice, "verification.get", of).State; got != verify.Changed {
		t.Errorf("after a second history: got %s, want %s", got, verify.Changed)
	}
}
