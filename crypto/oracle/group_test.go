package oracle

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"

	"go.mau.fi/libsignal/cipher"
	"go.mau.fi/libsignal/ecc"
	"go.mau.fi/libsignal/groups"
	"go.mau.fi/libsignal/kdf"
	"go.mau.fi/libsignal/keys/chain"
	"go.mau.fi/libsignal/protocol"
	"go.mau.fi/libsignal/tests"

	"conclave/crypto/internal/doubleratchet"
	ourkdf "conclave/crypto/internal/kdf"
)

func newSignalChain(key [32]byte) *chain.Key { return chain.NewKey(kdf.DeriveSecrets, key[:], 0) }

// groupKeys are Signal's IV and cipher key of a sender key's seed.
func groupKeys(seed [32]byte) (iv, key []byte) {
	out := derive(seed[:], nil, "WhisperGroup", 48)
	return out[:16], out[16:]
}

// Our receiving chain, the one group.Receiver runs on, opens libsignal's sender key messages in any order.
func TestSenderKeysFromTheirs(t *testing.T) {
	ctx := context.Background()
	store := tests.NewInMemorySenderKey()
	builder := groups.NewGroupSessionBuilder(store, wire)
	name := protocol.NewSenderKeyName("group", address)
	dist, err := builder.Create(ctx, name)
	if err != nil {
		t.Fatal(err)
	}
	sender := groups.NewGroupCipher(builder, name, store)
	state := doubleratchet.State{Recv: doubleratchet.Chain{Index: 1, N: dist.Iteration(), Key: [32]byte(dist.ChainKey())}}
	var sent []*protocol.SenderKeyMessage
	for i := range 500 {
		m, err := sender.Encrypt(ctx, []byte(fmt.Sprint("message ", i)))
		if err != nil {
			t.Fatal(err)
		}
		sent = append(sent, m.(*protocol.SenderKeyMessage))
	}
	for _, i := range rand.New(rand.NewPCG(1, 2)).Perm(len(sent)) {
		m := sent[i]
		next, seed, err := take(state, m.Iteration())
		if err != nil {
			t.Fatalf("message %d: %v", i, err)
		}
		state = next
		iv, key := groupKeys(seed)
		got, err := cipher.DecryptCbc(iv, key, append([]byte(nil), m.Ciphertext()...))
		if want := fmt.Sprint("message ", i); err != nil || string(got) != want {
			t.Fatalf("message %d: got %q, %v, want %q", i, got, err, want)
		}
		if _, _, err := take(state, m.Iteration()); !errors.Is(err, doubleratchet.ErrReplay) {
			t.Fatalf("message %d again: got %v, want %v", i, err, doubleratchet.ErrReplay)
		}
	}
}

func take(s doubleratchet.State, n uint32) (doubleratchet.State, [32]byte, error) {
	switch {
	case n >= s.Recv.N:
		return s.Current(n, 0, 1)
	case len(s.Kept) == 0:
		return s, [32]byte{}, doubleratchet.ErrReplay
	}
	return s.FromKept(0, n, 0)
}

// libsignal opens what our chain step seals.
func TestSenderKeysToTheirs(t *testing.T) {
	ctx := context.Background()
	signing, err := ecc.GenerateKeyPair()
	if err != nil {
		t.Fatal(err)
	}
	key := [32]byte{7}
	name := protocol.NewSenderKeyName("group", address)
	store := tests.NewInMemorySenderKey()
	builder := groups.NewGroupSessionBuilder(store, wire)
	dist := protocol.NewSenderKeyDistributionMessage(9, 0, bytes.Clone(key[:]), signing.PublicKey(), wire.SenderKeyDistributionMessage)
	if err := builder.Process(ctx, name, dist); err != nil {
		t.Fatal(err)
	}
	receiver := groups.NewGroupCipher(builder, name, store)
	var sent []*protocol.SenderKeyMessage
	for i := range 300 {
		var seed [32]byte
		seed, key = ourkdf.Step(&key)
		iv, k := groupKeys(seed)
		ct, err := cipher.EncryptCbc(iv, k, []byte(fmt.Sprint("message ", i)))
		if err != nil {
			t.Fatal(err)
		}
		sent = append(sent, protocol.NewSenderKeyMessage(9, uint32(i), ct, signing.PrivateKey(), wire.SenderKeyMessage))
	}
	for _, i := range rand.New(rand.NewPCG(3, 4)).Perm(len(sent)) {
		got, err := receiver.Decrypt(ctx, sent[i])
		if want := fmt.Sprint("message ", i); err != nil || string(got) != want {
			t.Fatalf("message %d: got %q, %v, want %q", i, got, err, want)
		}
	}
}
