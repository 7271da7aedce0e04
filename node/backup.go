package node

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"conclave/crypto/identity"
	"conclave/node/feature"
	"conclave/node/keyring"
	"conclave/protocol"
	"conclave/storage"
	"conclave/storage/backup"
)

// leftOut are the tables that a backup does not hold: what would roll a ratchet back, and what is worth nothing elsewhere.
var leftOut = map[storage.Table]bool{
	storage.Sessions: true, storage.Pairs: true, storage.Queues: true, storage.Prekeys: true, storage.PrekeySecrets: true,
	storage.Chains: true, storage.Ratchet: true, storage.Tombstones: true, storage.Dedup: true, storage.Inbox: true, storage.WebSessions: true, storage.Idempotency: true,
}

// Backup writes the node into one stream encrypted to recipients, while it runs: its master key, accounts, contacts, history and
// what waits to be sent; no sessions, no prekeys. Who restores it is a new device.
func (n *Node) Backup(ctx context.Context, w io.Writer, recipients []backup.Recipient) error {
	began := n.config.Now()
	if err := backup.Write(ctx, n.store, w, recipients, func(t storage.Table) bool { return !leftOut[t] }, n.master.Export()); err != nil {
		return err
	}
	if err := n.ran(ctx, began, backups); err != nil {
		n.config.Logger.Warn("note that a backup was made", "err", err) // the backup itself is whole
	}
	return nil
}

// backups are made when somebody wants one; when that was is remembered as it is of jobs.
var backups = feature.Job{Name: "backup"}

// BackedUp is when the last backup was made, zero for never. A node that was restored knows of the one before.
func (n *Node) BackedUp() (time.Time, error) {
	var at uint64
	err := n.store.View(func(tx feature.Tx) (err error) {
		at, err = storage.GetAs[uint64](tx, n.keys.Node(), n.runKey(backups))
		return err
	})
	if errors.Is(err, storage.ErrNotFound) {
		return time.Time{}, nil
	}
	return time.UnixMilli(int64(at)), err
}

// Restore fills an empty data folder from a backup. It checks the whole stream before it writes anything there.
func Restore(ctx context.Context, dir string, r io.Reader, identities []backup.Identity) error {
	if entries, err := os.ReadDir(dir); err == nil && len(entries) > 0 {
		return fmt.Errorf("%s is not empty: a backup is restored into a new folder", dir)
	}
	_, missing := os.Stat(dir)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("make the data folder: %w", err)
	}
	archive, err := backup.Open(r, dir, identities)
	if err != nil {
		if missing != nil {
			_ = os.Remove(dir) // it was made for nothing, and a folder that somebody put something into stays
		}
		return err
	}
	defer archive.Close()
	master, err := keyring.ImportMaster(dir, archive.Extra)
	if err != nil {
		return err
	}
	store, err := storage.Open(storage.Options{Dir: filepath.Join(dir, "store"), Key: master.Store()})
	if err != nil {
		return err
	}
	if err := archive.Restore(ctx, store); err != nil {
		return errors.Join(err, store.Close())
	}
	keys, err := keyring.New(dir, master, store)
	if err != nil {
		return errors.Join(err, store.Close())
	}
	err = store.Update(ctx, func(tx feature.Tx) error {
		return storage.PutAs(tx, keys.Node(), restoredKey(keys.Node()), uint64(1)+restored(tx, keys.Node()))
	})
	return errors.Join(err, store.Close())
}

// restoredKey is how often the store was restored; under renewedKey stands for which of those an account got a new device.
func restoredKey(node *storage.Realm) storage.Key {
	return node.Key(storage.Settings, storage.H([]byte("restored")))
}

func renewedKey(node *storage.Realm, a protocol.Account) storage.Key {
	return node.Key(storage.Settings, storage.H([]byte("restored"), a[:]))
}

func restored(tx feature.Tx, node *storage.Realm) uint64 {
	n, err := storage.GetAs[uint64](tx, node, restoredKey(node))
	if err != nil {
		return 0
	}
	return n
}

// renew gives an account a new device in the place of the one that the backup was made on, once after a restore, when it is unlocked.
func (n *Node) renew(ctx context.Context, a protocol.Account) error {
	realm := n.keys.Node()
	due := false
	if err := n.store.View(func(tx feature.Tx) error {
		done, err := storage.GetAs[uint64](tx, realm, renewedKey(realm, a))
		if errors.Is(err, storage.ErrNotFound) {
			err = nil
		}
		due = restored(tx, realm) > done
		return err
	}); err != nil || !due {
		return err
	}
	return n.store.Update(ctx, func(tx feature.Tx) error {
		was, err := n.keys.Device(a)
		if err != nil {
			return err
		}
		if was.AIK == nil {
			return fmt.Errorf("renew a device: %w", identity.ErrRevoked)
		}
		log, err := n.directory.Log(tx, a)
		if err != nil {
			return err
		}
		made, err := identity.NewDeviceKeys(n.random())
		if err != nil {
			return err
		}
		record := made.Device(identity.Account(a), []byte(n.PeerID()), 0, n.config.Now())
		entry := log.Next(n.config.Now())
		entry.Devices = []identity.Device{record}
		for _, d := range log.Head().Devices {
			if d.ID != identity.DeviceID(was.ID) {
				entry.Devices = append(entry.Devices, d)
			}
		}
		if err := n.directory.Merge(tx, a, []identity.Signed{entry.Sign(was.AIK.Previous())}); err != nil {
			return fmt.Errorf("announce the new device: %w", err)
		}
		now := feature.Device{ID: protocol.Device(record.ID), AIK: was.AIK, DeviceKeys: made}
		if err := n.keys.Replace(tx, a, now); err != nil {
			return err
		}
		if err := n.delivery.Resend(tx, a, was.ID, now.ID); err != nil {
			return err
		}
		return storage.PutAs(tx, realm, renewedKey(realm, a), restored(tx, realm))
	})
}
