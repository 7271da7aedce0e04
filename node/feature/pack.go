package feature

import "conclave/protocol"

// Pack registers who knows the custom emoji of conversations: whether a name, without colons, has this picture there now.
func Pack(h *Host, has func(tx Tx, log protocol.Log, name string, picture protocol.Picture) (bool, error)) {
	h.reg.pack = has
}

// InPack tells whether a conversation has a custom emoji of this name, without colons, with this picture. Without a slice of packs it
// has none.
func (h *Host) InPack(tx Tx, log protocol.Log, name string, picture protocol.Picture) (bool, error) {
	if h.reg.pack == nil {
		return false, nil
	}
	return h.reg.pack(tx, log, name, picture)
}
