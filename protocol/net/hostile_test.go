package net

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/binary"
	"io"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p"
	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/protocol"
	noise "github.com/libp2p/go-libp2p/p2p/security/noise"
	tls "github.com/libp2p/go-libp2p/p2p/security/tls"
	"github.com/libp2p/go-libp2p/p2p/transport/tcp"

	"conclave/protocol/net/frame"
)

// bare is a libp2p host without any of our limits, connected with the victim.
func bare(t testing.TB, victim *Host, options ...libp2p.Option) host.Host {
	t.Helper()
	if options == nil {
		options = []libp2p.Option{libp2p.Security(tls.ID, tls.New)}
	}
	h, err := libp2p.New(append(options, libp2p.ListenAddrStrings(tcpOnly...), libp2p.Transport(tcp.NewTCPTransport),
		libp2p.ResourceManager(&network.NullResourceManager{}), libp2p.DisableRelay(), libp2p.DisableMetrics())...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { h.Close() })
	return h
}

func dial(t testing.TB, from host.Host, to *Host) error {
	t.Helper()
	return from.Connect(within(t), peer.AddrInfo{ID: to.inner.ID(), Addrs: to.inner.Addrs()})
}

func attack(t testing.TB, from host.Host, to *Host, on protocol.ID) network.Stream {
	t.Helper()
	if err := dial(t, from, to); err != nil {
		t.Fatal(err)
	}
	s, err := from.NewStream(within(t), to.inner.ID(), on)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func packets(t testing.TB, frames ...frame.Frame) []byte {
	t.Helper()
	var out []byte
	for _, f := range frames {
		b, err := frame.Packet(f)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, b...)
	}
	return out
}

func junk(n int) []byte {
	b := make([]byte, n)
	rand.Read(b)
	return b
}

// ended reads until the victim ends the stream.
func ended(t testing.TB, s network.Stream) {
	t.Helper()
	s.SetReadDeadline(time.Now().Add(patience))
	if n, err := io.Copy(io.Discard, s); err != nil && s.Conn().IsClosed() == false {
		if te, ok := err.(interface{ Timeout() bool }); ok && te.Timeout() {
			t.Errorf("after %d bytes: the stream is still open", n)
		}
	}
}

func TestBadBytesEndTheStreamAndAreCounted(t *testing.T) {
	hello, call := frame.Hello{Nonce: Nonce{1}}, frame.Request{Kind: "x", Body: []byte{}}
	gib := binary.BigEndian.AppendUint32(nil, 1<<30)
	for name, c := range map[string]struct {
		on   protocol.ID
		send []byte
	}{
		"1 GiB claimed for a hello":    {envelopes, gib},
		"1 GiB claimed for a put":      {envelopes, append(packets(t, hello), gib...)},
		"1 GiB claimed for a request":  {requests, gib},
		"a mebibyte of junk":           {envelopes, append(packets(t, hello), append([]byte{0, 0, 4, 0}, junk(1<<20)...)...)},
		"junk for a request":           {requests, append([]byte{0, 0, 4, 0}, junk(1<<10)...)},
		"a put for a hello":            {envelopes, packets(t, frame.Put{Seq: 1, Blob: []byte("x")})},
		"a second hello":               {envelopes, packets(t, hello, hello)},
		"a number left out":            {envelopes, packets(t, hello, frame.Put{Seq: 2, Blob: []byte("x")})},
		"a number twice":               {envelopes, packets(t, hello, frame.Put{Seq: 1, Blob: []byte("x")}, frame.Put{Seq: 1, Blob: []byte("x")})},
		"answers on the way of puts":   {envelopes, packets(t, hello, frame.Ack{{Seq: 1}})},
		"a request among the puts":     {envelopes, packets(t, hello, call)},
		"a put for a request":          {requests, packets(t, frame.Put{Seq: 1, Blob: []byte("x")})},
		"an array of a billion claims": {envelopes, append(packets(t, hello), 0, 0, 0, 7, 0x82, 2, 0x9a, 0x3b, 0x9a, 0xca, 0)},
	} {
		t.Run(name, func(t *testing.T) {
			victim := start(t, Config{}, Handlers{Receive: all(Delivered)})
			s := attack(t, bare(t, victim), victim, c.on)
			s.Write(c.send)
			ended(t, s)
			eventually(t, "the bad frame is counted", func() bool { return victim.Stats().BadFrames == 1 })
			if p := victim.Stats().Panics; p != 0 {
				t.Errorf("got %d panics, want none", p)
			}
		})
	}
}

func TestAPeerThatKeepsSendingBadFramesIsBlockedForAWhile(t *testing.T) {
	victim := start(t, Config{times: times{block: 5 * time.Second}}, Handlers{Receive: all(Delivered)})
	hostile := bare(t, victim)
	for i := range badPerMinute + 1 {
		s := attack(t, hostile, victim, envelopes)
		s.Write([]byte{0xff, 0xff, 0xff, 0xff})
		ended(t, s)
		eventually(t, "the bad frame is counted", func() bool { return victim.Stats().BadFrames == uint64(i+1) })
	}
	eventually(t, "the peer is gone", func() bool { return victim.Stats().Peers == 0 })
	if got := victim.Stats().Blocks; got != 1 {
		t.Errorf("got %d blocks, want 1", got)
	}
	if s := victim.gate.isBlocked(hostile.ID()); !s {
		t.Error("got an open gate, want a block")
	}
	eventually(t, "the block ends", func() bool { return dial(t, hostile, victim) == nil && victim.Stats().Peers == 1 })
}

// TestHonestTrafficGoesOn floods a host in several ways at once while an honest peer sends.
func TestHonestTrafficGoesOn(t *testing.T) {
	victim := start(t, Config{}, Handlers{Receive: all(Delivered)})
	honest := start(t, Config{}, Handlers{})
	connect(t, honest, victim)
	l := lane(t, honest, victim)
	if _, err := put(t, l, []byte("before")).Wait(within(t)); err != nil {
		t.Fatal(err)
	}
	runtime.GC()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)

	ctx, stop := context.WithCancel(context.Background())
	var floods sync.WaitGroup
	defer floods.Wait()
	defer stop()
	hello := packets(t, frame.Hello{})
	fills := [][]byte{
		nil,       // opens streams and says nothing
		hello,     // says hello and nothing more
		{0, 4, 0}, // stops in the middle of a length
		append(bytes.Clone(hello), append([]byte{0, 4, 0, 0}, junk(200_000)...)...), // most of a long frame
	}
	var hostiles []host.Host
	for _, fill := range fills {
		h := bare(t, victim)
		hostiles = append(hostiles, h)
		if err := dial(t, h, victim); err != nil {
			t.Fatal(err)
		}
		floods.Go(func() {
			for ctx.Err() == nil {
				for _, on := range []protocol.ID{envelopes, requests} {
					if s, err := h.NewStream(ctx, victim.inner.ID(), on); err == nil {
						s.SetWriteDeadline(time.Now().Add(time.Second))
						floods.Go(func() { s.Write(fill) })
					}
				}
			}
		})
	}
	blob := junk(256)
	for i := 0; i < 2000 || int(victim.Stats().Blocks) < len(fills)-1; i++ {
		if code, err := put(t, l, blob).Wait(within(t)); err != nil || code != Delivered {
			t.Fatalf("honest put %d: got %v, %v, want %v", i, code, err, Delivered)
		}
		for _, h := range hostiles {
			for _, c := range victim.inner.Network().ConnsToPeer(h.ID()) {
				if open := len(c.GetStreams()); open > peerStreamsIn+peerStreamsOut {
					t.Fatalf("got %d streams with one hostile peer, want at most %d", open, peerStreamsIn+peerStreamsOut)
				}
			}
		}
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 128<<20 {
		t.Errorf("the heap grew by %d MiB, hostile hosts included, want at most 128", grown>>20)
	}
	if s := victim.Stats(); s.Panics != 0 {
		t.Errorf("got %d panics, want none", s.Panics)
	}
}

func TestSlowStreamsEnd(t *testing.T) {
	hello := packets(t, frame.Hello{})
	for name, c := range map[string]struct {
		on   protocol.ID
		send []byte
	}{
		"half a length for a hello": {envelopes, []byte{0, 4}},
		"no more than a hello":      {envelopes, hello},
		"half a put":                {envelopes, append(bytes.Clone(hello), append([]byte{0, 4, 0, 0}, junk(1000)...)...)},
		"half a request":            {requests, append([]byte{0, 4, 0, 0}, junk(1000)...)},
	} {
		t.Run(name, func(t *testing.T) {
			short := times{hello: 100 * time.Millisecond, frame: 100 * time.Millisecond}
			victim := start(t, Config{times: short}, Handlers{Receive: all(Delivered)})
			s := attack(t, bare(t, victim), victim, c.on)
			s.Write(c.send)
			// A byte now and then must not win time.
			drip, stop := context.WithCancel(context.Background())
			defer stop()
			go func() {
				for drip.Err() == nil && len(c.send) > 1000 {
					time.Sleep(20 * time.Millisecond)
					s.Write([]byte{0})
				}
			}()
			ended(t, s)
			eventually(t, "the timeout is counted", func() bool { return victim.Stats().Timeouts == 1 })
		})
	}
}

func TestTheNewestEnvelopeStreamOfAPeerWins(t *testing.T) {
	victim := start(t, Config{}, Handlers{Receive: all(Delivered)})
	peer := bare(t, victim)
	old := attack(t, peer, victim, envelopes)
	old.Write(packets(t, frame.Hello{}))
	r := frame.NewReader(old, 64)
	if _, err := r.Next(); err != nil {
		t.Fatal(err)
	}
	next := attack(t, peer, victim, envelopes)
	next.Write(packets(t, frame.Hello{}, frame.Put{Seq: 1, Blob: []byte("x")}))
	ended(t, old)
	r = frame.NewReader(next, 64)
	for _, want := range []string{"hello", "ack"} {
		if _, err := r.Next(); err != nil {
			t.Errorf("%s on the newer stream: %v", want, err)
		}
	}
	if got := victim.Stats(); got.Replaced != 1 || got.PutsIn != 1 {
		t.Errorf("got %d replaced and %d puts, want 1 and 1", got.Replaced, got.PutsIn)
	}
}

func TestAPeerThatNeverAnswersLosesTheLane(t *testing.T) {
	a := start(t, Config{times: times{ack: 100 * time.Millisecond}}, Handlers{})
	silent := bare(t, a)
	silent.SetStreamHandler(envelopes, func(s network.Stream) {
		s.Write(packets(t, frame.Hello{}))
		io.Copy(io.Discard, s)
	})
	if err := dial(t, silent, a); err != nil {
		t.Fatal(err)
	}
	l, err := a.Lane(within(t), PeerID(silent.ID().String()))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := put(t, l, []byte("x")).Wait(within(t)); err == nil {
		t.Error("got an answer, want ErrLost")
	}
	<-l.Done()
}

func TestAPeerThatAnswersWhatWasNotAskedLosesTheLane(t *testing.T) {
	for name, answer := range map[string]frame.Frame{
		"unknown number": frame.Ack{{Seq: 7}}, "twice": frame.Ack{{Seq: 1}, {Seq: 1}}, "a put": frame.Put{Seq: 1, Blob: []byte("x")},
	} {
		t.Run(name, func(t *testing.T) {
			a := start(t, Config{}, Handlers{})
			liar := bare(t, a)
			liar.SetStreamHandler(envelopes, func(s network.Stream) {
				s.Write(packets(t, frame.Hello{}))
				r := frame.NewReader(s, 64)
				for range 2 {
					if _, err := r.Next(); err != nil {
						return
					}
				}
				s.Write(packets(t, answer))
			})
			if err := dial(t, liar, a); err != nil {
				t.Fatal(err)
			}
			l, err := a.Lane(within(t), PeerID(liar.ID().String()))
			if err != nil {
				t.Fatal(err)
			}
			put(t, l, []byte("x"))
			<-l.Done()
			eventually(t, "the bad frame is counted", func() bool { return a.Stats().BadFrames == 1 })
		})
	}
}

func TestNoiseIsNotSpoken(t *testing.T) {
	victim := start(t, Config{}, Handlers{})
	if err := dial(t, bare(t, victim, libp2p.Security(noise.ID, noise.New)), victim); err == nil {
		t.Error("connected with Noise, want a refusal")
	}
	if err := dial(t, bare(t, victim), victim); err != nil {
		t.Errorf("with TLS: %v", err)
	}
}
