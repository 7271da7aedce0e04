package storage

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

const (
	damageDirEnv    = "STORAGE_DAMAGED_DIR"
	damageRows      = 3000
	damagesInGate   = 40
	damagesByNight  = 500
	damagedTooLong  = time.Minute
	damagedRowBytes = 3000
)

// damagedRow is what row i holds: its length and bytes follow from i.
func damagedRow(i int) []byte {
	sum := sha256.Sum256(binary.BigEndian.AppendUint64(nil, uint64(i)))
	return bytes.Repeat(sum[:], 1+int(sum[0])*damagedRowBytes/255/len(sum))
}

// fillForDamage makes a store that has tables of several flushes, and where the process was killed a log that was not flushed.
func fillForDamage(t *testing.T, killed bool) string {
	t.Helper()
	dir := t.TempDir()
	r := testRealm("damage")
	put := func(s *Store, from, to int) {
		for at := from; at < to; at += 100 {
			if err := s.Update(t.Context(), func(tx *Tx) (err error) {
				for i := at; i < min(at+100, to); i++ {
					err = errors.Join(err, tx.Put(r, r.Key(Log, U64(uint64(i))), damagedRow(i)))
				}
				return err
			}); err != nil {
				t.Fatal(err)
			}
		}
	}
	s := openDir(t, dir)
	put(s, 0, damageRows/2)
	closeStore(t, s)
	s = openDir(t, dir)
	put(s, damageRows/2, damageRows)
	if !killed {
		closeStore(t, s)
		return dir
	}
	image := t.TempDir() // what a kill leaves is what the files hold now
	copyDir(t, dir, image)
	closeStore(t, s)
	return image
}

func copyDir(t *testing.T, from, to string) {
	t.Helper()
	if out, err := exec.Command("cp", "-a", "--sparse=always", from+"/.", to).CombinedOutput(); err != nil {
		t.Fatalf("copy: %v: %s", err, out)
	}
}

// readDamaged runs in a child process, which the engine may end. It says what became of the rows.
func readDamaged(dir string) string {
	s, err := Open(Options{Dir: dir, Key: [32]byte{1}})
	if err != nil {
		return "refused: " + err.Error()
	}
	r := testRealm("damage")
	var lost, shut, wrong int
	err = s.View(func(tx *Tx) error {
		for i := range damageRows {
			v, err := tx.Get(r, r.Key(Log, U64(uint64(i))))
			switch {
			case errors.Is(err, ErrNotFound):
				lost++
			case err != nil:
				shut++
			case !bytes.Equal(v, damagedRow(i)):
				wrong++
			}
		}
		return nil
	})
	return fmt.Sprintf("lost %d shut %d wrong %d: %v", lost, shut, wrong, errors.Join(err, s.Close()))
}

// TestDamageIsNeverSilent flips a bit of a stopped store, or cuts a file of it, at random places. The store then says so: it does not open,
// or the row that was hit does not, or nothing that counts was hit. It never shows other rows than were put, leaves out any, or ends the
// process.
func TestDamageIsNeverSilent(t *testing.T) {
	damages := damagesInGate
	switch {
	case testing.Short():
		t.Skip("damage takes its time")
	case os.Getenv("CONCLAVE_NIGHTLY") != "":
		damages = damagesByNight
	}
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	images := []string{fillForDamage(t, false), fillForDamage(t, true)}
	var refused, reported, harmless int
	dir := filepath.Join(t.TempDir(), "damaged")
	for n := range damages {
		if err := os.RemoveAll(dir); err != nil {
			t.Fatal(err)
		}
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		copyDir(t, images[n%2], dir)
		what := damage(t, random, dir)
		ctx, cancel := context.WithTimeout(t.Context(), damagedTooLong)
		c := exec.CommandContext(ctx, os.Args[0])
		c.Env = append(os.Environ(), damageDirEnv+"="+dir)
		var out, bad bytes.Buffer
		c.Stdout, c.Stderr = &out, &bad
		err := c.Run()
		cancel()
		var lost, shut, wrong int
		counted, _ := fmt.Sscanf(out.String(), "lost %d shut %d wrong %d", &lost, &shut, &wrong)
		switch {
		case err != nil:
			t.Errorf("%s: the process ended with %v: %.500s", what, err, bad.String())
		case strings.HasPrefix(out.String(), "refused"):
			refused++
		case counted != 3 || lost+wrong > 0:
			t.Errorf("%s: %s", what, out.String())
		case shut > 0:
			reported++
		default:
			harmless++
		}
	}
	fmt.Printf("damage: of %d places %d kept the store shut, %d rows, %d did no harm\n", damages, refused, reported, harmless)
}

// damage changes one file of a folder, and tells how.
func damage(t *testing.T, random *rand.Rand, dir string) string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	names = slices.DeleteFunc(names, func(f string) bool {
		st, err := os.Stat(f)
		return err != nil || st.Size() == 0 || filepath.Base(f) == ballastFile
	})
	name := names[random.IntN(len(names))]
	raw, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	used := len(bytes.TrimRight(raw, "\x00")) // the engine makes files longer than what it wrote
	at := random.IntN(max(used, 1))
	what := fmt.Sprintf("%s, %d of %d bytes, cut", filepath.Base(name), at, used)
	if random.IntN(2) == 0 {
		raw = raw[:at]
	} else {
		what = fmt.Sprintf("%s, byte %d of %d, a bit flipped", filepath.Base(name), at, used)
		raw[at] ^= 1 << random.IntN(8)
	}
	if err := os.WriteFile(name, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	return what
}

// TestLossIsAcceptedByWord: a log that was cut keeps the store shut, until somebody accepts what is lost; then it opens, also without the word.
func TestLossIsAcceptedByWord(t *testing.T) {
	dir := fillForDamage(t, true)
	logs, err := filepath.Glob(filepath.Join(dir, "*.mem"))
	if err != nil || len(logs) == 0 {
		t.Fatalf("logs of the engine: %v, %v", logs, err)
	}
	raw, err := os.ReadFile(logs[0])
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(logs[0], raw[:len(bytes.TrimRight(raw, "\x00"))/2], 0o600); err != nil {
		t.Fatal(err)
	}
	o := Options{Dir: dir, Key: [32]byte{1}}
	for range 2 {
		if _, err := Open(o); !errors.Is(err, ErrDamaged) {
			t.Fatalf("open what lost its end: %v, want ErrDamaged", err)
		}
	}
	accepting := o
	accepting.AcceptLoss = true
	for _, o := range []Options{accepting, o} {
		s, err := Open(o)
		if err != nil {
			t.Fatalf("open with the loss accepted: %v", err)
		}
		closeStore(t, s)
	}
}
