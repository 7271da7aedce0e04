package protocol

import (
	"bytes"
	"errors"
	"runtime"
	"strings"
	"testing"

	"conclave/crypto/canon"
)

func TestContentHoldsUpTo64Items(t *testing.T) {
	items := make([]Item, MaxItems)
	for i := range items {
		items[i] = Item{Kind: ItemKind(i), Data: []byte{byte(i)}}
	}
	got, err := DecodeContent(EncodeContent(items...))
	if err != nil || len(got) != MaxItems {
		t.Fatalf("%d items: got %d, %v", MaxItems, len(got), err)
	}
	if _, err := DecodeContent(EncodeContent(append(items, Item{})...)); !errors.Is(err, ErrContent) {
		t.Errorf("%d items: got %v, want %v", MaxItems+1, err, ErrContent)
	}
	if got, err := DecodeContent(EncodeContent()); err != nil || len(got) != 0 {
		t.Errorf("no items: got %v, %v", got, err)
	}
}

func TestRoutesAreBounded(t *testing.T) {
	with := func(addrs ...string) []byte { return canon.MustMarshal(Routes{Addresses: addrs}) }
	for name, c := range map[string]struct {
		in []byte
		ok bool
	}{
		"none":            {with(), true},
		"sixteen":         {with(strings.Split(strings.Repeat("a,", MaxAddresses-1)+"a", ",")...), true},
		"seventeen":       {with(strings.Split(strings.Repeat("a,", MaxAddresses)+"a", ",")...), false},
		"a long address":  {with(strings.Repeat("a", MaxAddress+1)), false},
		"three mailboxes": {canon.MustMarshal(Routes{Addresses: []string{}, Mailboxes: []string{"a", "b", "c"}}), true},
		"four mailboxes":  {canon.MustMarshal(Routes{Addresses: []string{}, Mailboxes: []string{"a", "b", "c", "d"}}), false},
		"junk":            {[]byte("junk"), false},
	} {
		if _, err := DecodeRoutes(c.in); (err == nil) != c.ok {
			t.Errorf("%s: got %v, want accepted: %v", name, err, c.ok)
		}
	}
}

// TestBombsTakeNoMemory holds what the decoders allocate to a small multiple of what they are given.
func TestBombsTakeNoMemory(t *testing.T) {
	wide := append([]byte{0x99, 0x0f, 0xff}, bytes.Repeat([]byte{0x82, 0x00, 0x40}, 4095)...)
	for name, in := range map[string][]byte{
		"an array of 2^32 claims":  {0x9a, 0xff, 0xff, 0xff, 0xff},
		"a string of 2^63 claims":  {0x82, 0x01, 0x5b, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff},
		"nested a thousand deep":   bytes.Repeat([]byte{0x81}, 1000),
		"a map of 2^32 claims":     {0xba, 0xff, 0xff, 0xff, 0xff},
		"4095 items":               wide,
		"an event's worth of junk": bytes.Repeat([]byte{0xa1}, MaxEvent),
	} {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, err1 := DecodeContent(in)
			_, err2 := DecodeEvent(in)
			_, err3 := DecodeRoutes(in)
			_, err4 := DecodeReceipt(in)
			_, err5 := DecodeRetry(in)
			_, err6 := DecodeSignal(in)
			_, err7 := DecodeGossipHost(in)
			_, err8 := DecodeGroupPut(append([]byte{BlobGroup}, in...))
			_, err9 := DecodeWelcome(in)
			_, err10 := DecodeTopicSecret(in)
			runtime.ReadMemStats(&after)
			for i, err := range []error{err1, err2, err3, err4, err5, err6, err7, err8, err9, err10} {
				if err == nil {
					t.Errorf("decoder %d accepted it", i)
				}
			}
			if got, limit := after.TotalAlloc-before.TotalAlloc, uint64(64*len(in)+64<<10); got > limit {
				t.Errorf("allocated: got %d bytes, want at most %d", got, limit)
			}
		})
	}
}

// sameBytes fuzzes a decoder: what it accepts must encode to the same bytes.
func sameBytes[T any](f *testing.F, decode func([]byte) (T, error), encode func(T) []byte, seeds ...[]byte) {
	for _, s := range append(seeds, nil, []byte{0xf6}, []byte{0x80}, []byte{0xa0}) {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		v, err := decode(in)
		if err != nil {
			return
		}
		if got := encode(v); !bytes.Equal(got, in) {
			t.Fatalf("decode then encode: got %x, want %x", got, in)
		}
	})
}

func marshal[T any](v T) []byte { return canon.MustMarshal(v) }

func FuzzDecodeContent(f *testing.F) {
	sameBytes(f, DecodeContent, marshal, EncodeContent(Item{Kind: ItemEvent, Data: []byte("e")}), EncodeContent())
}

func FuzzDecodeReceipt(f *testing.F) {
	sameBytes(f, DecodeReceipt, marshal, marshal(Receipt{Delivered: &Place{Ord: 1}, At: 2}), marshal(Receipt{Read: &Place{Ord: 1 << 63}}))
}

func FuzzDecodeRoutes(f *testing.F) {
	sameBytes(f, DecodeRoutes, marshal, marshal(Routes{Addresses: []string{"/ip4/192.0.2.1/tcp/8422"}}))
}

func FuzzDecodeSignal(f *testing.F) {
	identity(f, DecodeSignal, marshal, marshal(Signal{Kind: "typing", At: 1, Body: []byte{1}}), marshal(Signal{Kind: "typing", Body: make([]byte, MaxSignal+1)}))
}

func FuzzDecodeGossipHost(f *testing.F) {
	identity(f, DecodeGossipHost, marshal, marshal(GossipHost{Peer: "12D3KooW", Addrs: []string{"/ip4/192.0.2.1/tcp/8423"}, Until: 1}), marshal(GossipHost{}))
}

func FuzzDecodeGroupPut(f *testing.F) {
	identity(f, DecodeGroupPut, GroupPut.Encode, GroupPut{Kind: GroupOp, Data: []byte{1}}.Encode(), GroupPut{Kind: GroupCursors + 1}.Encode())
}

func FuzzDecodeWelcome(f *testing.F) {
	identity(f, DecodeWelcome, marshal, marshal(Welcome{Create: []byte{1}}), marshal(Welcome{Ticket: make([]byte, MaxTicket+1)}))
}

func FuzzDecodeTopicSecret(f *testing.F) {
	identity(f, DecodeTopicSecret, marshal, marshal(TopicSecret{Secret: [32]byte{1}}))
}

func FuzzDecodeRetry(f *testing.F) {
	sameBytes(f, DecodeRetry, marshal, marshal(Retry{Reason: 1}))
}
