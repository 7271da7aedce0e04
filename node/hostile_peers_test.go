package node

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"conclave/crypto/vault"
	"conclave/node/feature"
	"conclave/node/feature/account"
	"conclave/protocol"
	"conclave/protocol/net"
)

// from opens a node at another address of the loopback interface, as one from elsewhere.
func from(t *testing.T, name, ip string) *Node {
	t.Helper()
	return run(t, name, Config{Listen: []string{"/ip4/" + ip + "/tcp/0"}, GroupListen: []string{}, Cost: vault.Cost{Memory: 64, Passes: 1, Threads: 1}})
}

// p50 is how long honest messages take from the second node of a circle to the first.
func (g *circle) p50(n int) time.Duration {
	g.t.Helper()
	var all []time.Duration
	for range n {
		began := time.Now()
		id := g.say(1, "honest")
		for !g.has(0, id) {
			if time.Since(began) > time.Minute {
				g.t.Fatal("an honest message does not arrive")
			}
			time.Sleep(100 * time.Microsecond)
		}
		all = append(all, time.Since(began))
	}
	slices.Sort(all)
	return all[len(all)/2]
}

// Whoever dials under thousands of names gets no more connections than there are for peers that dial, and keeps nobody out for
// long. The loopback interface has no bound for an address.
func TestThousandsOfPeerIDsKeepNobodyOut(t *testing.T) {
	victim := open(t, "a", "")
	g := gather(t, victim, from(t, "b", "127.0.0.2"))
	g.p50(20)
	usual := g.p50(100)
	names, kept := nightly(250, 10_000), nightly(200, 1700) // so many stay at a time
	const atOnce, inbound = 16, 1536
	before := inUse()
	var tried, refused atomic.Int64
	var most int
	var during time.Duration
	stay := make(chan *net.Guest, kept)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Minute)
	defer cancel()
	var dialling sync.WaitGroup
	for range atOnce {
		dialling.Go(func() {
			for tried.Add(1) <= int64(names) {
				guest, err := net.NewGuest(nil)
				if err != nil {
					t.Error(err)
					return
				}
				if err := guest.Connect(ctx, victim.host.ID(), victim.host.Addrs()); err != nil {
					refused.Add(1)
				}
				select {
				case stay <- guest:
				default:
					oldest := <-stay
					stay <- guest
					oldest.Close()
				}
			}
		})
	}
	over := make(chan struct{})
	go func() { dialling.Wait(); close(over) }()
	peers := func() int { return victim.host.(Sockets).Stats().Peers }
	for done := false; !done; {
		select {
		case <-over:
			done = true
		case <-time.After(10 * time.Millisecond):
		}
		most = max(most, peers())
		if during == 0 && tried.Load() > int64(names/4) {
			during = g.p50(100)
		}
	}
	peak := inUse()
	t.Logf("%d names, %d refused, at most %d peers at a time; p50 %v before, %v during; heap %d KiB before, %d KiB with %d hostile hosts in it",
		names, refused.Load(), most, usual, during, before>>10, peak>>10, len(stay))
	if most > inbound+8 || kept > inbound && refused.Load() == 0 {
		t.Errorf("peers: got %d at a time and %d refused, want at most %d", most, refused.Load(), inbound)
	}
	if during > 5*usual+50*time.Millisecond {
		t.Errorf("p50 of honest messages: got %v meanwhile, want at most 5 times %v", during, usual)
	}

	late := from(t, "c", "127.0.0.3")
	call[account.Opened](t, late, feature.Actor{}, "account.create", account.CreateRequest{Name: "late", Passphrase: "correct horse", SetupToken: late.SetupToken()})
	me := call[account.Me](t, victim, feature.Actor{Account: g.who[0]}, "me.get", feature.Nothing{})
	link, err := protocol.ParseLink(me.ContactLink)
	if err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(3 * time.Minute); ; time.Sleep(time.Second) { // where all places are taken, until the next are freed
		_, err := late.directory.Learn(t.Context(), feature.Lead{Link: &link})
		if err == nil && late.host.Connected(victim.host.ID()) {
			break
		}
		if time.Now().After(end) || kept < inbound {
			t.Fatalf("an honest node from elsewhere: got %v, want it to be let in", err)
		}
	}
	g.arrives(0, g.say(1, "undisturbed"))
	for len(stay) > 0 {
		(<-stay).Close()
	}
	g.until("the hostile names are gone", func() bool { return peers() <= 2 })
	g.until("memory is back", func() bool { return inUse() < before+64<<20 })
}
