package mailbox

import (
	"context"

	"conclave/crypto/canon"
	"conclave/node/feature"
	"conclave/protocol"
	"conclave/storage"
)

// Feature lets the owner of the node see what it keeps for others.
func (k *Keeper) Feature() feature.Feature {
	return feature.Feature{Name: "keeper", Install: func(h *feature.Host) {
		feature.Handle(h, "keeper.get", "GET /api/v1/admin/mailboxes", "Tell for whom the node keeps messages, and how much.", k.kept, feature.ForOwner)
	}}
}

// Kept is what a node keeps for others. It names nobody.
type Kept struct {
	Mode   string `json:"mode" enum:"off,contacts,anyone" doc:"for whom it keeps"`
	Nodes  int    `json:"nodes" doc:"nodes that it keeps for"`
	Queues int    `json:"queues" doc:"queues that they registered"`
	Blobs  int    `json:"messages" doc:"sealed messages that wait"`
	Bytes  int64  `json:"bytes" doc:"what they take"`
	Most   int64  `json:"most" doc:"bytes that one node may use"`

	Fullest int64 `json:"-"` // bytes of the node that has most here
}

func (k *Keeper) kept(context.Context, feature.Nothing) (Kept, error) {
	out := Kept{Mode: k.Mode.String(), Most: MaxBytes}
	err := k.Store.View(func(tx feature.Tx) error {
		if err := tx.Scan(k.Realm, k.Realm.Key(storage.MailboxOwners), storage.ScanOptions{}, func(_ storage.Key, v []byte) (bool, error) {
			if len(v) == len(protocol.Queue{}) {
				return true, nil // the name of a queue, below its owner
			}
			o, err := canon.UnmarshalOwn[owner](v)
			out.Nodes++
			out.Queues += int(o.Queues)
			out.Bytes += int64(o.Bytes)
			out.Fullest = max(out.Fullest, int64(o.Bytes))
			return true, err
		}); err != nil {
			return err
		}
		return tx.Scan(k.Realm, k.Realm.Key(storage.MailboxQueues), storage.ScanOptions{}, func(_ storage.Key, v []byte) (bool, error) {
			b, err := canon.UnmarshalOwn[box](v)
			out.Blobs += int(b.Blobs)
			return true, err
		})
	})
	return out, err
}
