package timeline

import (
	"encoding/binary"

	"conclave/node/feature"
	"conclave/protocol"
	"conclave/storage"
)

// maxExtent is how many rows an extent covers. Somebody may leave any number unread: of more nothing is known, and nothing grows.
const maxExtent = 4096

// extent is Extent, from the store.
func (t *Timeline) extent(tx feature.Tx, log protocol.Log, after protocol.Place, was feature.Extent) (now feature.Extent, grown bool, err error) {
	realm, err := t.Keys.Conversation(tx, log)
	if err != nil {
		return now, false, err
	}
	b := &book{tx: tx, realm: realm}
	prefix := realm.Key(storage.Log)
	now = feature.Extent{Version: tx.Version(), Last: after}
	last, changed, old := b.rowKey(was.Last), false, 0
	err = tx.Stamps(realm, prefix, b.rowKey(after), func(k storage.Key, version uint64) bool {
		now.Rows++
		now.Last = cutPlace(k.After(prefix))
		if version <= was.Version {
			old++
		} else if k <= last {
			changed = true
		}
		return now.Rows <= maxExtent
	})
	if now.Rows > maxExtent {
		return feature.Extent{}, false, err
	}
	return now, err == nil && !changed && old == was.Rows && was.Version <= now.Version, err
}

// cutPlace reads a place from the end of a row's key, which holds the first half of the id.
func cutPlace(k []byte) (p protocol.Place) {
	p.Ord, p.HLC = binary.BigEndian.Uint64(k), binary.BigEndian.Uint64(k[8:])
	copy(p.ID[:], k[16:])
	return p
}
