package mailbox

import (
	"cmp"
	"slices"

	"conclave/node/feature"
)

// Trouble is a mailbox that refuses or does not answer.
type Trouble struct {
	Address  string
	Word     string // Refuses or Unreachable
	Reason   string
	Accounts int // that want it
}

// Troubles are the mailboxes that refused or did not answer when they were last asked for accounts that want them now.
func (o *Owner) Troubles() (out []Trouble, err error) {
	o.mu.Lock()
	bad := map[asked]state{}
	for k, s := range o.states {
		if s.Word == Refuses || s.Word == Unreachable {
			bad[k] = s
		}
	}
	o.mu.Unlock()
	err = o.Store.View(func(tx feature.Tx) error {
		for k, s := range bad {
			wanted, err := o.setting(tx, k.account)
			if err != nil {
				return err
			}
			if !slices.Contains(wanted.Wanted, k.address) {
				continue
			}
			at := slices.IndexFunc(out, func(t Trouble) bool { return t.Address == k.address && t.Word == s.Word && t.Reason == s.Reason })
			if at < 0 {
				at, out = len(out), append(out, Trouble{Address: k.address, Word: s.Word, Reason: s.Reason})
			}
			out[at].Accounts++
		}
		return nil
	})
	slices.SortFunc(out, func(a, b Trouble) int {
		return cmp.Or(cmp.Compare(a.Address, b.Address), cmp.Compare(a.Reason, b.Reason))
	})
	return out, err
}
