package handshake

import (
	"bytes"
	"crypto/rand"
	"errors"
	"reflect"
	"testing"

	"conclave/crypto/canon"
	"conclave/crypto/seal"
)

func newSealKey(t testing.TB) *seal.KEMKey {
	t.Helper()
	k, err := seal.NewKEMKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestSealedMessagesOpenAtTheirDeviceOnly(t *testing.T) {
	key := newSealKey(t)
	acct, dev := [32]byte{1}, [16]byte{2}
	want := fullMessage()
	want.Version = messageVersion
	sealed, err := Seal(key.Public(), acct, dev, want)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := Open(key, acct, dev, sealed); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("open: got %+v, %v, want %+v", got, err, want)
	}
	for name, open := range map[string]func() (Message, error){
		"another account": func() (Message, error) { return Open(key, [32]byte{9}, dev, sealed) },
		"another device":  func() (Message, error) { return Open(key, acct, [16]byte{9}, sealed) },
		"another key":     func() (Message, error) { return Open(newSealKey(t), acct, dev, sealed) },
		"cut":             func() (Message, error) { return Open(key, acct, dev, sealed[:len(sealed)-1]) },
		"empty":           func() (Message, error) { return Open(key, acct, dev, nil) },
	} {
		if _, err := open(); !errors.Is(err, ErrSealed) {
			t.Errorf("%s: got %v, want %v", name, err, ErrSealed)
		}
	}
	for i := 0; i < len(sealed); i += 97 {
		changed := bytes.Clone(sealed)
		changed[i] ^= 1
		if _, err := Open(key, acct, dev, changed); !errors.Is(err, ErrSealed) {
			t.Errorf("byte %d changed: got %v, want %v", i, err, ErrSealed)
		}
	}
}

func TestSealedMessagesFillTheirBuckets(t *testing.T) {
	key := newSealKey(t)
	for _, c := range []struct{ first, want int }{{100, 8 << 10}, {5 << 10, 8 << 10}, {6 << 10, 16 << 10}, {16 << 10, 32 << 10}, {29 << 10, 32 << 10}} {
		m := fullMessage()
		m.First = make([]byte, c.first)
		sealed, err := Seal(key.Public(), [32]byte{}, [16]byte{}, m)
		if err != nil {
			t.Fatal(err)
		}
		if got := len(sealed) + 1; got != c.want {
			t.Errorf("blob with a first message of %d bytes: got %d, want %d", c.first, got, c.want)
		}
	}
	m := fullMessage()
	m.First = make([]byte, 30<<10)
	if _, err := Seal(key.Public(), [32]byte{}, [16]byte{}, m); !errors.Is(err, ErrTooLarge) {
		t.Errorf("first message of 30 KiB: got %v, want %v", err, ErrTooLarge)
	}
	if _, err := Open(key, [32]byte{}, [16]byte{}, make([]byte, MaxMessageSize)); !errors.Is(err, ErrTooLarge) {
		t.Errorf("sealed message over the limit: got %v, want %v", err, ErrTooLarge)
	}
}

func TestDecodeRefusesWhatEncodeDoesNotMake(t *testing.T) {
	for name, change := range map[string]func(*Message){
		"no first message":      func(m *Message) { m.First = nil },
		"two KEM keys":          func(m *Message) { m.LRKID = m.OTKID },
		"no KEM key":            func(m *Message) { m.OTKID = nil },
		"empty entries":         func(m *Message) { m.Entries = []canon.Raw{} },
		"too large entries":     func(m *Message) { m.Entries = []canon.Raw{canon.MustMarshal(make([]byte, MaxEntriesSize))} },
		"entry that is no CBOR": func(m *Message) { m.Entries = []canon.Raw{{0xff}} },
	} {
		m := fullMessage()
		change(&m)
		if _, err := m.Encode(); !errors.Is(err, ErrMessage) {
			t.Errorf("%s: got %v, want %v", name, err, ErrMessage)
		}
	}
	good, err := fullMessage().Encode()
	if err != nil {
		t.Fatal(err)
	}
	for n := range good {
		if _, err := Decode(good[:n]); !errors.Is(err, ErrMessage) {
			t.Fatalf("cut to %d bytes: got %v, want %v", n, err, ErrMessage)
		}
	}
	if _, err := Decode(append(bytes.Clone(good), 0)); !errors.Is(err, ErrMessage) {
		t.Errorf("trailing byte: got %v, want %v", err, ErrMessage)
	}
	fields, err := canon.Unmarshal[map[uint64]canon.Raw](good)
	if err != nil {
		t.Fatal(err)
	}
	for k := range fields {
		without := map[uint64]canon.Raw{}
		for l, v := range fields {
			if l != k {
				without[l] = v
			}
		}
		if _, err := Decode(canon.MustMarshal(without)); !errors.Is(err, ErrMessage) {
			t.Errorf("without field %d: got %v, want %v", k, err, ErrMessage)
		}
	}
	fields[17] = canon.Raw{0}
	if _, err := Decode(canon.MustMarshal(fields)); !errors.Is(err, ErrMessage) {
		t.Errorf("unknown field: got %v, want %v", err, ErrMessage)
	}
	delete(fields, 17)
	fields[0] = canon.Raw{2}
	if _, err := Decode(canon.MustMarshal(fields)); !errors.Is(err, ErrMessage) {
		t.Errorf("another version: got %v, want %v", err, ErrMessage)
	}
}

func TestEntriesAreOptional(t *testing.T) {
	m := fullMessage()
	m.Entries, m.Routes = nil, nil
	m.OTKID, m.LRKID = nil, m.OTKID
	b, err := m.Encode()
	if err != nil {
		t.Fatal(err)
	}
	got, err := Decode(b)
	if err != nil || got.Entries != nil || got.Routes != nil || got.LRKID == nil {
		t.Errorf("decode: got %+v, %v, want no entries and no routes", got, err)
	}
}

func FuzzDecode(f *testing.F) {
	for _, entries := range [][]canon.Raw{nil, fullMessage().Entries} {
		m := fullMessage()
		m.Entries = entries
		b, err := m.Encode()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := Decode(b)
		if err != nil {
			return
		}
		if again, err := m.Encode(); err != nil || !bytes.Equal(again, b) {
			t.Errorf("decoded %x, encoded again %x, %v", b, again, err)
		}
	})
}
