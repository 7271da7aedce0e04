package storage

import (
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
)

var updateGolden = flag.Bool("update", false, "write the golden files")

// TestKeyForms pins the bytes of keys: a change here makes every existing store unreadable.
func TestKeyForms(t *testing.T) {
	r := NewRealm([16]byte([]byte("prefix-16-bytes!")), [32]byte{1}, [32]byte{2})
	id := slices.Repeat([]byte{0xab}, 16)
	var b strings.Builder
	list := make([]Table, 0, len(tables))
	for table := range tables {
		list = append(list, table)
	}
	slices.Sort(list)
	for _, table := range list {
		fmt.Fprintf(&b, "%c %-17s %x\n", table, table, r.Key(table, H([]byte("natural"), []byte("key")), U64(7)))
	}
	fmt.Fprintf(&b, "log row   %x\n", r.Key(Log, U64(1), U64(2), Fixed(id)))
	fmt.Fprintf(&b, "prefix    %x\n", r.Key(Log))
	fmt.Fprintf(&b, "schema    %x\n", schemaKey)
	fmt.Fprintf(&b, "import    %x\n", importMark)
	const golden = "testdata/keys.golden"
	if *updateGolden {
		if err := os.WriteFile(golden, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if b.String() != string(want) {
		t.Errorf("keys\n%s\nwant\n%s", b.String(), want)
	}
}

func TestTableNamesAreDistinct(t *testing.T) {
	seen := make(map[string]Table)
	for table, name := range tables {
		if other, ok := seen[name]; ok {
			t.Errorf("tables %c and %c are both called %q", table, other, name)
		}
		seen[name] = table
	}
}

func TestHashedPartsDependOnEverything(t *testing.T) {
	r := testRealm("a")
	base := r.Key(Contacts, H([]byte("ab"), []byte("c")))
	for what, k := range map[string]Key{
		"where a part ends": r.Key(Contacts, H([]byte("a"), []byte("bc"))),
		"the table":         r.Key(Profile, H([]byte("ab"), []byte("c"))),
		"the realm":         testRealm("b").Key(Contacts, H([]byte("ab"), []byte("c"))),
		"an empty part":     r.Key(Contacts, H([]byte("ab"), []byte("c"), nil)),
	} {
		if k[1+prefixSize:] == base[1+prefixSize:] {
			t.Errorf("the hash does not depend on %s", what)
		}
	}
	if got := base.After(r.Key(Contacts)); len(got) != hashSize {
		t.Errorf("part of %d bytes, want %d", len(got), hashSize)
	}
	if got := base.After(r.Key(Profile)); got != nil {
		t.Errorf("After a foreign prefix = %x, want nil", got)
	}
}

func TestARealmPrintsNoKeys(t *testing.T) {
	index, value := [32]byte([]byte(strings.Repeat("I", 32))), [32]byte([]byte(strings.Repeat("V", 32)))
	r := NewRealm([16]byte{}, index, value)
	for _, format := range []string{"%v", "%+v", "%#v", "%s", "%x", "%d"} {
		if got := fmt.Sprintf(format, r); got != "[realm]" {
			t.Errorf("%s prints %q, want [realm]", format, got)
		}
		if got := fmt.Sprintf(format, struct{ R *Realm }{r}); strings.Contains(got, "III") || strings.Contains(got, hex.EncodeToString(index[:4])) {
			t.Errorf("%s of a holder prints %q", format, got)
		}
	}
}

func TestTamperedRowsAreRefused(t *testing.T) {
	s, r := openMemory(t), testRealm("a")
	k1, k2 := r.Key(Contacts, U64(1)), r.Key(Contacts, U64(2))
	other := r.Key(Profile, U64(1))
	update(t, s, func(tx *Tx) error {
		return errors.Join(tx.Put(r, k1, []byte("alice")), tx.Put(r, k2, []byte("bob")))
	})
	stored := func(k Key) (sealed []byte) {
		if err := s.View(func(tx *Tx) error {
			return tx.look(k, func(b []byte) error { sealed = slices.Clone(b); return nil })
		}); err != nil {
			t.Fatal(err)
		}
		return sealed
	}
	one, two := stored(k1), stored(k2)
	plant := func(what string, at Key, sealed []byte) {
		t.Helper()
		update(t, s, func(tx *Tx) error { return tx.set(at, sealed) })
		_, err := read(t, s, r, at)
		if !errors.Is(err, ErrCorrupt) || !strings.Contains(err.Error(), at.Table().String()) {
			t.Errorf("%s: %v, want ErrCorrupt with the table's name", what, err)
		}
		err = s.View(func(tx *Tx) error {
			return tx.Scan(r, r.Key(at.Table()), ScanOptions{}, func(Key, []byte) (bool, error) { return true, nil })
		})
		if !errors.Is(err, ErrCorrupt) {
			t.Errorf("%s: scan = %v, want ErrCorrupt", what, err)
		}
	}
	for i := range one {
		flipped := slices.Clone(one)
		flipped[i] ^= 0x10
		plant(fmt.Sprintf("bit of byte %d flipped", i), k1, flipped)
	}
	plant("value of another row", k1, two)
	plant("value of another table", other, one)
	plant("cut short", k1, one[:len(one)-1])
	plant("empty", k1, []byte{})
	update(t, s, func(tx *Tx) error { return tx.set(k1, one) })
	if got, err := read(t, s, r, k1); err != nil || got != "alice" {
		t.Errorf("put back as it was = %q, %v, want alice", got, err)
	}
	if _, err := read(t, s, NewRealm(r.prefix, r.index, [32]byte{9}), k1); !errors.Is(err, ErrCorrupt) {
		t.Errorf("under another value key: %v, want ErrCorrupt", err)
	}
}

func TestMisuseIsRefused(t *testing.T) {
	s, r, foreign := openMemory(t), testRealm("a"), testRealm("b")
	k := r.Key(Settings, U64(1))
	refuse := func(what string, fn func(*Tx) error) {
		t.Helper()
		if err := s.Update(t.Context(), fn); !errors.Is(err, ErrMisuse) {
			t.Errorf("%s: %v, want ErrMisuse", what, err)
		}
	}
	refuse("a key of another realm", func(tx *Tx) error { return tx.Put(foreign, k, nil) })
	refuse("an undeclared table", func(tx *Tx) error { return tx.Put(r, r.Key(0xfe, U64(1)), nil) })
	refuse("a deletion in an undeclared table", func(tx *Tx) error { tx.Delete("\xfe"); return nil })
	refuse("an error that the closure swallowed", func(tx *Tx) error { _ = tx.Put(foreign, k, nil); return nil })
	refuse("a scan that begins elsewhere", func(tx *Tx) error {
		return tx.Scan(r, r.Key(Settings), ScanOptions{From: r.Key(Profile, U64(1))}, nil)
	})
	var kept *Tx
	update(t, s, func(tx *Tx) error { kept = tx; return nil })
	if _, err := kept.Get(r, k); !errors.Is(err, ErrMisuse) {
		t.Errorf("get after the end: %v, want ErrMisuse", err)
	}
	if err := kept.Put(r, k, nil); !errors.Is(err, ErrMisuse) {
		t.Errorf("put after the end: %v, want ErrMisuse", err)
	}
	err := s.View(func(tx *Tx) error {
		if tx.Writable() {
			t.Error("the Tx of a View says it is writable")
		}
		return tx.Put(r, k, nil)
	})
	if !errors.Is(err, ErrMisuse) {
		t.Errorf("put in a View: %v, want ErrMisuse", err)
	}
}
