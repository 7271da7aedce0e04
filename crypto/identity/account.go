package identity

import (
	"fmt"
	"io"
	"time"

	"conclave/crypto/canon"
)

// Founding is what a new account starts with. RecCommit may be nil: then the account cannot be recovered until a later
// entry commits to a recovery key.
type Founding struct {
	RecCommit *Hash
	PeerID    []byte
	Aliases   []string
	Mailboxes []string
}

// Founded is a new account: its secrets and its log of two entries, the genesis and one with the first device.
type Founded struct {
	AIK    *AIK
	Keys   DeviceKeys
	Device DeviceID
	Log    *Log
}

// NewAccount makes an account with one primary device.
func NewAccount(rand io.Reader, now time.Time, f Founding) (*Founded, error) {
	aik, err := NewAIK(rand)
	if err != nil {
		return nil, fmt.Errorf("found account: %w", err)
	}
	keys, err := NewDeviceKeys(rand)
	if err != nil {
		return nil, fmt.Errorf("found account: %w", err)
	}
	genesis := Entry{Version: version, AIK: aik.Public(), RecCommit: f.RecCommit}.at(now).Sign(aik.New())
	log, err := Verify([]Signed{genesis}, now)
	if err != nil {
		return nil, fmt.Errorf("found account: %w", err)
	}
	dev := keys.Device(log.acct, f.PeerID, 0, now)
	e := log.Next(now)
	e.Devices, e.Aliases, e.Mailboxes = []Device{dev}, notNil(f.Aliases), notNil(f.Mailboxes)
	if _, err := log.Extend(e.Sign(aik.Previous()), now); err != nil {
		return nil, fmt.Errorf("found account: %w", err)
	}
	return &Founded{AIK: aik, Keys: keys, Device: dev.ID, Log: log}, nil
}

// AccountOf returns the id of the account that a genesis entry founds.
func AccountOf(genesis Signed) Account { return canon.Hash("acct", genesis.Payload) }

// When the entry is renewed by itself: by the first primary device at renewAge, by the next ones when expiry is near.
const (
	renewAge   = 45 * 24 * time.Hour
	renewFinal = 14 * 24 * time.Hour
)

// RenewalDue reports whether the device should now sign an automatic successor of the newest entry, so that the log does
// not expire. Only one primary device does while it can: two at once make a soft fork.
func (l *Log) RenewalDue(id DeviceID, now time.Time) bool {
	head := l.Head()
	place := 0
	for _, d := range head.Devices {
		if !d.Primary() {
			continue
		}
		if d.ID == id {
			switch place {
			case 0:
				return !now.Before(head.Time().Add(renewAge)) || !now.Before(head.Expiry().Add(-renewFinal))
			case 1:
				return !now.Before(head.Expiry().Add(-renewFinal))
			}
			return false
		}
		place++
	}
	return false
}
