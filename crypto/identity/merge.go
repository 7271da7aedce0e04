package identity

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"time"
)

// RecoveryWait is how long a recovery key that was replaced without its own signature stays able to undo the replacement,
// counted from when the replacement was first seen here.
const RecoveryWait = 30 * 24 * time.Hour

var (
	// ErrFork is matched by *ForkError.
	ErrFork = errors.New("identity log forks")
	// ErrSuperseded is returned for entries that validly lost against those the log holds: nothing is wrong, and the owner's
	// device that signed them will sign again.
	ErrSuperseded = errors.New("identity entry is superseded")
)

// ForkError is the evidence that the owner of an account, or a thief of its key, signed two histories. The log stays as it
// was; the caller stops sending to the account and raises the alarm.
type ForkError struct {
	Seq          uint64
	Ours, Theirs Signed
}

func (e *ForkError) Error() string { return fmt.Sprintf("identity log forks at seq %d", e.Seq) }

// Is makes errors.Is(err, ErrFork) true.
func (e *ForkError) Is(target error) bool { return target == ErrFork }

// Change says what Extend and Merge did to the log.
type Change int

// Replaced means that entries left the log: pins on them are void.
const (
	Unchanged Change = iota
	Extended
	Replaced
)

// Extend is Merge for one entry.
func (l *Log) Extend(s Signed, now time.Time) (Change, error) { return l.Merge([]Signed{s}, now) }

// Merge adds a branch of consecutive entries, each the successor of the one before, to the log; entries held already are
// passed over. On error the log is as it was. Where the branch and the log differ:
//
//   - the branch that the recovery key committed to before the difference signed earlier wins, unless a replacement of that
//     key has taken effect;
//   - else, if their first entries differ only in clock, aliases, mailboxes and expiry, a branch that goes on to change keys,
//     devices or the recovery commitment wins over one that does not, and between two that do not the smaller hash of the
//     first entry wins;
//   - all else is a *ForkError. What loses is ErrSuperseded.
func (l *Log) Merge(branch []Signed, now time.Time) (Change, error) {
	change := Unchanged
	for len(branch) > 0 && l.holds(branch[0]) {
		change = max(change, l.strengthen(branch[0]))
		branch = branch[1:]
	}
	if len(branch) == 0 {
		return change, nil
	}
	first, err := branch[0].Entry()
	if err != nil {
		return change, err
	}
	if first.Seq == 0 {
		return change, ErrOtherAccount
	}
	if first.Seq > uint64(len(l.links)) {
		return change, fmt.Errorf("merge identity entry %d after %d: %w", first.Seq, len(l.links)-1, ErrGap)
	}
	records := make([]Record, len(branch))
	for i, s := range branch {
		records[i] = Record{s, millis(now)}
	}
	links, err := l.verify(l.links[:first.Seq], records)
	if err != nil {
		return change, err
	}
	if first.Seq == uint64(len(l.links)) {
		l.links = links
		return Extended, nil
	}
	if err := l.choose(first.Seq, links[first.Seq:], now); err != nil {
		return change, err
	}
	l.links = links
	return Replaced, nil
}

func (l *Log) holds(s Signed) bool {
	h := s.Hash()
	return slices.ContainsFunc(l.links, func(k link) bool { return k.hash == h })
}

// strengthen keeps the recovery key's signature of an entry that is held without it; hashes do not cover signatures.
func (l *Log) strengthen(s Signed) Change {
	i := slices.IndexFunc(l.links, func(k link) bool { return k.hash == s.Hash() })
	if i == 0 || l.links[i].recovery {
		return Unchanged
	}
	k, err := l.follow(l.links[:i], Record{s, millis(l.links[i].seen)})
	if err != nil || !k.recovery {
		return Unchanged
	}
	l.links[i] = k
	return Extended
}

// choose returns nil if theirs, a verified branch that starts at seq, wins over what the log holds from there.
func (l *Log) choose(seq uint64, theirs []link, now time.Time) error {
	ours := l.links[seq:]
	fork := &ForkError{Seq: seq, Ours: ours[0].signed, Theirs: theirs[0].signed}
	commit := l.links[seq-1].entry.RecCommit
	a, b := recoveredAt(ours, commit), recoveredAt(theirs, commit)
	switch {
	case b < a:
		if replaced(ours, commit, now) {
			return fork
		}
		return nil
	case a < b:
		if replaced(theirs, commit, now) {
			return fork
		}
		return ErrSuperseded
	case !softSiblings(ours[0].entry, theirs[0].entry):
		return fork
	}
	switch hardOurs, hardTheirs := hard(ours), hard(theirs); {
	case hardOurs && hardTheirs:
		return fork
	case hardTheirs:
		return nil
	case hardOurs || bytes.Compare(ours[0].hash[:], theirs[0].hash[:]) < 0:
		return ErrSuperseded
	}
	return nil
}

// recoveredAt returns the index of the first link signed by the recovery key behind commit, or maxLog. The key counts as
// long as the branch itself keeps the commitment.
func recoveredAt(links []link, commit *Hash) int {
	if commit == nil {
		return maxLog
	}
	for i, k := range links {
		if k.recovery {
			return i
		}
		if !sameCommit(k.entry.RecCommit, commit) {
			return maxLog
		}
	}
	return maxLog
}

// replaced reports whether links replaced commit with effect: under the old key's signature at once, else after RecoveryWait.
func replaced(links []link, commit *Hash, now time.Time) bool {
	for _, k := range links {
		if !sameCommit(k.entry.RecCommit, commit) {
			return k.recovery || !now.Before(k.seen.Add(RecoveryWait))
		}
	}
	return false
}

// softSiblings reports whether two entries differ at most in clock, aliases, mailboxes and expiry.
func softSiblings(a, b Entry) bool {
	for _, e := range []*Entry{&a, &b} {
		e.HLC, e.Aliases, e.Mailboxes, e.Expires = 0, nil, nil, 0
	}
	return bytes.Equal(a.encode(), b.encode())
}

// hard reports whether a branch changes more than soft fields after its first entry.
func hard(links []link) bool {
	first := links[0].entry
	return slices.ContainsFunc(links[1:], func(k link) bool {
		return k.entry.AIK != first.AIK || !sameCommit(k.entry.RecCommit, first.RecCommit) ||
			!slices.EqualFunc(k.entry.Devices, first.Devices, Device.equal)
	})
}
