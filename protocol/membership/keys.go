package membership

import (
	"errors"
	"fmt"

	"conclave/crypto/identity"
	"conclave/protocol"
)

// ErrEntry means that an operation names an identity entry that its author's log does not hold, or that lists no such device.
// The log may be behind: fetch it and try again.
var ErrEntry = errors.New("identity log does not list the author's device")

// KeysIn looks devices up in verified identity logs; find returns nil for an account it does not know.
func KeysIn(find func(protocol.Account) *identity.Log) Keys {
	return func(a Author) ([32]byte, error) {
		log := find(a.Account)
		if log == nil || log.Account() != identity.Account(a.Account) || !log.Has(identity.Pin{Seq: a.IDSeq, Hash: a.IDHash}) {
			return [32]byte{}, ErrEntry
		}
		entry, err := log.From(a.IDSeq)[0].Entry()
		if err != nil {
			return [32]byte{}, fmt.Errorf("read an identity entry: %w", err)
		}
		device, ok := entry.Device(identity.DeviceID(a.Device))
		if !ok {
			return [32]byte{}, ErrEntry
		}
		return device.DSK, nil
	}
}
