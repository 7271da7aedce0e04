package account_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"conclave/crypto/vault"
	"conclave/node/feature"
	"conclave/node/feature/account"
)

func TestChangePassphrase(t *testing.T) {
	w := newWorld(t)
	here, actor := w.owner()
	elsewhere, err := w.login("olga", passphrase)
	if err != nil {
		t.Fatal(err)
	}
	_, err = call[feature.Nothing](w, actor, "me.passphrase", account.PassphraseRequest{Old: "wrong horse battery", New: "a new one, longer"})
	refused(t, "wrong old passphrase", err, 401, "wrong_credentials")
	_, err = call[feature.Nothing](w, actor, "me.passphrase", account.PassphraseRequest{Old: passphrase, New: "short"})
	refused(t, "weak new passphrase", err, 400, "passphrase_weak")
	if w.ended(elsewhere.Token) {
		t.Fatal("a refused change ended a session")
	}
	must[feature.Nothing](w, actor, "me.passphrase", account.PassphraseRequest{Old: passphrase, New: "a new one, longer"})
	if w.ended(here.Token) || !w.ended(elsewhere.Token) {
		t.Error("after the change the own session must go on and others end")
	}
	_, err = w.login("olga", passphrase)
	refused(t, "old passphrase", err, 401, "wrong_credentials")
	w.restart()
	if _, err := w.login("olga", "a new one, longer"); err != nil {
		t.Errorf("new passphrase: %v", err)
	}
}

func TestPassphraseCountsToItsLastByte(t *testing.T) {
	w := newWorld(t)
	long := strings.Repeat("0123456789", 12)
	must[account.Opened](w, control, "account.create", account.CreateRequest{Name: "ana", Passphrase: long + "a"})
	_, err := w.login("ana", long+"b")
	refused(t, "another last byte", err, 401, "wrong_credentials")
	_, err = w.login("ana", long)
	refused(t, "without the last byte", err, 401, "wrong_credentials")
	composed, decomposed := "pass\u00e9 compos\u00e9", "passe\u0301 compose\u0301"
	must[account.Opened](w, control, "account.create", account.CreateRequest{Name: "bo", Passphrase: composed})
	_, err = w.login("bo", decomposed)
	refused(t, "the same letters in other bytes", err, 401, "wrong_credentials")
}

func TestWrongPassphrasesSlowDownOneNetworkOnly(t *testing.T) {
	for _, name := range []string{"olga", "nobody"} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.owner()
			refusals := 0
			for range 1000 {
				_, err := w.login(name, "wrong horse battery")
				if e, ok := err.(*feature.Error); ok && e.Code == "too_many_requests" {
					if e.Retry <= 0 || e.Status != 429 {
						t.Fatalf("refusal: got %d, retry %v", e.Status, e.Retry)
					}
					refusals++
					continue
				}
				refused(t, "wrong passphrase", err, 401, "wrong_credentials")
			}
			if refusals < 990 {
				t.Errorf("of 1000 wrong tries refused: got %d, want at least 990", refusals)
			}
			_, err := w.login("olga", passphrase)
			if name == "olga" {
				refused(t, "right passphrase from that network", err, 429, "too_many_requests")
			}
			elsewhere := feature.Actor{Remote: "198.51.100.1"}
			if _, err := call[account.Opened](w, elsewhere, "session.open", account.OpenRequest{Name: "olga", Passphrase: passphrase}); err != nil {
				t.Errorf("right passphrase from another network: %v", err)
			}
			w.clock.pass(time.Hour)
			if _, err := w.login("olga", passphrase); err != nil {
				t.Errorf("right passphrase after the wait: %v", err)
			}
		})
	}
}

func TestChangesAtOnceLeaveOnePassphrase(t *testing.T) {
	w := newWorld(t)
	_, actor := w.owner()
	fresh := []string{"first new passphrase", "second new passphrase", "third new passphrase"}
	var wg sync.WaitGroup
	results := make([]error, len(fresh))
	for i, p := range fresh {
		wg.Go(func() {
			_, results[i] = call[feature.Nothing](w, actor, "me.passphrase", account.PassphraseRequest{Old: passphrase, New: p})
		})
	}
	wg.Wait()
	won := 0
	for i, p := range fresh {
		_, err := w.login("olga", p)
		if err == nil {
			won++
			if results[i] != nil {
				t.Errorf("%q logs in, though its change answered %v", p, results[i])
			}
		}
	}
	if won != 1 {
		t.Errorf("passphrases that log in: got %d, want 1", won)
	}
}

func TestFullQueueAnswersBusy(t *testing.T) {
	w := newWorldAt(t, vault.Cost{Memory: 16 << 10, Passes: 1, Threads: 1})
	var wg sync.WaitGroup
	results := make([]error, 300)
	for i := range results {
		wg.Go(func() { _, results[i] = w.login(fmt.Sprintf("nobody%d", i), passphrase) })
	}
	wg.Wait()
	busy := 0
	for _, err := range results {
		if isBusy(err) {
			refused(t, "over the queue", err, 503, "busy")
			busy++
			continue
		}
		refused(t, "in the queue", err, 401, "wrong_credentials")
	}
	if busy == 0 || busy > len(results)-65 {
		t.Errorf("of 300 log-ins at once turned away: got %d, want some, and at least 65 answered", busy)
	}
}

func TestUnknownNameCostsWhatAWrongPassphraseCosts(t *testing.T) {
	w := newWorldAt(t, vault.Cost{Memory: 16 << 10, Passes: 2, Threads: 1})
	w.owner()
	round := 0
	cost := func(name string) time.Duration {
		from := feature.Actor{Remote: fmt.Sprintf("203.0.%d.7", round)}
		start := time.Now()
		_, err := call[account.Opened](w, from, "session.open", account.OpenRequest{Name: name, Passphrase: "wrong horse battery"})
		took := time.Since(start)
		refused(t, name, err, 401, "wrong_credentials")
		return took
	}
	// A busy machine disturbs single answers; the fastest of each come together unless their work differs.
	known, unknown := time.Hour, time.Hour
	for ; round < 100 && (round < 8 || unknown < known/3 || unknown > known*3); round++ {
		known, unknown = min(known, cost("olga")), min(unknown, cost("nobody"))
	}
	if unknown < known/3 || unknown > known*3 {
		t.Errorf("fastest of %d answers: got %v for an unknown name, %v for a wrong passphrase; want about the same", round, unknown, known)
	}
}
