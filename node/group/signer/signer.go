// Package signer finds the keys that operations and chains of groups are signed with, in verified identity logs. It takes no
// key on anybody's word.
package signer

import (
	"errors"
	"fmt"

	"conclave/crypto/identity"
	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/membership"
)

// ErrStranger means that the identity log of an author is not here, or too old: fetch it and try again.
var ErrStranger = errors.New("the author's identity log is not here")

// Identities are the verified identity logs of accounts.
type Identities interface {
	// Log returns feature.ErrNotFound for an account that is not known here. It must not be changed.
	Log(feature.Tx, protocol.Account) (*identity.Log, error)
	// Local tells whether an account lives on this node.
	Local(feature.Tx, protocol.Account) bool
}

// Author names the device of a local account as the newest entry of its identity log lists it; identity.ErrRevoked where it does
// not.
func Author(tx feature.Tx, in Identities, a protocol.Account, dev protocol.Device) (membership.Author, error) {
	log, err := in.Log(tx, a)
	if err != nil {
		return membership.Author{}, fmt.Errorf("own identity: %w", err)
	}
	if _, ok := log.Device(identity.DeviceID(dev)); !ok {
		return membership.Author{}, identity.ErrRevoked
	}
	pin := log.Pin()
	return membership.Author{Account: a, Device: dev, IDSeq: pin.Seq, IDHash: pin.Hash}, nil
}

// Key returns the signing key of a device as the identity entry that it names lists it: ErrStranger where that entry is not
// here, or a fault of the store.
func Key(tx feature.Tx, in Identities, a membership.Author) ([32]byte, error) {
	log, err := in.Log(tx, a.Account)
	if errors.Is(err, feature.ErrNotFound) {
		return [32]byte{}, ErrStranger
	}
	if err != nil {
		return [32]byte{}, fmt.Errorf("find an identity log: %w", err)
	}
	key, err := membership.KeysIn(func(protocol.Account) *identity.Log { return log })(a)
	if errors.Is(err, membership.ErrEntry) {
		return key, ErrStranger
	}
	return key, err
}
