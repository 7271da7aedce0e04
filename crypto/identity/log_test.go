package identity

import (
	"errors"
	"testing"
	"time"

	"conclave/crypto/canon"
	"conclave/crypto/seal"
)

func TestANewAccountHasOneDevice(t *testing.T) {
	o := newOwner(t, 1)
	head := o.log.Head()
	if head.Seq != 1 || len(head.Devices) != 1 || !head.Devices[0].Primary() {
		t.Fatalf("head: got seq %d with %d devices, want 1 and one primary", head.Seq, len(head.Devices))
	}
	if got, want := AccountOf(o.log.From(0)[0]), o.acct; got != want {
		t.Errorf("account of the genesis: got %v, want %v", got, want)
	}
	if got, want := Account(canon.Hash("acct", o.log.From(0)[0].Payload)), o.acct; got != want {
		t.Errorf("account: got %v, want the hash of the genesis %v", got, want)
	}
	if o.log.Expired(day0.Add(Lifetime-time.Millisecond)) || !o.log.Expired(day0.Add(Lifetime)) {
		t.Error("the log must expire after 90 days, not earlier")
	}
}

func TestALifeOfAnAccount(t *testing.T) {
	o := newOwner(t, 2)
	contact := o.contact(t)
	step := func(s Signed, now time.Time) {
		t.Helper()
		extend(t, o.log, s, now, Extended)
		extend(t, contact, s, now, Extended)
		extend(t, contact, s, now, Unchanged)
	}
	phone := o.device(t, Secondary)
	step(o.edit(days(1), func(e *Entry) { e.Devices = append(e.Devices, phone) }), days(1))
	if d, ok := contact.Device(phone.ID); !ok || d.Primary() {
		t.Errorf("phone: got %v, %v, want a listed secondary", d.Flags, ok)
	}
	step(o.edit(days(2), func(e *Entry) { e.Mailboxes = []string{"mailbox"}; e.Aliases = nil }), days(2))
	step(o.edit(days(3), func(e *Entry) { e.Devices = e.Devices[:1] }), days(3))
	if _, ok := contact.Device(phone.ID); ok || !contact.Revoked(phone.ID) {
		t.Error("the phone must be revoked")
	}
	refuse(t, contact, o.edit(days(4), func(e *Entry) { e.Devices = append(e.Devices, phone) }), days(4), ErrDevice)

	fresh := o.newAIK()
	e := o.log.Next(days(5))
	e.AIK = fresh.Public()
	step(e.Sign(o.aik.Previous(), fresh.New()), days(5))
	refuse(t, contact, o.edit(days(6), func(*Entry) {}), days(6), ErrSignature) // the old key
	o.aik = fresh

	found := o.newAIK()
	e = o.log.Next(days(7))
	e.AIK = found.Public()
	step(e.Sign(o.rk.Recovery(), found.New()), days(7))
	o.aik = found
	step(o.edit(days(8), func(*Entry) {}), days(8))

	again, err := Restore(contact.Records())
	if err != nil || again.Pin() != o.log.Pin() {
		t.Errorf("restored: got %v, %v, want %v", again.Pin(), err, o.log.Pin())
	}
}

func TestEntriesThatBreakARuleAreRefused(t *testing.T) {
	o := newOwner(t, 3)
	thief := newOwner(t, 4)
	other := o.newAIK()
	stranger := thief.device(t, 0)
	forged := o.device(t, 0)
	forged.Flags = Secondary
	weak := o.device(t, 0)
	weak.DIK = DHPublic{}
	weak.ID = deviceID(o.acct, weak.DSK, weak.DIK)
	misnamed := o.device(t, 0)
	misnamed.ID[0] ^= 1
	many := func(e *Entry) {
		for range MaxDevices {
			e.Devices = append(e.Devices, o.device(t, 0))
		}
	}
	long := string(make([]byte, maxText+1))
	for name, c := range map[string]struct {
		change func(*Entry)
		want   error
	}{
		"a stranger's device":       {func(e *Entry) { e.Devices = append(e.Devices, stranger) }, ErrDevice},
		"flags not proved":          {func(e *Entry) { e.Devices = append(e.Devices, forged) }, ErrDevice},
		"small-order device key":    {func(e *Entry) { e.Devices = append(e.Devices, weak) }, seal.ErrPublicKey},
		"device id not of its keys": {func(e *Entry) { e.Devices = append(e.Devices, misnamed) }, ErrDevice},
		"changed device record":     {func(e *Entry) { e.Devices[0].PeerID = []byte("elsewhere") }, ErrDevice},
		"unknown flag":              {func(e *Entry) { e.Devices[0].Flags = 2 }, ErrDevice},
		"long peer id":              {func(e *Entry) { e.Devices[0].PeerID = make([]byte, 65) }, ErrDevice},
		"a device twice":            {func(e *Entry) { e.Devices = append(e.Devices, e.Devices[0]) }, ErrEntry},
		"17 devices":                {many, ErrEntry},
		"no account":                {func(e *Entry) { e.Acct = nil }, ErrEntry},
		"another account":           {func(e *Entry) { e.Acct = &thief.acct }, ErrOtherAccount},
		"another entry before":      {func(e *Entry) { e.Prev = &Hash{} }, ErrGap},
		"a later seq":               {func(e *Entry) { e.Seq++ }, ErrGap},
		"version 2":                 {func(e *Entry) { e.Version = 2 }, ErrEntry},
		"over 90 days":              {func(e *Entry) { e.Expires++ }, ErrEntry},
		"empty alias":               {func(e *Entry) { e.Aliases = []string{""} }, ErrEntry},
		"long mailbox":              {func(e *Entry) { e.Mailboxes = []string{long} }, ErrEntry},
		"nine aliases":              {func(e *Entry) { e.Aliases = []string{"1", "2", "3", "4", "5", "6", "7", "8", "9"} }, ErrEntry},
		"new key without its leave": {func(e *Entry) { e.AIK = other.Public() }, ErrSignature},
		"small-order account key":   {func(e *Entry) { e.AIK = PublicKey{1} }, seal.ErrPublicKey},
		"alias that is not UTF-8":   {func(e *Entry) { e.Aliases = []string{"\xff"} }, nil},
	} {
		t.Run(name, func(t *testing.T) {
			before := o.log.Pin()
			_, err := o.log.Extend(o.edit(days(1), c.change), days(1))
			if err == nil || (c.want != nil && !errors.Is(err, c.want)) || o.log.Pin() != before {
				t.Errorf("got %v and head %d, want %v and head %d", err, o.log.Pin().Seq, c.want, before.Seq)
			}
		})
	}
}

func TestOnlyTheRightKeysSign(t *testing.T) {
	o := newOwner(t, 5)
	other, rk := o.newAIK(), o.newRK()
	same := o.log.Next(days(1))
	changed := o.log.Next(days(1))
	changed.AIK = other.Public()
	badSig := same.Sign(o.aik.Previous())
	badSig.Sigs[0].Sig[5] ^= 1
	wrongOrder := changed.Sign(o.aik.Previous(), other.New())
	wrongOrder.Sigs[0], wrongOrder.Sigs[1] = wrongOrder.Sigs[1], wrongOrder.Sigs[0]
	badRole := same.Sign(o.aik.Previous())
	badRole.Sigs[0].Role = ByRecovery
	for name, s := range map[string]Signed{
		"nobody":                      same.Sign(),
		"another key":                 same.Sign(other.Previous()),
		"another recovery key":        same.Sign(rk.Recovery()),
		"another, beside the right":   same.Sign(o.aik.Previous(), rk.Recovery()),
		"new role without a change":   same.Sign(o.aik.Previous(), o.aik.New()),
		"new key alone":               changed.Sign(other.New()),
		"old key alone":               changed.Sign(o.aik.Previous()),
		"recovery without new key":    changed.Sign(o.rk.Recovery()),
		"wrong order":                 wrongOrder,
		"twice":                       same.Sign(o.aik.Previous(), o.aik.Previous()),
		"a broken signature":          badSig,
		"a signature in another role": badRole,
	} {
		if _, err := o.log.Extend(s, days(1)); !errors.Is(err, ErrSignature) {
			t.Errorf("%s: got %v, want ErrSignature", name, err)
		}
	}
}

func TestAGenesisStandsAlone(t *testing.T) {
	o := newOwner(t, 6)
	other := o.newAIK()
	genesis := o.log.From(0)[0]
	e, err := genesis.Entry()
	if err != nil {
		t.Fatal(err)
	}
	withDevice := e
	withDevice.Devices = []Device{o.device(t, 0)}
	for name, chain := range map[string][]Signed{
		"empty":              nil,
		"signed by another":  {e.Sign(other.New())},
		"signed as previous": {e.Sign(o.aik.Previous())},
		"signed twice":       {e.Sign(o.aik.New(), o.rk.Recovery())},
		"with a device":      {withDevice.Sign(o.aik.New())},
		"starts in between":  o.log.From(1),
		"genesis twice":      {genesis, genesis},
	} {
		if _, err := Verify(chain, day0); err == nil {
			t.Errorf("%s: verifies", name)
		}
	}
	refuse(t, o.log, newOwner(t, 7).log.From(0)[0], day0, ErrOtherAccount)
}

func TestAnEntryOver8KiBIsRefused(t *testing.T) {
	big := Signed{Payload: make([]byte, MaxEntry), Sigs: []Sig{{}}}
	if _, err := DecodeSigned(big.Encode()); err == nil {
		t.Error("DecodeSigned takes more than 8 KiB")
	}
	if _, err := Verify([]Signed{big}, day0); !errors.Is(err, ErrEntry) {
		t.Errorf("Verify: got %v, want ErrEntry", err)
	}
}

func TestOnePrimaryDeviceRenews(t *testing.T) {
	o := newOwner(t, 8)
	first := o.log.Head().Devices[0].ID
	phone, laptop := o.device(t, Secondary), o.device(t, 0)
	extend(t, o.log, o.edit(day0, func(e *Entry) { e.Devices = append(e.Devices, phone, laptop) }), day0, Extended)
	for _, c := range []struct {
		day                   int
		first, laptop, mobile bool
	}{{44, false, false, false}, {45, true, false, false}, {75, true, false, false}, {76, true, true, false}} {
		now := days(c.day)
		got := [3]bool{o.log.RenewalDue(first, now), o.log.RenewalDue(laptop.ID, now), o.log.RenewalDue(phone.ID, now)}
		if want := [3]bool{c.first, c.laptop, c.mobile}; got != want {
			t.Errorf("day %d: got %v, want %v", c.day, got, want)
		}
	}
}
