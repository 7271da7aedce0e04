package identity

import (
	"bytes"
	"testing"

	"conclave/crypto/canon"
)

func FuzzDecodeSigned(f *testing.F) {
	for _, s := range newOwner(f, 70).log.From(0) {
		f.Add(s.Encode())
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		s, err := DecodeSigned(in)
		if err != nil {
			return
		}
		if !bytes.Equal(s.Encode(), in) {
			t.Fatal("decode then encode is not the identity")
		}
		if l, err := Verify([]Signed{s}, day0); err == nil && l.Head().Seq != 0 {
			t.Fatal("a log that starts in between verifies")
		}
	})
}

func FuzzEntry(f *testing.F) {
	for _, s := range newOwner(f, 71).log.From(0) {
		f.Add(s.Payload)
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		if e, err := (Signed{Payload: in}).Entry(); err == nil && !bytes.Equal(e.encode(), in) {
			t.Fatal("decode then encode is not the identity")
		}
	})
}

// FuzzExtend gives a log entries that its own keys signed over any payload: form alone must hold them off.
func FuzzExtend(f *testing.F) {
	o := newOwner(f, 72)
	f.Add(o.edit(days(1), func(e *Entry) { e.Mailboxes = []string{"m"} }).Payload)
	f.Add(o.edit(days(1), func(e *Entry) { e.Devices = nil; e.Expires = 0 }).Payload)
	f.Fuzz(func(t *testing.T, payload []byte) {
		l := o.contact(t)
		sig := o.aik.key.Sign(contexts[ByPrevious], payload)
		if _, err := l.Extend(Signed{payload, []Sig{{ByPrevious, o.aik.Public(), sig}}}, days(1)); err != nil {
			if l.Pin() != o.log.Pin() {
				t.Fatal("a refused entry changes the log")
			}
			return
		}
		if head := l.Head(); head.Seq != 2 || *head.Acct != o.acct || head.AIK != o.aik.Public() {
			t.Fatalf("an entry that does not connect is accepted: %+v", head)
		}
	})
}

func FuzzBundle(f *testing.F) {
	o := newOwner(f, 73)
	b, _, dsk := o.prekeys(f)
	f.Add(b.Sign(dsk, day0).Payload)
	f.Fuzz(func(t *testing.T, payload []byte) {
		got, err := o.log.Bundle(attest(dsk, "bundle", payload), day0)
		if err == nil && (got.Acct != o.acct || !bytes.Equal(canon.MustMarshal(got), payload)) {
			t.Fatal("decode then encode is not the identity")
		}
	})
}

func FuzzOTK(f *testing.F) {
	o := newOwner(f, 74)
	_, otk, dsk := o.prekeys(f)
	f.Add(otk.Sign(dsk).Payload)
	f.Fuzz(func(t *testing.T, payload []byte) {
		got, err := o.log.OTK(attest(dsk, "otk", payload))
		if err == nil && (got.Acct != o.acct || !bytes.Equal(canon.MustMarshal(got), payload)) {
			t.Fatal("decode then encode is not the identity")
		}
	})
}

func FuzzDecodeAttested(f *testing.F) {
	o := newOwner(f, 75)
	b, otk, dsk := o.prekeys(f)
	f.Add(b.Sign(dsk, day0).Encode())
	f.Add(otk.Sign(dsk).Encode())
	f.Fuzz(func(t *testing.T, in []byte) {
		if a, err := DecodeAttested(in); err == nil && !bytes.Equal(a.Encode(), in) {
			t.Fatal("decode then encode is not the identity")
		}
	})
}
