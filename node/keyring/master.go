package keyring

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"conclave/crypto/seal"
)

// masterFile holds one version byte and 32 random bytes. Who reads it opens every account that is not sealed.
const (
	masterFile    = "node.key"
	masterVersion = 1
)

// Errors of OpenMaster.
var (
	ErrReadable = errors.New("the node's key file can be read by others; set its mode to 0600 and treat the key as known")
	ErrMaster   = errors.New("not a node key file that this version knows")
)

// Master is the node's master key. What the node needs is derived from it, each use under its own label.
type Master struct {
	seal.Hidden
	key [32]byte
}

// OpenMaster reads the node's master key from the file node.key of a folder, or makes it, durably and with mode 0600,
// before anything is sealed under it. It refuses a file that others can read (ErrReadable) or that has another form (ErrMaster).
func OpenMaster(dir string, random io.Reader) (*Master, error) {
	path := filepath.Join(dir, masterFile)
	raw, err := readPrivate(path)
	if errors.Is(err, fs.ErrNotExist) {
		raw, err = makeMaster(dir, random)
	}
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	defer clear(raw)
	if len(raw) != 33 || raw[0] != masterVersion {
		return nil, fmt.Errorf("open %s: %w", path, ErrMaster)
	}
	return MasterFrom([32]byte(raw[1:])), nil
}

// MasterFrom returns the master key of 32 random bytes, for a node that keeps nothing on disk.
func MasterFrom(key [32]byte) *Master { return &Master{key: key} }

// Export returns the file node.key, for a backup, which is encrypted.
func (m *Master) Export() []byte { return append([]byte{masterVersion}, m.key[:]...) }

// ImportMaster writes what Export returned into a folder that has no master key yet; fs.ErrExist where it has one.
func ImportMaster(dir string, exported []byte) (*Master, error) {
	if len(exported) != 33 || exported[0] != masterVersion {
		return nil, fmt.Errorf("restore the node's master key: %w", ErrMaster)
	}
	return MasterFrom([32]byte(exported[1:])), alone(dir, func() error {
		if _, err := os.Lstat(filepath.Join(dir, masterFile)); !errors.Is(err, fs.ErrNotExist) {
			return errors.Join(fs.ErrExist, err)
		}
		return replace(dir, masterFile, exported)
	})
}

func makeMaster(dir string, random io.Reader) ([]byte, error) {
	var raw []byte
	err := alone(dir, func() (err error) {
		if raw, err = readPrivate(filepath.Join(dir, masterFile)); !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		raw = append([]byte{masterVersion}, make([]byte, 32)...)
		if _, err := io.ReadFull(random, raw[1:]); err != nil {
			return err
		}
		return replace(dir, masterFile, raw)
	})
	return raw, err
}

// alone runs fn under a lock of the folder, which it makes, so that of two nodes started at once on a new folder neither
// replaces the key that the other has begun to use.
func alone(dir string, fn func() error) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	if err := unix.Flock(int(d.Fd()), unix.LOCK_EX); err != nil {
		return fmt.Errorf("lock the data folder: %w", err)
	}
	return fn()
}

// Derive returns the key of one named use (SPEC.md, keys at rest).
func (m *Master) Derive(use string) [32]byte { return m.derive("node/" + use) }

// Store returns the key of the storage engine's own encryption, the outer layer.
func (m *Master) Store() [32]byte { return m.derive("db/store") }

// PeerKey returns the Ed25519 key of the node's peer id. It never signs application data.
func (m *Master) PeerKey() ed25519.PrivateKey {
	seed := m.derive("peer")
	return ed25519.NewKeyFromSeed(seed[:])
}

func (m *Master) derive(label string) [32]byte { return *seal.DeriveKey(m.key[:], nil, label, nil) }

// readPrivate reads a small file that only its owner may read.
func readPrivate(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, ErrReadable
	}
	return io.ReadAll(io.LimitReader(f, 4096))
}

// replace writes a file of a folder so that after a crash either the old bytes or the new ones are there.
func replace(dir, name string, b []byte) error {
	f, err := os.CreateTemp(dir, "."+name+"-*") // made with mode 0600
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	_, err = f.Write(b)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), filepath.Join(dir, name))
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", name, errors.Join(err, os.Remove(f.Name())))
	}
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	if err := errors.Join(d.Sync(), d.Close()); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return nil
}
