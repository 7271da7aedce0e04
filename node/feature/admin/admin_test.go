package admin_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"conclave/node/feature"
	"conclave/node/feature/admin"
	"conclave/node/keyring"
	"conclave/storage"
)

type nodeInfo struct{ dir string }

func (nodeInfo) PeerID() string      { return "peer" }
func (nodeInfo) Addresses() []string { return nil }
func (nodeInfo) Version() string     { return "v1" }
func (nodeInfo) Started() time.Time  { return time.Unix(1_000, 0) }
func (n nodeInfo) DataDir() string   { return n.dir }
func (nodeInfo) Public() string      { return "https://node.example" }

type delivery struct {
	feature.Delivery
	peers []feature.Peer
}

func (d delivery) Peers() []feature.Peer { return d.peers }

func describe(t *testing.T, dir string, d delivery) (admin.Node, error) {
	t.Helper()
	master := keyring.MasterFrom([32]byte{1})
	store, err := storage.Open(storage.Options{InMemory: true, Key: master.Store()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	ring, err := keyring.New("", master, store)
	if err != nil {
		t.Fatal(err)
	}
	if err := store.Update(t.Context(), func(tx *storage.Tx) error {
		for _, who := range []string{"ana", "bo"} {
			if err := tx.Put(ring.Node(), ring.Node().Key(storage.Accounts, storage.H([]byte(who))), []byte(who)); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	reg := feature.NewRegistry()
	feature.Install(reg, feature.Services{Store: store, Realms: ring, Keys: ring, Node: nodeInfo{dir}, Delivery: d}, admin.Feature())
	op, ok := reg.Operation("node.get")
	if !ok || op.Access != feature.Owner {
		t.Fatalf("node.get: got %+v, want it for the owner", op)
	}
	out, err := op.Call(t.Context(), feature.Nothing{})
	if err != nil {
		return admin.Node{}, err
	}
	return out.(admin.Node), nil
}

func TestNodeShowsItsDiskAndPeers(t *testing.T) {
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "store"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "store", "x"), make([]byte, 1<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	sparse, err := os.Create(filepath.Join(dir, "store", "sparse"))
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(sparse.Truncate(1<<30), sparse.Close()); err != nil {
		t.Fatal(err)
	}
	got, err := describe(t, dir, delivery{peers: []feature.Peer{{ID: "other", Waiting: 3, LastError: "no route"}}})
	if err != nil {
		t.Fatalf("node.get: %v", err)
	}
	if got.Accounts != 2 || got.PeerID != "peer" || got.Version != "v1" || got.PublicURL != "https://node.example" || got.ReadOnly != "" {
		t.Errorf("node: got %+v", got)
	}
	if got.Disk.ByNode < 1<<20 || got.Disk.ByNode > 1<<24 {
		t.Errorf("used by node: got %d bytes, want what 1 MiB and a sparse file take", got.Disk.ByNode)
	}
	if got.Disk.Free == 0 || got.Disk.Free > got.Disk.Total {
		t.Errorf("disk: got %+v", got.Disk)
	}
	if len(got.Peers) != 1 || got.Peers[0].LastError != "no route" || got.Addresses == nil {
		t.Errorf("peers and addresses: got %+v, %v", got.Peers, got.Addresses)
	}
}

func TestNodeWithoutAFolder(t *testing.T) {
	got, err := describe(t, "", delivery{})
	if err != nil || got.Disk != (admin.Disk{}) || got.Peers == nil {
		t.Errorf("node.get: got %+v, %v; want no disk and an empty list", got, err)
	}
	if _, err := describe(t, filepath.Join(t.TempDir(), "gone"), delivery{}); err == nil {
		t.Error("node.get of a folder that is gone: got no error")
	}
}
