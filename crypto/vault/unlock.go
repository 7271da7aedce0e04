package vault

import (
	"crypto/subtle"
	"io"

	"conclave/crypto/canon"
	"conclave/crypto/identity"
	"conclave/crypto/seal"
)

// Token is the secret of a client's session. The server keeps its Hash only.
type Token struct {
	seal.Hidden
	b [32]byte
}

// TokenFrom wraps the 32 random bytes that the client presents.
func TokenFrom(b [32]byte) Token { return Token{b: b} }

// Hash returns SHA-256(L("tok") || token), by which the server knows the session.
func (t Token) Hash() [32]byte { return canon.Hash("tok", t.b[:]) }

func (Token) kind() Kind { return KindSession }

func (t Token) params(io.Reader) ([]byte, error) {
	h := t.Hash()
	return h[:], nil
}

func (t Token) kek(_ identity.Account, params []byte) (*[32]byte, error) {
	if h := t.Hash(); !equal(params, h[:]) {
		return nil, ErrLocked
	}
	return seal.DeriveKey(t.b[:], nil, "slot/session", nil), nil
}

// Passkey opens slots with the output of a passkey's PRF extension.
type Passkey struct {
	seal.Hidden
	prf [32]byte
}

// PasskeyFrom wraps the 32 bytes of the PRF's output.
func PasskeyFrom(prf [32]byte) Passkey { return Passkey{prf: prf} }

func (Passkey) kind() Kind { return KindPasskey }

func (Passkey) params(io.Reader) ([]byte, error) { return []byte{}, nil }

func (p Passkey) kek(_ identity.Account, params []byte) (*[32]byte, error) {
	if len(params) != 0 {
		return nil, ErrLocked
	}
	return seal.DeriveKey(p.prf[:], nil, "slot/passkey", nil), nil
}

// NodeKey opens the node slot of every account that is not sealed.
type NodeKey struct {
	seal.Hidden
	master [32]byte
}

// NodeKeyFrom wraps the node's master key.
func NodeKeyFrom(master [32]byte) NodeKey { return NodeKey{master: master} }

func (NodeKey) kind() Kind { return KindNode }

func (NodeKey) params(io.Reader) ([]byte, error) { return []byte{}, nil }

func (n NodeKey) kek(acct identity.Account, params []byte) (*[32]byte, error) {
	if len(params) != 0 {
		return nil, ErrLocked
	}
	return seal.DeriveKey(n.master[:], nil, "slot/node", acct[:]), nil
}

func equal(a, b []byte) bool { return subtle.ConstantTimeCompare(a, b) == 1 }
