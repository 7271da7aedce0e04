package oracle

import (
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"testing"

	"go.mau.fi/libsignal/cipher"
	"go.mau.fi/libsignal/ecc"
	"go.mau.fi/libsignal/keys/identity"
	"go.mau.fi/libsignal/protocol"
	"go.mau.fi/libsignal/serialize"

	"conclave/crypto/internal/doubleratchet"
	"conclave/crypto/seal"
)

var wire = serialize.NewProtoBufSerializer()

// ours is our state machine speaking Signal's protocol.
type ours struct {
	state  doubleratchet.State
	own    *identity.Key
	peer   *identity.Key
	chains map[[32]byte]uint32 // receiving chain of each ratchet key of the peer
}

// root is Signal's KDF_RK; there are no header keys.
func root(rk, dh [32]byte, _ []byte, _ uint32) (next, chain, header [32]byte) {
	out := derive(dh[:], rk[:], "WhisperRatchet", 64)
	return [32]byte(out[:32]), [32]byte(out[32:]), [32]byte{}
}

func derive(ikm, salt []byte, info string, n int) []byte {
	out, err := hkdf.Key(sha256.New, ikm, salt, info, n)
	if err != nil {
		panic(err)
	}
	return out
}

// agree is X3DH in Signal's order of exchanges.
func agree(t testing.TB, exchanges ...func() ([32]byte, error)) (rootKey [32]byte) {
	t.Helper()
	ikm := make([]byte, 32)
	for i := range ikm {
		ikm[i] = 0xff
	}
	for _, exchange := range exchanges {
		shared, err := exchange()
		if err != nil {
			t.Fatal(err)
		}
		ikm = append(ikm, shared[:]...)
	}
	return [32]byte(derive(ikm, nil, "WhisperText", 64)[:32])
}

func dh(private *seal.DHKey, public [32]byte) func() ([32]byte, error) {
	return func() ([32]byte, error) { return private.Shared(&public) }
}

func newKey(t testing.TB) *seal.DHKey {
	t.Helper()
	k, err := seal.NewDHKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func pair(k *seal.DHKey) *ecc.ECKeyPair {
	return ecc.NewECKeyPair(ecc.NewDjbECPublicKey(k.Public()), ecc.NewDjbECPrivateKey([32]byte(k.Bytes())))
}

// messageKeys are Signal's cipher key, MAC key and IV of a message seed.
func messageKeys(seed [32]byte) (key, mac, iv []byte) {
	out := derive(seed[:], nil, "WhisperMessageKeys", 80)
	return out[:32], out[32:64], out[64:]
}

func (o *ours) encrypt(text string) (*protocol.SignalMessage, error) {
	next := o.state
	if next.Due {
		var err error
		if next, err = next.Turn(rand.Reader, root, nil, 0); err != nil {
			return nil, err
		}
	}
	next, h, seed, err := next.Advance()
	if err != nil {
		return nil, err
	}
	key, mac, iv := messageKeys(seed)
	ct, err := cipher.EncryptCbc(iv, key, []byte(text))
	if err != nil {
		return nil, err
	}
	o.state = next
	return protocol.NewSignalMessage(protocol.CurrentVersion, h.N, max(h.PN, 1)-1, mac, ecc.NewDjbECPublicKey(h.DH), ct, o.own, o.peer, wire.SignalMessage)
}

func (o *ours) decrypt(m *protocol.SignalMessage) (string, error) {
	// Signal sends the last number of the previous chain, not its length.
	h := doubleratchet.Header{DH: m.SenderRatchetKey().PublicKey(), N: m.Counter(), PN: m.Structure().PreviousCounter + 1}
	next, seed, err := o.receive(h)
	if err != nil {
		return "", err
	}
	key, mac, iv := messageKeys(seed)
	if err := m.VerifyMac(protocol.CurrentVersion, o.peer, o.own, mac); err != nil {
		return "", err
	}
	text, err := cipher.DecryptCbc(iv, key, append([]byte(nil), m.Body()...))
	if err != nil {
		return "", err
	}
	o.state = next
	if h.DH == next.Peer {
		o.chains[h.DH] = next.Recv.Index
	}
	return string(text), nil
}

func (o *ours) receive(h doubleratchet.Header) (doubleratchet.State, [32]byte, error) {
	const never = 1 << 62
	index, known := o.chains[h.DH]
	if !known {
		return o.state.Next(root, h, nil, 0, never)
	}
	if index == o.state.Recv.Index && h.N >= o.state.Recv.N {
		return o.state.Current(h.N, 0, never)
	}
	for i, k := range o.state.Kept {
		if k.Index == index {
			return o.state.FromKept(i, h.N, 0)
		}
	}
	return o.state, [32]byte{}, fmt.Errorf("chain %d: %w", index, doubleratchet.ErrReplay)
}
