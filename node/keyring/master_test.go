package keyring_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"conclave/node/keyring"
	"conclave/storage"
)

func TestMasterIsMadeOnceAndKept(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	first := openMaster(t, dir)
	again := openMaster(t, dir)
	if got, want := again.Store(), first.Store(); got != want {
		t.Errorf("store key after reopening: got %x, want %x", got, want)
	}
	if !again.PeerKey().Equal(first.PeerKey()) {
		t.Error("the peer key changed on reopening")
	}
	info, err := os.Stat(filepath.Join(dir, "node.key"))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := info.Mode().Perm(), os.FileMode(0o600); got != want {
		t.Errorf("mode of the key file: got %v, want %v", got, want)
	}
	if names, _ := filepath.Glob(filepath.Join(dir, ".*")); len(names) != 0 {
		t.Errorf("left behind: got %v, want nothing", names)
	}
}

func TestMasterIsOneForAllWhoStartAtOnce(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	keys := make([][32]byte, 16)
	var wg sync.WaitGroup
	for i := range keys {
		wg.Go(func() {
			m, err := keyring.OpenMaster(dir, rand.Reader)
			if err != nil {
				t.Errorf("OpenMaster: %v", err)
				return
			}
			keys[i] = m.Store()
		})
	}
	wg.Wait()
	for _, key := range keys {
		if key != keys[0] {
			t.Fatalf("store keys: got %x and %x, want one", key, keys[0])
		}
	}
}

func TestImportedMasterIsTheExportedOne(t *testing.T) {
	m, dir := openMaster(t, t.TempDir()), filepath.Join(t.TempDir(), "data")
	for _, bad := range [][]byte{nil, m.Export()[:32], append([]byte{2}, m.Export()[1:]...)} {
		if _, err := keyring.ImportMaster(dir, bad); !errors.Is(err, keyring.ErrMaster) {
			t.Errorf("ImportMaster of %d bytes: got %v, want %v", len(bad), err, keyring.ErrMaster)
		}
	}
	if _, err := keyring.ImportMaster(dir, m.Export()); err != nil {
		t.Fatalf("ImportMaster: %v", err)
	}
	if got, want := openMaster(t, dir).Store(), m.Store(); got != want {
		t.Errorf("store key: got %x, want %x", got, want)
	}
	if _, err := keyring.ImportMaster(dir, m.Export()); !errors.Is(err, fs.ErrExist) {
		t.Errorf("ImportMaster over a key: got %v, want %v", err, fs.ErrExist)
	}
}

func TestMasterKeysDifferByUse(t *testing.T) {
	m := keyring.MasterFrom([32]byte{1})
	keys := map[[32]byte]string{m.Store(): "store", [32]byte(m.PeerKey().Seed()): "peer"}
	for _, use := range []string{"setup", "peer", "db/store"} {
		if other, taken := keys[m.Derive(use)]; taken {
			t.Errorf("Derive(%q): got the key of %s, want another", use, other)
		}
		keys[m.Derive(use)] = use
	}
	if got, want := m.Derive("setup"), keyring.MasterFrom([32]byte{2}).Derive("setup"); got == want {
		t.Error("two masters derive the same key")
	}
}

func TestMasterRefusesBadFiles(t *testing.T) {
	cases := []struct {
		name string
		file []byte
		mode os.FileMode
		want error
	}{
		{"readable by the group", make([]byte, 33), 0o640, keyring.ErrReadable},
		{"readable by all", make([]byte, 33), 0o604, keyring.ErrReadable},
		{"cut short", make([]byte, 32), 0o600, keyring.ErrMaster},
		{"empty", nil, 0o600, keyring.ErrMaster},
		{"of a newer version", append([]byte{2}, make([]byte, 32)...), 0o600, keyring.ErrMaster},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, "node.key")
			if err := errors.Join(os.WriteFile(path, c.file, 0o600), os.Chmod(path, c.mode)); err != nil {
				t.Fatal(err)
			}
			_, err := keyring.OpenMaster(dir, rand.Reader)
			if !errors.Is(err, c.want) {
				t.Errorf("OpenMaster: got %v, want %v", err, c.want)
			}
			if got, _ := os.ReadFile(path); !bytes.Equal(got, c.file) {
				t.Errorf("the file: got %x, want it as it was", got)
			}
		})
	}
}

func TestSecretsDoNotPrint(t *testing.T) {
	n := newNode(t, t.TempDir())
	for _, v := range []any{n.master, n.ring, n.ring.Shred(), keyring.ConversationKey{}, *n.master} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x"} {
			if got, want := fmt.Sprintf(verb, v), "[secret]"; got != want {
				t.Errorf("%T with %s: got %q, want %q", v, verb, got, want)
			}
		}
	}
}

func openMaster(t *testing.T, dir string) *keyring.Master {
	t.Helper()
	m, err := keyring.OpenMaster(dir, rand.Reader)
	if err != nil {
		t.Fatalf("OpenMaster: %v", err)
	}
	return m
}

// TestKeysOfADataFolderStayTheSame pins what is derived from a master key: a change makes every data folder unreadable.
func TestKeysOfADataFolderStayTheSame(t *testing.T) {
	m := keyring.MasterFrom([32]byte{1, 2, 3})
	store, err := storage.Open(storage.Options{InMemory: true, Key: m.Store()})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	ring, err := keyring.New("", m, store)
	if err != nil {
		t.Fatal(err)
	}
	key, use := m.Store(), m.Derive("setup")
	for what, c := range map[string]struct{ got, want string }{
		"store key":  {hex.EncodeToString(key[:]), "5ef55fa31384e41ea38d0381aef0fbdaea3e1cea0862fb6cfb2281a80d3b0443"},
		"peer key":   {hex.EncodeToString(m.PeerKey().Public().(ed25519.PublicKey)), "d7776b46ec17ba9199b67ddb2d9da3614a780714f963257e624ec43bde778f9b"},
		"use":        {hex.EncodeToString(use[:]), "8b244521fdb5ce8113a1b5ee547a015f93f33d232c6e35c84451da541a1dc61f"},
		"node realm": {hex.EncodeToString([]byte(ring.Node().Key(storage.Accounts, storage.H([]byte("ana"))))), "6130b0a54029cbcfcb098b892544b29164380fea78697dc3307d46f7ab5a79011b"},
	} {
		if c.got != c.want {
			t.Errorf("%s: got %s, want %s", what, c.got, c.want)
		}
	}
}
