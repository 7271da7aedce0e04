package directory

import (
	"errors"

	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/net"
)

// Routes returns where the node of an account is found, as far as is known; for a local account where this one is.
func (d *Directory) Routes(tx feature.Tx, a protocol.Account) []string {
	r, err := d.load(tx, a)
	if err != nil {
		return nil
	}
	if r.Name != "" {
		return d.shown()
	}
	return append([]string(nil), r.Addresses[:min(len(r.Addresses), protocol.MaxAddresses)]...)
}

// Adopt keeps where a third node says that the node of an account is found, if nothing is known of that. near tells that the
// third node is on this machine.
func (d *Directory) Adopt(tx feature.Tx, a protocol.Account, addrs []string, near bool) error {
	r, err := d.load(tx, a)
	if errors.Is(err, feature.ErrNotFound) || err == nil && (len(r.Addresses) > 0 || r.Name != "") {
		return nil
	}
	if err != nil {
		return err
	}
	return d.SetAddresses(tx, a, net.Believable(addrs, near))
}
