package gossip

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/binary"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p"
	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/p2p/net/swarm"
	tls "github.com/libp2p/go-libp2p/p2p/security/tls"
	"github.com/libp2p/go-libp2p/p2p/transport/tcp"

	"conclave/protocol/net"
)

// bare returns a libp2p host that speaks gossip by hand.
func bare(t testing.TB, options ...libp2p.Option) host.Host {
	t.Helper()
	if options == nil {
		options = []libp2p.Option{libp2p.Security(tls.ID, tls.New)}
	}
	h, err := libp2p.New(append(options, libp2p.NoListenAddrs, libp2p.Transport(tcp.NewTCPTransport), libp2p.DisableMetrics(),
		libp2p.ResourceManager(&network.NullResourceManager{}))...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { h.Close() })
	h.SetStreamHandler(meshsub, func(s network.Stream) {
		for b := make([]byte, 4096); ; {
			if _, err := s.Read(b); err != nil {
				s.Reset()
				return
			}
		}
	})
	return h
}

func call(t testing.TB, from host.Host, to *Host) error {
	if s, ok := from.Network().(*swarm.Swarm); ok {
		s.Backoff().Clear(to.inner.ID())
	}
	return from.Connect(within(t), peer.AddrInfo{ID: to.inner.ID(), Addrs: to.inner.Addrs()})
}

func idOf(h host.Host) net.PeerID { return net.PeerID(h.ID().String()) }

// speak connects and returns a stream for frames.
func speak(t testing.TB, from host.Host, to *Host) network.Stream {
	t.Helper()
	if err := call(t, from, to); err != nil {
		t.Fatal(err)
	}
	s, err := from.NewStream(within(t), to.inner.ID(), meshsub)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// The router's frames, which are Protobuf.
func field(n byte, parts ...[]byte) []byte {
	body := bytes.Join(parts, nil)
	return append(binary.AppendUvarint([]byte{n<<3 | 2}, uint64(len(body))), body...)
}

func framed(parts ...[]byte) []byte {
	body := bytes.Join(parts, nil)
	return append(binary.AppendUvarint(nil, uint64(len(body))), body...)
}

func subscribe(name string) []byte { return field(1, []byte{1 << 3, 1}, field(2, []byte(name))) }

func message(name string, data []byte) []byte {
	return field(2, field(2, data), field(4, []byte(name)))
}

func grafts(name string, n int) []byte {
	return field(3, bytes.Repeat(field(3, field(1, []byte(name))), n))
}

func ihaves(name string, n int) []byte {
	return field(3, field(1, field(1, []byte(name)), bytes.Repeat(field(2, []byte("an id of a message..")), n)))
}

func junk(n int) []byte {
	b := make([]byte, n)
	rand.Read(b)
	return b
}

// good accepts what says so, as a holder of the relay's key would.
func good(_ context.Context, _ net.PeerID, _ string, data []byte) Verdict {
	if bytes.HasPrefix(data, []byte("good")) {
		return Accept
	}
	return Reject
}

// TestGarbageEndsTheConnection sends an honest host what no honest host passes on.
func TestGarbageEndsTheConnection(t *testing.T) {
	for name, frame := range map[string]func(i int) []byte{
		"garbage":   func(int) []byte { return framed(message("topic", junk(200))) },
		"nothing":   func(i int) []byte { return framed(message("topic", nil), message("topic", junk(4))) },
		"too large": func(int) []byte { return framed(message("topic", append([]byte("good"), junk(MaxMessage)...))) },
		"with an author": func(i int) []byte {
			return framed(field(2, field(1, junk(38)), field(2, append([]byte("good"), byte(i))), field(4, []byte("topic"))))
		},
		"with a signature": func(i int) []byte {
			return framed(field(2, field(5, junk(64)), field(2, append([]byte("good"), byte(i))), field(4, []byte("topic"))))
		},
	} {
		t.Run(name, func(t *testing.T) {
			told := make(chan net.PeerID, 1)
			victim := start(t, Config{Dropped: func(p net.PeerID, _ string) { told <- p }})
			honest, hostile := start(t, Config{}), bare(t)
			var atVictim, atHonest ledger
			join(t, victim, "topic", Handlers{Validate: good, Deliver: atVictim.deliver})
			join(t, honest, "topic", Handlers{Validate: good, Deliver: atHonest.deliver})
			honest.Allow(map[net.PeerID][]string{victim.ID(): victim.Addrs()})
			victim.Allow(map[net.PeerID][]string{honest.ID(): honest.Addrs(), idOf(hostile): nil})
			meshed(t, "topic", victim, honest)
			if name == "too large" {
				hostile.RemoveStreamHandler(meshsub) // a peer that takes no streams gets no score
			}
			s := speak(t, hostile, victim)
			s.Write(framed(subscribe("topic"), grafts("topic", 1)))
			for i := range 12 {
				s.Write(frame(i))
			}
			select {
			case p := <-told:
				if p != idOf(hostile) {
					t.Errorf("dropped %s, want %s", p, idOf(hostile))
				}
			case <-time.After(patience):
				t.Fatalf("not dropped: %+v", victim.Stats())
			}
			eventually(t, "the connection ends", func() bool { return hostile.Network().Connectedness(victim.inner.ID()) != network.Connected })
			call(t, hostile, victim)
			if _, err := hostile.NewStream(within(t), victim.inner.ID(), meshsub); err == nil {
				t.Error("came back at once")
			}
			publish(t, honest, "topic", []byte("good morning"))
			eventually(t, "an honest message", func() bool { return atVictim.count() > 0 })
			if got, passed := atVictim.count(), atHonest.count(); got != 1 || passed != 0 {
				t.Errorf("got %d messages and %d passed on, want the honest one alone", got, passed)
			}
			if s := victim.Stats(); s.Drops != 1 || s.Peers != 1 {
				t.Errorf("got %d drops and %d peers, want 1 and 1", s.Drops, s.Peers)
			}
		})
	}
}

// TestFloodsEndTheConnection: what costs the router work without bringing messages.
func TestFloodsEndTheConnection(t *testing.T) {
	n := 0
	for name, flood := range map[string]func() []byte{
		"subscribe": func() []byte {
			var all [][]byte
			for range 1000 {
				n++
				all = append(all, subscribe("t"+string(binary.BigEndian.AppendUint32(nil, uint32(n)))))
			}
			return framed(all...)
		},
		"graft":           func() []byte { return framed(grafts("topic", 1000)) },
		"graft elsewhere": func() []byte { return framed(grafts("elsewhere", 1000)) },
		"ids":             func() []byte { return framed(ihaves("topic", 1000)) },
	} {
		t.Run(name, func(t *testing.T) {
			victim, hostile := start(t, Config{}), bare(t)
			join(t, victim, "topic", Handlers{})
			victim.Allow(map[net.PeerID][]string{idOf(hostile): nil})
			s := speak(t, hostile, victim)
			eventually(t, "the peer is dropped", func() bool {
				s.SetWriteDeadline(time.Now().Add(time.Second))
				s.Write(flood())
				return victim.Stats().Drops == 1
			})
			victim.gate.with(hostile.ID(), func(m *member) {
				if len(m.topics) > MaxTopics {
					t.Errorf("remembers %d topics of a peer, want at most %d", len(m.topics), MaxTopics)
				}
			})
		})
	}
}

func TestUnreadableFramesEndTheConnection(t *testing.T) {
	for name, frame := range map[string][]byte{
		"no Protobuf":  framed(bytes.Repeat([]byte{0xff}, 100)),
		"too long":     binary.AppendUvarint(nil, 1<<30),
		"more than is": append(binary.AppendUvarint(nil, maxRPC+1), junk(1000)...),
		"all control":  framed(bytes.Repeat(subscribe(""), maxControl/4)),
	} {
		t.Run(name, func(t *testing.T) {
			victim, hostile := start(t, Config{}), bare(t)
			join(t, victim, "topic", Handlers{})
			victim.Allow(map[net.PeerID][]string{idOf(hostile): nil})
			if err := call(t, hostile, victim); err != nil {
				t.Fatal(err)
			}
			eventually(t, "the peer is dropped", func() bool {
				s, err := hostile.NewStream(within(t), victim.inner.ID(), meshsub)
				if err == nil {
					s.Write(frame)
					s.SetReadDeadline(time.Now().Add(time.Second))
					s.Read(make([]byte, 1))
					s.Reset()
				}
				return victim.Stats().Drops == 1
			})
		})
	}
}

// TestHonestTrafficGoesOn: hostile members flood with messages that any relay must take for good, small and large.
func TestHonestTrafficGoesOn(t *testing.T) {
	victim, honest := start(t, Config{}), start(t, Config{})
	arrived := make(chan struct{}, 10_000)
	join(t, victim, "topic", Handlers{Validate: good, Deliver: func(_ string, data []byte) {
		if bytes.HasPrefix(data, []byte("good morning")) {
			arrived <- struct{}{}
		}
	}})
	join(t, honest, "topic", Handlers{Validate: good})
	small, large := bare(t), bare(t)
	victim.Allow(map[net.PeerID][]string{honest.ID(): honest.Addrs(), idOf(small): nil, idOf(large): nil})
	honest.Allow(map[net.PeerID][]string{victim.ID(): victim.Addrs()})
	meshed(t, "topic", victim, honest)
	lost := 0
	greet := func(n int) time.Duration { // one honest message there
		began := time.Now()
		publish(t, honest, "topic", binary.BigEndian.AppendUint32([]byte("good morning"), uint32(n)))
		select {
		case <-arrived:
		case <-time.After(5 * time.Second): // the first rush of a flood may fill the router's queue
			lost++
		}
		return time.Since(began)
	}
	var quiet, loud []time.Duration
	for n := range 100 {
		quiet = append(quiet, greet(n))
	}
	runtime.GC()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)

	ctx, stop := context.WithCancel(context.Background())
	var floods sync.WaitGroup
	defer floods.Wait()
	defer stop()
	for from, size := range map[host.Host]int{small: 16, large: MaxMessage - 4} {
		s := speak(t, from, victim)
		floods.Go(func() {
			for ctx.Err() == nil {
				s.SetWriteDeadline(time.Now().Add(time.Second))
				if _, err := s.Write(framed(message("topic", append([]byte("good"), junk(size)...)))); err != nil {
					return
				}
			}
		})
	}
	for n := 100; n < 200 || victim.Stats().PassedOver < 1000; n++ {
		loud = append(loud, greet(n))
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	grown := int64(after.HeapAlloc) - int64(before.HeapAlloc)
	slices.Sort(quiet)
	slices.Sort(loud)
	if lost > len(loud)/10 {
		t.Errorf("%d of %d honest messages did not arrive in time, want at most a tenth", lost, len(loud))
	}
	t.Logf("honest messages took %v, during the flood %v, %d lost; %d messages came, %d passed over; %d MiB more",
		quiet[len(quiet)/2], loud[len(loud)/2], lost, victim.Stats().MessagesIn, victim.Stats().PassedOver, grown>>20)
	if grown > 128<<20 {
		t.Errorf("the heap grew by %d MiB, hostile hosts included, want at most 128", grown>>20)
	}
	if s := victim.Stats(); s.Panics != 0 || s.Drops != 0 {
		t.Errorf("got %d panics and %d drops, want none", s.Panics, s.Drops)
	}
}

func TestALowScoreEndsTheConnection(t *testing.T) {
	victim, misuser := start(t, Config{}), bare(t)
	join(t, victim, "topic", Handlers{})
	victim.Allow(map[net.PeerID][]string{idOf(misuser): nil})
	speak(t, misuser, victim)
	victim.judge(map[peer.ID]float64{misuser.ID(): graylist})
	if got := victim.Stats(); got.Drops != 0 || got.Shut != 0 || got.Lowest != graylist {
		t.Fatalf("at the threshold: got %d drops, %d shut out and %v as the lowest score, want none and %v", got.Drops, got.Shut, got.Lowest, graylist)
	}
	victim.judge(map[peer.ID]float64{misuser.ID(): graylist - 1})
	eventually(t, "the connection ends", func() bool { return victim.Stats().Drops == 1 && victim.Stats().Peers == 0 })
	if got := victim.Stats().Shut; got != 1 {
		t.Errorf("below it: got %d shut out, want 1", got)
	}
}

// TestParametersAreThoseOfTheSpec keeps the router's own check of them in the tests.
func TestParametersAreThoseOfTheSpec(t *testing.T) {
	for nodes, want := range map[int][3]int{0: {4, 3, 6}, 50: {4, 3, 6}, 51: {6, 5, 12}} {
		if p := meshParams(nodes); [3]int{p.D, p.Dlo, p.Dhi} != want {
			t.Errorf("%d nodes: got mesh %d, %d, %d, want %v", nodes, p.D, p.Dlo, p.Dhi, want)
		}
		start(t, Config{Nodes: nodes})
	}
	a, b := topicScoreParams(), thresholds()
	if a.MeshMessageDeliveriesWeight != 0 || a.MeshFailurePenaltyWeight != 0 {
		t.Error("quiet chats are punished")
	}
	for invalid, want := range map[float64]float64{3: b.GossipThreshold, 4: b.PublishThreshold, 6: b.GraylistThreshold} {
		if got := invalid * invalid * a.InvalidMessageDeliveriesWeight; got > want {
			t.Errorf("%v pieces of garbage: got a score of %v, want below %v", invalid, got, want)
		}
	}
}
