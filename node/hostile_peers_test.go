package node

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"conclave/node/feature"
	"conclave/node/feature/account"
	"conclave/protocol"
	"conclave/protocol/net"
)

// from opens a node at another address of the loopback interface, as one from elsewhere.
func from(t *testing.T, name, ip string) *Node {
	t.Helper()
	return openLike(t, name, Config{Listen: []string{"/ip4/" + ip + "/tcp/0"}})
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

// horde is a process that dials a node under many names, as machines elsewhere would: it takes no processor from the node that
// anything else wants, and its memory is its own.
type horde struct {
	t      *testing.T
	in     io.WriteCloser
	cmd    *exec.Cmd
	report chan string // one line when all names were used
}

func gatherHorde(t *testing.T, victim *Node, names, kept int) *horde {
	t.Helper()
	h := &horde{t: t, cmd: exec.Command(os.Args[0], "-test.run=^TestHorde$"), report: make(chan string, 1)}
	h.cmd.Env = append(os.Environ(), fmt.Sprintf("%s=%s %d %d", hordeEnv, victim.host.Addrs()[0], names, kept))
	h.cmd.Stderr = os.Stderr
	in, err := h.cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := h.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := h.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	h.in = in
	go func() {
		line, _ := bufio.NewReader(out).ReadString('\n')
		h.report <- strings.TrimSpace(line)
	}()
	t.Cleanup(h.leave)
	return h
}

// leave ends all connections of the horde.
func (h *horde) leave() {
	if h.in != nil {
		h.in.Close()
		_ = h.cmd.Wait()
		h.in = nil
	}
}

const hordeEnv = "CONCLAVE_HORDE"

// TestHorde is the other process: it dials under so many names, keeps the newest of them connected, reports, and ends with its input.
func TestHorde(t *testing.T) {
	var address string
	var names, kept int
	if n, _ := fmt.Sscan(os.Getenv(hordeEnv), &address, &names, &kept); n != 3 {
		t.Skip("it is a process of another test")
	}
	if err := syscall.Setpriority(syscall.PRIO_PROCESS, 0, 19); err != nil {
		t.Fatal(err)
	}
	_, id, _ := strings.Cut(address, "/p2p/")
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Minute)
	defer cancel()
	stay := make(chan *net.Guest, kept)
	var tried, refused atomic.Int64
	var dialling sync.WaitGroup
	for range 16 {
		dialling.Go(func() {
			for tried.Add(1) <= int64(names) {
				guest, err := net.NewGuest(nil)
				if err != nil {
					t.Error(err)
					return
				}
				if err := guest.Connect(ctx, net.PeerID(id), []string{address}); err != nil {
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
	dialling.Wait()
	fmt.Println(refused.Load())
	_, _ = io.Copy(io.Discard, os.Stdin)
	os.Exit(0) // with all connections
}

// Whoever dials under thousands of names gets no more connections than there are for strangers that dial, costs little memory, and
// keeps nobody out for long. The loopback interface has no bound for an address.
func TestThousandsOfPeerIDsKeepNobodyOut(t *testing.T) {
	victim := open(t, "a", "")
	g := gather(t, victim, from(t, "b", "127.0.0.2"))
	g.p50(20)
	usual := g.p50(100)
	names, kept := nightly(250, 10_000), nightly(200, 1700) // so many stay at a time
	const inbound, shaking = 1024, 128
	before := inUse()
	h := gatherHorde(t, victim, names, kept)
	peers := func() int { return victim.host.(Sockets).Stats().Peers }
	var most int
	var during []time.Duration
	refused := ""
	for refused == "" {
		most = max(most, peers())
		if most > kept/4 && len(during) < 5 {
			during = append(during, g.p50(60))
		}
		select {
		case refused = <-h.report:
		case <-time.After(10 * time.Millisecond):
		}
	}
	peak := inUse()
	slices.Sort(during)
	t.Logf("%d names, %s of them told that they are refused, at most %d peers at a time; p50 %v before, %v meanwhile; heap %d KiB before, %d KiB at the end",
		names, refused, most, usual, during, before>>10, peak>>10)
	if most > inbound+shaking+8 {
		t.Errorf("peers: got %d at a time, want at most %d", most, inbound+shaking)
	}
	bound := nightly(5*usual+50*time.Millisecond, 2*usual+10*time.Millisecond) // in the gate other tests run beside
	if len(during) > 0 && during[len(during)/2] > bound {
		t.Errorf("p50 of honest messages: got %v meanwhile, want at most %v", during, bound)
	}
	if peak > before+128<<20 {
		t.Errorf("memory: got %d MiB more, want at most 128", (peak-before)>>20)
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
	h.leave()
	g.until("the hostile names are gone", func() bool { return peers() <= 2 })
	g.until("memory is back", func() bool { return inUse() < before+64<<20 })
}
