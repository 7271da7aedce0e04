package vault

import (
	"fmt"
	"io"

	"golang.org/x/crypto/argon2"

	"conclave/crypto/canon"
	"conclave/crypto/identity"
	"conclave/crypto/seal"
)

// Cost is the price of trying one passphrase with Argon2id.
type Cost struct {
	Memory  uint32 // KiB
	Passes  uint32
	Threads uint8
}

// StandardCost is RFC 9106's second recommendation, about a second of a slow core. Cheaper costs are for tests only.
var StandardCost = Cost{Memory: 64 << 10, Passes: 3, Threads: 4}

// Bounds of a stored cost: what trying a hostile record may take.
const (
	maxMemory  = 256 << 10 // KiB
	maxPasses  = 16
	maxThreads = 16
	maxWork    = 1 << 20 // KiB * passes
)

// Passphrase opens the passphrase slot. Text is used byte for byte.
type Passphrase struct {
	seal.Hidden
	text []byte
	cost Cost
}

// NewPassphrase returns an unlocker; cost is that of slots it makes, an existing slot is opened at its own.
func NewPassphrase(text string, cost Cost) Passphrase {
	return Passphrase{text: []byte(text), cost: cost}
}

// argon are the stored parameters of a passphrase slot.
type argon struct {
	_       struct{} `cbor:",toarray"`
	Salt    [16]byte
	Memory  uint32
	Passes  uint32
	Threads uint8
}

func (a argon) check() error {
	switch {
	case a.Passes == 0 || a.Threads == 0 || a.Memory < 8*uint32(a.Threads),
		a.Passes > maxPasses, a.Threads > maxThreads, a.Memory > maxMemory,
		uint64(a.Memory)*uint64(a.Passes) > maxWork:
		return fmt.Errorf("passphrase cost of %d KiB, %d passes, %d threads: %w", a.Memory, a.Passes, a.Threads, ErrRecord)
	}
	return nil
}

func decodeArgon(params []byte) (argon, error) {
	a, err := canon.Unmarshal[argon](params)
	if err != nil {
		return argon{}, fmt.Errorf("decode passphrase slot: %w", err)
	}
	return a, a.check()
}

func (Passphrase) kind() Kind { return KindPassphrase }

func (p Passphrase) params(rand io.Reader) ([]byte, error) {
	a := argon{Memory: p.cost.Memory, Passes: p.cost.Passes, Threads: p.cost.Threads}
	if _, err := io.ReadFull(rand, a.Salt[:]); err != nil {
		return nil, fmt.Errorf("draw passphrase salt: %w", err)
	}
	return canon.MustMarshal(a), a.check()
}

func (p Passphrase) kek(_ identity.Account, params []byte) (*[32]byte, error) {
	a, err := decodeArgon(params)
	if err != nil {
		return nil, err
	}
	return (*[32]byte)(argon2.IDKey(p.text, a.Salt[:], a.Passes, a.Memory, a.Threads, 32)), nil
}

// Waste takes as long as trying the passphrase on a slot of its cost, so that an unknown account name answers no faster
// than a wrong passphrase.
func (p Passphrase) Waste() {
	argon2.IDKey(p.text, make([]byte, 16), p.cost.Passes, p.cost.Memory, p.cost.Threads, 32)
}
