package account

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"

	"conclave/crypto/canon"
	"conclave/crypto/vault"
)

// newSecret draws 256 bits and returns them with their text.
func newSecret(random io.Reader) (b [32]byte, text string, err error) {
	if _, err := io.ReadFull(random, b[:]); err != nil {
		return b, "", fmt.Errorf("draw a token: %w", err)
	}
	return b, base64.RawURLEncoding.EncodeToString(b[:]), nil
}

// readSecret reads the text of newSecret and nothing else.
func readSecret(text string) (b [32]byte, ok bool) {
	if len(text) != base64.RawURLEncoding.EncodedLen(len(b)) {
		return b, false
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil {
		return b, false
	}
	return [32]byte(raw), true
}

// handle names a session or an invitation without giving it away: half of the hash of its token, under which its row lies.
type handle [16]byte

func (h handle) String() string { return hex.EncodeToString(h[:]) }

func parseHandle(text string) (h handle, ok bool) {
	raw, err := hex.DecodeString(text)
	if err != nil || len(raw) != len(h) || hex.EncodeToString(raw) != text {
		return h, false
	}
	return handle(raw), true
}

func sessionHandle(t vault.Token) handle {
	h := t.Hash()
	return handle(h[:16])
}

func inviteHandle(secret [32]byte) handle {
	h := canon.Hash("invite", secret[:])
	return handle(h[:16])
}
