// Package admin is the slice by which the owner of a node looks at the node: where it is, how full its disk is, which other
// nodes it knows and why one cannot be reached.
//
// It shows no content, and of people only how many accounts there are.
package admin

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"conclave/node/feature"
	"conclave/storage"
)

// Feature is the slice.
func Feature() feature.Feature {
	return feature.Feature{Name: "admin", Install: func(h *feature.Host) {
		s := &slice{h}
		feature.Handle(h, "node.get", "GET /api/v1/admin/node", "Describe the node, its disk and the nodes it knows.", s.node, feature.ForOwner)
	}}
}

type slice struct{ *feature.Host }

// Node describes a node to its owner.
type Node struct {
	PeerID    string         `json:"peer_id"`
	Version   string         `json:"version"`
	Addresses []string       `json:"addresses" nullable:"false"`
	PublicURL string         `json:"public_url" doc:"empty where the node has none"`
	Started   time.Time      `json:"started_at"`
	Accounts  int            `json:"accounts"`
	Disk      Disk           `json:"disk"`
	Peers     []feature.Peer `json:"peers" nullable:"false"`
	ReadOnly  string         `json:"read_only,omitempty" doc:"why the store takes nothing more; empty while it does"`
}

// Disk tells about the file system of the data folder, in bytes.
type Disk struct {
	Free   uint64 `json:"free" doc:"bytes that the node may still use"`
	Total  uint64 `json:"total"`
	ByNode uint64 `json:"used_by_node"`
}

func (s *slice) node(context.Context, feature.Nothing) (Node, error) {
	disk, err := measure(s.Node.DataDir())
	if err != nil {
		return Node{}, err
	}
	out := Node{
		PeerID: s.Node.PeerID(), Version: s.Node.Version(), Addresses: s.Node.Addresses(), PublicURL: s.Node.Public(),
		Started: s.Node.Started().UTC().Truncate(time.Millisecond), Disk: disk, Peers: s.Delivery.Peers(),
	}
	if out.Addresses == nil {
		out.Addresses = []string{}
	}
	if out.Peers == nil {
		out.Peers = []feature.Peer{}
	}
	if err := s.Store.Err(); err != nil {
		out.ReadOnly = err.Error()
	}
	return out, s.Store.View(func(tx feature.Tx) error {
		realm := s.Realms.Node()
		return tx.Scan(realm, realm.Key(storage.Accounts), storage.ScanOptions{KeysOnly: true}, func(storage.Key, []byte) (bool, error) {
			out.Accounts++
			return true, nil
		})
	})
}

// measure returns zeros for a node that keeps nothing on disk.
func measure(dir string) (Disk, error) {
	if dir == "" {
		return Disk{}, nil
	}
	var st unix.Statfs_t
	if err := unix.Statfs(dir, &st); err != nil {
		return Disk{}, fmt.Errorf("measure the disk: %w", err)
	}
	block := uint64(st.Bsize)
	d := Disk{Free: st.Bavail * block, Total: st.Blocks * block}
	err := filepath.WalkDir(dir, func(_ string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return skipGone(err)
		}
		info, err := e.Info()
		if err != nil {
			return skipGone(err)
		}
		d.ByNode += allocated(info)
		return nil
	})
	if err != nil {
		return Disk{}, fmt.Errorf("measure the data folder: %w", err)
	}
	return d, nil
}

// skipGone passes over files that the store deleted meanwhile.
func skipGone(err error) error {
	if os.IsNotExist(err) {
		return nil
	}
	return err
}

// allocated is what a file takes on the disk: the store's files are long but mostly empty.
func allocated(info fs.FileInfo) uint64 {
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		return uint64(st.Blocks) * 512
	}
	return uint64(info.Size())
}
