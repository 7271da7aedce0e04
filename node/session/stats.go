package session

import (
	"fmt"

	"conclave/crypto/canon"
	"conclave/node/feature"
	"conclave/storage"
)

// Stats are what lies in the store of sessions now.
type Stats struct {
	Sessions int
	Left     int // one-time keys that nobody was given yet
	Least    int // of these, of the account that has fewest; 0 without accounts
}

// Stats goes through the keys of all sessions and through the one-time keys, of which an account has a hundred or so.
func (s *Sessions) Stats(tx feature.Tx) (out Stats, err error) {
	if err := tx.Scan(s.realm(), s.realm().Key(storage.Sessions), storage.ScanOptions{KeysOnly: true}, func(storage.Key, []byte) (bool, error) {
		out.Sessions++
		return true, nil
	}); err != nil {
		return out, fmt.Errorf("count sessions: %w", err)
	}
	left := map[storage.Key]int{} // by account
	if err := tx.Scan(s.realm(), s.realm().Key(storage.Prekeys), storage.ScanOptions{}, func(k storage.Key, v []byte) (bool, error) {
		account, id := k[:len(k)-8], idOf([]byte(k[len(k)-8:]))
		if id == 0 { // the bundle, which every account has
			left[account] += 0
			return true, nil
		}
		row, err := canon.Unmarshal[served](v)
		if err == nil && row.At == 0 {
			left[account]++
		}
		return true, err
	}); err != nil {
		return out, fmt.Errorf("count one-time keys: %w", err)
	}
	first := true
	for _, n := range left {
		out.Left += n
		if first || n < out.Least {
			out.Least, first = n, false
		}
	}
	return out, nil
}
