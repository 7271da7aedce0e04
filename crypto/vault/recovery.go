package vault

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"conclave/crypto/identity"
	"conclave/crypto/seal"
)

// The recovery key: 30 random symbols of 5 bits and 2 check symbols, in groups of 4 (SPEC.md, recovery key).
const (
	symbols   = 32
	random    = 30
	groupSize = 4
	// RecoveryGroups is the number of groups of four characters in a written recovery key.
	RecoveryGroups = symbols / groupSize
)

const crockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// ErrRecoveryKey is returned for text that is not a recovery key. *MistypedError says where, when that can be told.
var ErrRecoveryKey = errors.New("not a recovery key")

// MistypedError is an ErrRecoveryKey that names the group, from 0, in which the mistake most likely is.
type MistypedError struct{ Group int }

func (e *MistypedError) Error() string {
	return fmt.Sprintf("recovery key: group %d is mistyped", e.Group+1)
}

// Is makes errors.Is(err, ErrRecoveryKey) true.
func (e *MistypedError) Is(target error) bool { return target == ErrRecoveryKey }

// RecoveryKey is the one secret a person writes down: 150 random bits. It opens the recovery slot, signs recovery entries
// and opens backups. It prints as "[secret]"; Text is the only way to show it.
type RecoveryKey struct {
	seal.Hidden
	sym [random]byte
}

// NewRecoveryKey makes a key from 30 bytes of rand.
func NewRecoveryKey(rand io.Reader) (*RecoveryKey, error) {
	k := new(RecoveryKey)
	if _, err := io.ReadFull(rand, k.sym[:]); err != nil {
		return nil, fmt.Errorf("make recovery key: %w", err)
	}
	for i := range k.sym {
		k.sym[i] &= 31
	}
	return k, nil
}

// ParseRecoveryKey reads a key as people type it: any case, any spaces and dashes, O for 0, I and L for 1. Any one or two
// wrong characters, and any two exchanged, are noticed; of others one in a thousand is not.
func ParseRecoveryKey(text string) (*RecoveryKey, error) {
	sym, bad := readSymbols(text)
	switch {
	case bad >= 0:
		return nil, &MistypedError{min(bad/groupSize, RecoveryGroups-1)}
	case len(sym) != symbols:
		return nil, fmt.Errorf("%d of %d characters: %w", len(sym), symbols, ErrRecoveryKey)
	}
	k := &RecoveryKey{sym: [random]byte(sym)}
	if at := mistake(sym); at >= 0 {
		return nil, &MistypedError{at / groupSize}
	} else if at == severalMistakes {
		return nil, fmt.Errorf("check characters do not match: %w", ErrRecoveryKey)
	}
	return k, nil
}

// CheckGroup reports whether text can be a group of a recovery key: four characters of its alphabet. Whether they are the
// right ones only the whole key tells.
func CheckGroup(text string) bool {
	sym, bad := readSymbols(text)
	return bad < 0 && len(sym) == groupSize
}

// Text returns the key as it is written down: 8 groups of 4 characters, separated by spaces.
func (k *RecoveryKey) Text() string {
	var out strings.Builder
	check := checkSymbols(k.sym[:])
	for i, s := range append(k.sym[:random:random], check[:]...) {
		if i > 0 && i%groupSize == 0 {
			out.WriteByte(' ')
		}
		out.WriteByte(crockford[s])
	}
	return out.String()
}

// Group returns one group of Text, from 0, to compare with what a person confirms.
func (k *RecoveryKey) Group(i int) string { return strings.Fields(k.Text())[i] }

// MatchesGroup reports in constant time whether text is group i, as people type it.
func (k *RecoveryKey) MatchesGroup(i int, text string) bool {
	got, bad := readSymbols(text)
	want, _ := readSymbols(k.Group(i))
	return bad < 0 && equal(got, want)
}

// seed packs the 150 bits, first symbol first, into 19 bytes; the last two bits are zero.
func (k *RecoveryKey) seed() []byte {
	out := make([]byte, 0, (random*5+7)/8)
	var acc uint64
	var bits int
	for _, s := range k.sym {
		acc, bits = acc<<5|uint64(s), bits+5
		if bits >= 8 {
			bits -= 8
			out = append(out, byte(acc>>bits))
		}
	}
	return append(out, byte(acc<<(8-bits)))
}

// RK returns the key that signs recovery entries; its Commit goes into the identity log.
func (k *RecoveryKey) RK() *identity.RK {
	return identity.RKFrom(seal.DeriveKey(k.seed(), nil, "rec/ed", nil))
}

// AgeSeed returns the 32 secret bytes of the age identity that opens backups.
func (k *RecoveryKey) AgeSeed() [32]byte { return *seal.DeriveKey(k.seed(), nil, "rec/age", nil) }

func (*RecoveryKey) kind() Kind { return KindRecovery }

func (*RecoveryKey) params(io.Reader) ([]byte, error) { return []byte{}, nil }

func (k *RecoveryKey) kek(_ identity.Account, params []byte) (*[32]byte, error) {
	if len(params) != 0 {
		return nil, ErrLocked
	}
	return seal.DeriveKey(k.seed(), nil, "rec/slot", nil), nil
}

// readSymbols returns the values of the characters and the index among them of the first that is none, or -1.
func readSymbols(text string) (sym []byte, bad int) {
	for _, r := range text {
		switch {
		case r == ' ' || r == '-' || r == '\t' || r == '\n' || r == '\r' || r == '\u00a0' || r == '\u2013':
			continue
		case len(sym) > symbols:
			return sym, -1
		}
		v := symbol(r)
		if v < 0 {
			return sym, len(sym)
		}
		sym = append(sym, byte(v))
	}
	return sym, -1
}

func symbol(r rune) int {
	if r >= 'a' && r <= 'z' {
		r -= 'a' - 'A'
	}
	switch r {
	case 'O':
		return 0
	case 'I', 'L':
		return 1
	}
	return strings.IndexRune(crockford, r)
}
