package oracle

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"

	"go.mau.fi/libsignal/ecc"
	"go.mau.fi/libsignal/keys/identity"
	"go.mau.fi/libsignal/keys/prekey"
	"go.mau.fi/libsignal/logger"
	"go.mau.fi/libsignal/protocol"
	"go.mau.fi/libsignal/session"
	"go.mau.fi/libsignal/signalerror"
	"go.mau.fi/libsignal/state/record"
	"go.mau.fi/libsignal/tests"
	"go.mau.fi/libsignal/util/optional"

	"conclave/crypto/internal/doubleratchet"
	"conclave/crypto/internal/kdf"
	"conclave/crypto/seal"
)

// theirs is libsignal with a session to us.
type theirs struct {
	builder *session.Builder
	cipher  *session.Cipher
	keys    *identity.KeyPair
}

// silent keeps libsignal from printing every refused message.
type silent struct{}

func (silent) Debug(_, _ string)   {}
func (silent) Info(_, _ string)    {}
func (silent) Warning(_, _ string) {}
func (silent) Error(_, _ string)   {}
func (silent) Configure(string)    {}

var noLog logger.Loggable = silent{}

var address = protocol.NewSignalAddress("ours", 1)

func newTheirs(t testing.TB, own, spk, opk *seal.DHKey) theirs {
	t.Helper()
	logger.Setup(&noLog)
	ctx := context.Background()
	keys := identity.NewKeyPair(identity.NewKey(ecc.NewDjbECPublicKey(own.Public())), ecc.NewDjbECPrivateKey([32]byte(own.Bytes())))
	prekeys, signed := tests.NewInMemoryPreKey(), tests.NewInMemorySignedPreKey()
	if spk != nil {
		sig := ecc.CalculateSignature(keys.PrivateKey(), pair(spk).PublicKey().Serialize())
		if err := signed.StoreSignedPreKey(ctx, 1, record.NewSignedPreKey(1, 0, pair(spk), sig, wire.SignedPreKeyRecord)); err != nil {
			t.Fatal(err)
		}
		if err := prekeys.StorePreKey(ctx, 2, record.NewPreKey(2, pair(opk), wire.PreKeyRecord)); err != nil {
			t.Fatal(err)
		}
	}
	builder := session.NewBuilder(tests.NewInMemorySession(wire), prekeys, signed, tests.NewInMemoryIdentityKey(keys, 7), address, wire)
	return theirs{builder, session.NewCipher(builder, address), keys}
}

func (th theirs) encrypt(text string) (*protocol.SignalMessage, error) {
	m, err := th.cipher.Encrypt(context.Background(), []byte(text))
	if err != nil {
		return nil, err
	}
	if first, ok := m.(*protocol.PreKeySignalMessage); ok {
		return first.WhisperMessage(), nil
	}
	return m.(*protocol.SignalMessage), nil
}

func (th theirs) decrypt(m *protocol.SignalMessage) (string, error) {
	text, err := th.cipher.Decrypt(context.Background(), m)
	return string(text), err
}

func identityKey(k *seal.DHKey) *identity.Key {
	return identity.NewKey(ecc.NewDjbECPublicKey(k.Public()))
}

// weBegin is a session in which we are the initiator; its first message has been read.
func weBegin(t testing.TB) (*ours, theirs) {
	t.Helper()
	id, base, peer, spk, opk := newKey(t), newKey(t), newKey(t), newKey(t), newKey(t)
	rootKey := agree(t, dh(id, spk.Public()), dh(base, peer.Public()), dh(base, spk.Public()), dh(base, opk.Public()))
	state, err := doubleratchet.Initiator(root, rootKey, [32]byte{}, [32]byte{}, spk.Public(), doubleratchet.KeyOf(newKey(t)))
	if err != nil {
		t.Fatal(err)
	}
	o := &ours{state: state, own: identityKey(id), peer: identityKey(peer), chains: map[[32]byte]uint32{}}
	th := newTheirs(t, peer, spk, opk)
	m, err := o.encrypt("first")
	if err != nil {
		t.Fatal(err)
	}
	first, err := protocol.NewPreKeySignalMessage(protocol.CurrentVersion, 8, optional.NewOptionalUint32(2), 1,
		ecc.NewDjbECPublicKey(base.Public()), o.own, m, wire.PreKeySignalMessage, wire.SignalMessage)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := th.cipher.DecryptMessage(context.Background(), first); err != nil || string(got) != "first" {
		t.Fatalf("theirs reads our first message: got %q, %v, want first", got, err)
	}
	return o, th
}

// theyBegin is a session in which libsignal is the initiator; its first message has been read.
func theyBegin(t testing.TB) (*ours, theirs) {
	t.Helper()
	id, peer, spk, opk := newKey(t), newKey(t), newKey(t), newKey(t)
	th := newTheirs(t, peer, nil, nil)
	sig := ecc.CalculateSignature(ecc.NewDjbECPrivateKey([32]byte(id.Bytes())), pair(spk).PublicKey().Serialize())
	bundle := prekey.NewBundle(8, 1, optional.NewOptionalUint32(2), 1, pair(opk).PublicKey(), pair(spk).PublicKey(), sig, identityKey(id))
	if err := th.builder.ProcessBundle(context.Background(), bundle); err != nil {
		t.Fatal(err)
	}
	m, err := th.cipher.Encrypt(context.Background(), []byte("first"))
	if err != nil {
		t.Fatal(err)
	}
	first, err := protocol.NewPreKeySignalMessageFromBytes(m.Serialize(), wire.PreKeySignalMessage, wire.SignalMessage)
	if err != nil {
		t.Fatal(err)
	}
	base := first.BaseKey().PublicKey()
	rootKey := agree(t, dh(spk, peer.Public()), dh(id, base), dh(spk, base), dh(opk, base))
	state := doubleratchet.Responder(rootKey, [32]byte{}, [32]byte{}, doubleratchet.KeyOf(spk))
	o := &ours{state: state, own: identityKey(id), peer: identityKey(peer), chains: map[[32]byte]uint32{}}
	if got, err := o.decrypt(first.WhisperMessage()); err != nil || got != "first" {
		t.Fatalf("ours reads their first message: got %q, %v, want first", got, err)
	}
	return o, th
}

type party interface {
	encrypt(text string) (*protocol.SignalMessage, error)
	decrypt(m *protocol.SignalMessage) (string, error)
}

// roles runs a test with us as initiator and as responder.
func roles(t *testing.T, f func(t *testing.T, o *ours, th theirs)) {
	t.Run("we begin", func(t *testing.T) { o, th := weBegin(t); f(t, o, th) })
	t.Run("they begin", func(t *testing.T) { o, th := theyBegin(t); f(t, o, th) })
}

func mustEncrypt(t *testing.T, p party, text string) *protocol.SignalMessage {
	t.Helper()
	m, err := p.encrypt(text)
	if err != nil {
		t.Fatalf("%T encrypts %q: %v", p, text, err)
	}
	onWire, err := protocol.NewSignalMessageFromBytes(m.Serialize(), wire.SignalMessage)
	if err != nil {
		t.Fatal(err)
	}
	return onWire
}

func wantOpen(t *testing.T, p party, m *protocol.SignalMessage, want string) {
	t.Helper()
	if got, err := p.decrypt(m); err != nil || got != want {
		t.Fatalf("%T opens: got %q, %v, want %q", p, got, err, want)
	}
}

// Messages cross and overtake one another within a window that both sides bear; ORACLE_MESSAGES sets their number.
func TestTranscriptsAgree(t *testing.T) {
	total := 10_000
	if n, err := strconv.Atoi(os.Getenv("ORACLE_MESSAGES")); err == nil {
		total = n
	}
	roles(t, func(t *testing.T, o *ours, th theirs) {
		type letter struct {
			m    *protocol.SignalMessage
			text string
			age  int
		}
		rng := rand.New(rand.NewPCG(1, 2))
		sides := [2]party{o, th}
		var inbox [2][]letter
		turns := map[[32]byte]bool{}
		for i := range total {
			from := rng.IntN(2)
			text := fmt.Sprintf("message %d from %T", i, sides[from])
			m := mustEncrypt(t, sides[from], text)
			turns[m.SenderRatchetKey().PublicKey()] = true
			inbox[1-from] = append(inbox[1-from], letter{m, text, 0})
			for to := range 2 {
				for len(inbox[to]) > 3 {
					at := rng.IntN(3)
					if inbox[to][0].age >= 3 {
						at = 0
					}
					inbox[to][0].age++
					l := inbox[to][at]
					wantOpen(t, sides[to], l.m, l.text)
					if got, err := sides[to].decrypt(l.m); err == nil {
						t.Fatalf("%T opens %q twice: got %q, want an error", sides[to], l.text, got)
					}
					inbox[to] = append(inbox[to][:at:at], inbox[to][at+1:]...)
				}
			}
		}
		if len(turns) < total/20 {
			t.Errorf("ratchet keys used: got %d in %d messages, want more", len(turns), total)
		}
	})
}

func TestTwoThousandSkippedMessages(t *testing.T) {
	roles(t, func(t *testing.T, o *ours, th theirs) {
		for from, sides := range [][2]party{{o, th}, {th, o}} {
			var sent []*protocol.SignalMessage
			text := func(i int) string { return fmt.Sprintf("%d of side %d", i, from) }
			for i := range doubleratchet.MaxSkip + 2 {
				sent = append(sent, mustEncrypt(t, sides[0], text(i)))
			}
			last := doubleratchet.MaxSkip
			_, err := sides[1].decrypt(sent[last+1])
			if to := sides[1]; to == party(o) && !errors.Is(err, doubleratchet.ErrTooFarAhead) {
				t.Errorf("ours, one too far: got %v, want %v", err, doubleratchet.ErrTooFarAhead)
			} else if to != party(o) && err == nil {
				t.Errorf("theirs, one too far: got no error, want %v", signalerror.ErrTooFarIntoFuture)
			}
			wantOpen(t, sides[1], sent[last], text(last))
			for i := last - 1; i >= 0; i-- {
				wantOpen(t, sides[1], sent[i], text(i))
			}
		}
	})
}

func TestChainKeysAgree(t *testing.T) {
	key := [32]byte{1}
	chain := newSignalChain(key)
	for i := range 100 {
		seed, next := kdf.Step(&key)
		wantKey, wantMAC, wantIV := messageKeys(seed)
		got := chain.MessageKeys()
		if string(got.CipherKey()) != string(wantKey) || string(got.MacKey()) != string(wantMAC) || string(got.Iv()) != string(wantIV) {
			t.Fatalf("message keys %d differ", i)
		}
		key, chain = next, chain.NextKey()
		if string(chain.Key()) != string(key[:]) {
			t.Fatalf("chain key %d: got %x, want %x", i, key, chain.Key())
		}
	}
}
