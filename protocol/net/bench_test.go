package net

import (
	"io"
	"testing"

	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/protocol"
)

const benchBlob = 256

func benchPair(b *testing.B, listen []string) (*Host, *Host) {
	b.Helper()
	from := start(b, Config{Listen: listen}, Handlers{})
	to := start(b, Config{Listen: listen}, Handlers{Receive: all(Delivered)})
	connect(b, from, to)
	return from, to
}

// BenchmarkPutAck is one blob there and its answer back.
func BenchmarkPutAck(b *testing.B) {
	for name, listen := range map[string][]string{"tcp": tcpOnly, "quic": quicOnly} {
		b.Run(name, func(b *testing.B) {
			from, to := benchPair(b, listen)
			l, blob := lane(b, from, to), junk(benchBlob)
			ctx := b.Context()
			b.ReportAllocs()
			for b.Loop() {
				p, err := l.Put(ctx, Queue{1}, Token{1}, blob)
				if err != nil {
					b.Fatal(err)
				}
				if _, err := p.Wait(ctx); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkThroughput keeps the window full.
func BenchmarkThroughput(b *testing.B) {
	for name, listen := range map[string][]string{"tcp": tcpOnly, "quic": quicOnly} {
		b.Run(name, func(b *testing.B) {
			from, to := benchPair(b, listen)
			l, blob := lane(b, from, to), junk(benchBlob)
			ctx := b.Context()
			b.SetBytes(benchBlob)
			b.ReportAllocs()
			var last *Pending
			for b.Loop() {
				var err error
				if last, err = l.Put(ctx, Queue{1}, Token{1}, blob); err != nil {
					b.Fatal(err)
				}
			}
			if _, err := last.Wait(ctx); err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(float64(to.Stats().PutsIn)/float64(to.Stats().Batches), "puts/batch")
		})
	}
}

// BenchmarkFloor is libp2p alone: an echo on an open stream, and on a stream opened for it.
func BenchmarkFloor(b *testing.B) {
	const echo protocol.ID = "/echo"
	for name, listen := range map[string][]string{"tcp": tcpOnly, "quic": quicOnly} {
		from, to := benchPair(b, listen)
		to.inner.SetStreamHandler(echo, func(s network.Stream) {
			io.Copy(s, s)
			s.Close()
		})
		open := func(b *testing.B) network.Stream {
			s, err := from.inner.NewStream(b.Context(), to.inner.ID(), echo)
			if err != nil {
				b.Fatal(err)
			}
			return s
		}
		bounce := func(b *testing.B, s network.Stream, blob, back []byte) {
			if _, err := s.Write(blob); err != nil {
				b.Fatal(err)
			}
			if _, err := io.ReadFull(s, back); err != nil {
				b.Fatal(err)
			}
		}
		blob, back := junk(benchBlob), make([]byte, benchBlob)
		b.Run(name+"/echo", func(b *testing.B) {
			s := open(b)
			defer s.Reset()
			b.ReportAllocs()
			for b.Loop() {
				bounce(b, s, blob, back)
			}
		})
		b.Run(name+"/open and echo", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				s := open(b)
				bounce(b, s, blob, back)
				s.Reset()
			}
		})
	}
}
