package chains

import (
	"errors"

	chain "conclave/crypto/group"
	"conclave/node/feature"
	"conclave/protocol"
)

// Given is the device of a node that an own chain was last sent to, zero for none. It needs no unlocked account.
func (g *Chains) Given(tx feature.Tx, id chain.ChainID, peer string) (protocol.Device, error) {
	x, err := g.loadHolder(tx, id, peer)
	if errors.Is(err, feature.ErrNotFound) {
		return protocol.Device{}, nil
	}
	return x.To, err
}
