package identity

import (
	"errors"
	"math/rand/v2"
	"testing"
	"time"
)

var day0 = time.UnixMilli(1_800_000_000_000)

func days(n int) time.Time { return day0.Add(time.Duration(n) * 24 * time.Hour) }

// owner is somebody who holds the secrets of an account.
type owner struct {
	rand *rand.ChaCha8
	acct Account
	aik  *AIK
	rk   *RK
	keys map[DeviceID]DeviceKeys
	log  *Log
}

func newOwner(t testing.TB, seed byte) *owner {
	t.Helper()
	o := &owner{rand: rand.NewChaCha8([32]byte{seed}), keys: map[DeviceID]DeviceKeys{}}
	o.rk = o.newRK()
	commit := o.rk.Commit()
	f, err := NewAccount(o.rand, day0, Founding{RecCommit: &commit, PeerID: []byte("peer"), Aliases: []string{"ana@example.org"}})
	if err != nil {
		t.Fatal(err)
	}
	o.acct, o.aik, o.log = f.Log.Account(), f.AIK, f.Log
	o.keys[f.Device] = f.Keys
	return o
}

func (o *owner) newRK() *RK {
	var seed [32]byte
	_, _ = o.rand.Read(seed[:])
	return RKFrom(&seed)
}

func (o *owner) newAIK() *AIK {
	var seed [32]byte
	_, _ = o.rand.Read(seed[:])
	return AIKFrom(&seed)
}

// device makes the record of a new device of the account.
func (o *owner) device(t testing.TB, flags Flags) Device {
	t.Helper()
	k, err := NewDeviceKeys(o.rand)
	if err != nil {
		t.Fatal(err)
	}
	d := k.Device(o.acct, []byte("peer"), flags, day0)
	o.keys[d.ID] = k
	return d
}

// contact is a second log with the same entries as the owner's.
func (o *owner) contact(t testing.TB) *Log {
	t.Helper()
	l, err := Verify(o.log.From(0), day0)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func extend(t testing.TB, l *Log, s Signed, now time.Time, want Change) {
	t.Helper()
	if got, err := l.Extend(s, now); err != nil || got != want {
		t.Fatalf("Extend got %v, %v, want %v", got, err, want)
	}
}

// refuse checks that the entry is refused with the wanted error and changes nothing.
func refuse(t testing.TB, l *Log, s Signed, now time.Time, want error) {
	t.Helper()
	before := l.Pin()
	if got, err := l.Extend(s, now); !errors.Is(err, want) || l.Pin() != before {
		t.Fatalf("Extend got %v, %v and head %v, want %v and head %v", got, err, l.Pin().Seq, want, before.Seq)
	}
}

// edit signs a changed successor of the head with the current AIK.
func (o *owner) edit(now time.Time, change func(*Entry)) Signed {
	e := o.log.Next(now)
	change(&e)
	return e.Sign(o.aik.Previous())
}
