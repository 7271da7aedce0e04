package identity

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"time"

	"conclave/crypto/canon"
)

// maxLog bounds the number of entries of one account.
const maxLog = canon.MaxArray

var (
	// ErrGap is returned for entries that do not connect to the log: fetch what is between, or the log from its genesis.
	ErrGap = errors.New("identity entries do not connect")
	// ErrOtherAccount is returned for an entry of another account.
	ErrOtherAccount = errors.New("identity entry of another account")
)

// Log is the verified identity log of one account.
type Log struct {
	acct  Account
	links []link // never empty; links[i] has seq i
}

// link is a verified entry with what its verification found.
type link struct {
	signed   Signed
	entry    Entry
	hash     Hash
	seen     time.Time
	recovery bool // signed by the recovery key that the entry before commits to
}

// Pin is what one remembers of a log: a seq and the hash of the entry there.
type Pin struct {
	Seq  uint64 `cbor:"0,keyasint"`
	Hash Hash   `cbor:"1,keyasint"`
}

// Record is an entry with the time it was first seen here (Unix milliseconds), as it is stored: the waiting period of a
// changed recovery key runs from then.
type Record struct {
	Signed Signed `cbor:"0,keyasint"`
	Seen   uint64 `cbor:"1,keyasint"`
}

// Verify builds a log from its entries, genesis first, all seen now for the first time.
func Verify(chain []Signed, now time.Time) (*Log, error) {
	records := make([]Record, len(chain))
	for i, s := range chain {
		records[i] = Record{s, millis(now)}
	}
	return Restore(records)
}

// Restore builds a log from what Records returned, verifying every entry again.
func Restore(records []Record) (*Log, error) {
	if len(records) == 0 {
		return nil, fmt.Errorf("verify identity log: empty: %w", ErrGap)
	}
	l := &Log{acct: canon.Hash("acct", records[0].Signed.Payload)}
	links, err := l.verify(nil, records)
	if err != nil {
		return nil, err
	}
	l.links = links
	return l, nil
}

// Records returns the entries and when each was first seen.
func (l *Log) Records() []Record {
	out := make([]Record, len(l.links))
	for i, k := range l.links {
		out[i] = Record{k.signed, millis(k.seen)}
	}
	return out
}

// Account returns the id of the account.
func (l *Log) Account() Account { return l.acct }

// Head returns the newest entry. Its slices must not be changed.
func (l *Log) Head() Entry { return l.last().entry }

// Pin returns the seq and hash of the newest entry.
func (l *Log) Pin() Pin { return Pin{l.last().entry.Seq, l.last().hash} }

// Has reports whether the log holds the entry that p names.
func (l *Log) Has(p Pin) bool { return p.Seq < uint64(len(l.links)) && l.links[p.Seq].hash == p.Hash }

// From returns the signed entries from seq on, nil beyond the head.
func (l *Log) From(seq uint64) []Signed {
	var out []Signed
	for i := seq; i < uint64(len(l.links)); i++ {
		out = append(out, l.links[i].signed)
	}
	return out
}

// Device returns the device if the newest entry lists it.
func (l *Log) Device(id DeviceID) (Device, bool) { return l.Head().Device(id) }

// Revoked reports whether the log once listed the device and no longer does. A revoked device never comes back.
func (l *Log) Revoked(id DeviceID) bool {
	if _, ok := l.Device(id); ok {
		return false
	}
	return listed(l.links, id)
}

// Expired reports whether the log no longer allows new sessions. Old ones go on.
func (l *Log) Expired(now time.Time) bool { return !now.Before(l.Head().Expiry()) }

// Next returns a copy of the newest entry as its own successor, stamped now, to be changed and signed. It renews the expiry.
func (l *Log) Next(now time.Time) Entry { return l.After(l.Pin().Seq, now) }

// After is Next for the entry at seq, which must be in the log: a recovery entry may follow any of them.
func (l *Log) After(seq uint64, now time.Time) Entry {
	k := l.links[seq]
	e := k.entry.at(now)
	acct, prev := l.acct, k.hash
	e.Seq, e.Acct, e.Prev = seq+1, &acct, &prev
	e.Devices = slices.Clone(e.Devices)
	e.Aliases = slices.Clone(e.Aliases)
	e.Mailboxes = slices.Clone(e.Mailboxes)
	return e
}

func (l *Log) last() link { return l.links[len(l.links)-1] }

// verify checks records as the successors of base and returns base and their links in a slice of its own.
func (l *Log) verify(base []link, records []Record) ([]link, error) {
	if len(base)+len(records) > maxLog {
		return nil, fmt.Errorf("verify identity log: over %d entries: %w", maxLog, ErrEntry)
	}
	links := slices.Grow(slices.Clone(base), len(records))
	for _, r := range records {
		k, err := l.follow(links, r)
		if err != nil {
			return nil, fmt.Errorf("verify identity entry %d: %w", len(links), err)
		}
		links = append(links, k)
	}
	return links, nil
}

// follow checks one entry as the successor of the last of before, or as the genesis.
func (l *Log) follow(before []link, r Record) (link, error) {
	if size := len(r.Signed.Encode()); size > MaxEntry {
		return link{}, fmt.Errorf("%w: %d bytes", ErrEntry, size)
	}
	e, err := r.Signed.Entry()
	if err != nil {
		return link{}, err
	}
	k := link{signed: r.Signed, entry: e, hash: r.Signed.Hash(), seen: time.UnixMilli(int64(r.Seen))}
	by, err := r.Signed.signers()
	if err != nil {
		return link{}, err
	}
	if len(before) == 0 {
		return k, checkGenesis(e, by)
	}
	prev := before[len(before)-1]
	if err := l.connects(prev, e); err != nil {
		return link{}, err
	}
	if err := authorised(prev.entry, e, by); err != nil {
		return link{}, err
	}
	_, k.recovery = by[ByRecovery]
	return k, l.checkDevices(before, e)
}

func (l *Log) connects(prev link, e Entry) error {
	switch {
	case e.Acct == nil || *e.Acct != l.acct:
		return ErrOtherAccount
	case e.Seq != prev.entry.Seq+1 || *e.Prev != prev.hash:
		return ErrGap
	}
	return nil
}

func checkGenesis(e Entry, by map[Role]PublicKey) error {
	if e.Seq != 0 {
		return fmt.Errorf("starts at seq %d: %w", e.Seq, ErrGap)
	}
	if len(by) != 1 || by[ByNew] != e.AIK {
		return fmt.Errorf("%w: a genesis is signed by its own key", ErrSignature)
	}
	return nil
}

// authorised checks that exactly the right keys signed e, the successor of prev.
func authorised(prev, e Entry, by map[Role]PublicKey) error {
	old, byOld := by[ByPrevious]
	fresh, byNew := by[ByNew]
	rk, byRK := by[ByRecovery]
	switch {
	case !byOld && !byRK:
		return fmt.Errorf("%w: neither the key before nor the recovery key signed", ErrSignature)
	case byOld && old != prev.AIK:
		return fmt.Errorf("%w: not the key before", ErrSignature)
	case byRK && (prev.RecCommit == nil || recCommit(rk) != *prev.RecCommit):
		return fmt.Errorf("%w: not the recovery key committed to", ErrSignature)
	case byNew != (e.AIK != prev.AIK) || (byNew && fresh != e.AIK):
		return fmt.Errorf("%w: the new key signs if and only if it is new", ErrSignature)
	}
	return nil
}

// checkDevices verifies every device record that is not already in the entry before, and that none was revoked earlier.
func (l *Log) checkDevices(before []link, e Entry) error {
	prev := before[len(before)-1].entry
	for _, d := range e.Devices {
		if old, ok := prev.Device(d.ID); ok {
			if old.equal(d) {
				continue
			}
		} else if listed(before, d.ID) {
			return fmt.Errorf("%w: a revoked device", ErrDevice)
		}
		if err := d.check(l.acct); err != nil {
			return err
		}
	}
	return nil
}

func (d Device) equal(o Device) bool {
	return d.ID == o.ID && d.DSK == o.DSK && d.DIK == o.DIK && d.Flags == o.Flags && d.NotBefore == o.NotBefore &&
		d.Pop == o.Pop && bytes.Equal(d.PeerID, o.PeerID)
}

func listed(links []link, id DeviceID) bool {
	return slices.ContainsFunc(links, func(k link) bool { _, ok := k.entry.Device(id); return ok })
}

func sameCommit(a, b *Hash) bool { return (a == nil) == (b == nil) && (a == nil || *a == *b) }
