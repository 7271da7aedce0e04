package group

import (
	"bytes"
	"testing"
)

func FuzzDecodeInner(f *testing.F) {
	c := newChain(f)
	f.Add(c.seal(f, "hello", [32]byte{1}, [32]byte{2}).Encode())
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := DecodeInner(b)
		if err == nil && !bytes.Equal(m.Encode(), b) {
			t.Errorf("decoded %x, encoded again %x", b, m.Encode())
		}
	})
}

func FuzzDecodeRecords(f *testing.F) {
	c := newChain(f)
	d := c.s.KeyDist()
	f.Add(d.Encode())
	f.Add(d.Cert.Encode())
	f.Add(Proof{Chain: ChainID{1}, N: 2}.Encode())
	f.Fuzz(func(t *testing.T, b []byte) {
		if v, err := DecodeKeyDist(b); err == nil && !bytes.Equal(v.Encode(), b) {
			t.Errorf("hand-over %x, encoded again %x", b, v.Encode())
		}
		if v, err := DecodeCert(b); err == nil && !bytes.Equal(v.Encode(), b) {
			t.Errorf("certificate %x, encoded again %x", b, v.Encode())
		}
		if v, err := DecodeProof(b); err == nil && !bytes.Equal(v.Encode(), b) {
			t.Errorf("proof %x, encoded again %x", b, v.Encode())
		}
	})
}

func FuzzUnmarshal(f *testing.F) {
	c := newChain(f)
	r := c.receiver(f)
	c.seal(f, "missing")
	wantOpen(f, r, c.seal(f, "x"), "x")
	f.Add(r.Marshal())
	f.Add(c.s.Marshal())
	f.Fuzz(func(t *testing.T, b []byte) {
		if v, err := UnmarshalReceiver(b); err == nil && !bytes.Equal(v.Marshal(), b) {
			t.Errorf("receiving chain %x, stored again %x", b, v.Marshal())
		}
		if v, err := UnmarshalSender(b); err == nil && !bytes.Equal(v.Marshal(), b) {
			t.Errorf("sending chain %x, stored again %x", b, v.Marshal())
		}
	})
}
