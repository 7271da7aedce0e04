//go:build linux

// Package islands lets tests run on networks of one machine: islands, each a network namespace with one address, and a router
// between them that loses, drops and cuts as a test says. Nothing outside sees or feels any of it. It needs Linux with user
// namespaces, ip (iproute2) and nft (nftables), and no rights; Enter skips a test where one of them is missing.
package islands

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"syscall"
)

// Sea joins islands. Make one per process, after Enter.
type Sea struct {
	Islands []*Island
}

// Island is a network with one address, apart from its loopback.
type Island struct {
	Addr netip.Addr
	work chan func() // carried out by a thread that lives there
}

// New makes islands that reach one another over the router, which is this process's own network. At most 200.
func New(ctx context.Context, count int) (*Sea, error) {
	if count > 200 {
		return nil, fmt.Errorf("make %d islands: at most 200", count)
	}
	if err := os.WriteFile("/proc/sys/net/ipv4/ip_forward", []byte("1"), 0); err != nil {
		return nil, fmt.Errorf("make a router: %w", err)
	}
	s := &Sea{}
	if err := nft(ctx, "add table ip sea", "add chain ip sea weather { type filter hook forward priority 0; policy accept; }"); err != nil {
		return nil, err
	}
	for i := range count {
		island, err := settle(ctx, i)
		if err != nil {
			return nil, fmt.Errorf("make island %d: %w", i, err)
		}
		s.Islands = append(s.Islands, island)
	}
	return s, nil
}

// settle makes one island: its namespace belongs to a thread, and ends with it.
func settle(ctx context.Context, i int) (*Island, error) {
	here := netip.AddrFrom4([4]byte{10, 77, byte(i + 1), 1})
	island := &Island{Addr: here.Next(), work: make(chan func())}
	apart := make(chan error)
	thread := 0
	go func() {
		runtime.LockOSThread() // and never unlocks: the thread ends with the goroutine, which has no end
		thread = syscall.Gettid()
		apart <- syscall.Unshare(syscall.CLONE_NEWNET)
		for f := range island.work {
			f()
		}
	}()
	if err := <-apart; err != nil {
		return nil, err
	}
	shore := "shore" + strconv.Itoa(i)
	outside := func(words string) func() error {
		return func() error { return command(ctx, words) }
	}
	inside := func(words string) func() error {
		return func() error { return island.Run(ctx, words) }
	}
	for _, step := range []func() error{
		inside("ip link set lo up"),
		outside(fmt.Sprintf("ip link add %s type veth peer name eth0 netns /proc/%d/task/%d/ns/net", shore, os.Getpid(), thread)),
		inside(fmt.Sprintf("ip addr add %s/24 dev eth0", island.Addr)),
		inside("ip link set eth0 up"),
		outside(fmt.Sprintf("ip addr add %s/24 dev %s", here, shore)),
		outside("ip link set " + shore + " up"),
		inside("ip route add default via " + here.String()),
	} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return island, nil
}

// Run carries out a command line on the island and waits for its end.
func (i *Island) Run(ctx context.Context, words string) (err error) {
	i.Do(func() { err = command(ctx, words) })
	return err
}

// Do calls f on the island: what it dials, listens on and starts belongs there. Safe for concurrent use; one at a time.
func (i *Island) Do(f func()) {
	done := make(chan struct{})
	i.work <- func() {
		defer close(done)
		f()
	}
	<-done
}

// Dial connects from the island, whose loopback is another than the caller's. The address must hold an IP.
func (i *Island) Dial(ctx context.Context, network, address string) (c net.Conn, err error) {
	i.Do(func() { c, err = (&net.Dialer{}).DialContext(ctx, network, address) })
	return c, err
}

// Weather is what the router does to packets, rule by rule in the language of nft, "ip saddr 10.77.1.2 drop"; it replaces all
// that was before. No rule: everything passes.
func (s *Sea) Weather(ctx context.Context, rules ...string) error {
	lines := []string{"flush chain ip sea weather"}
	for _, r := range rules {
		lines = append(lines, "add rule ip sea weather "+r)
	}
	return nft(ctx, lines...)
}

// Loses is a rule: so many of a hundred packets between islands are lost, 1 to 99.
func Loses(percent int) string { return fmt.Sprintf("numgen random mod 100 < %d drop", percent) }

// OneWay is a rule: nothing comes from the first islands to the second.
func OneWay(from, to []*Island) string {
	return fmt.Sprintf("ip saddr { %s } ip daddr { %s } drop", addrs(from), addrs(to))
}

func addrs(all []*Island) string {
	words := make([]string, len(all))
	for i, island := range all {
		words[i] = island.Addr.String()
	}
	return strings.Join(words, ", ")
}

// nft carries out commands, all or none.
func nft(ctx context.Context, lines ...string) error {
	c := exec.CommandContext(ctx, tool("nft"), "-f", "-")
	c.Stdin = strings.NewReader(strings.Join(lines, "\n") + "\n")
	return output(c)
}

func command(ctx context.Context, words string) error {
	fields := strings.Fields(words)
	return output(exec.CommandContext(ctx, tool(fields[0]), fields[1:]...))
}

func output(c *exec.Cmd) error {
	said, err := c.CombinedOutput()
	if err != nil {
		return errors.Join(fmt.Errorf("%s: %w", strings.Join(c.Args, " "), err), errors.New(string(said)))
	}
	return nil
}

// tool finds a program of administrators, whose folder not everybody has in the path. "" where there is none.
func tool(name string) string {
	for _, path := range []string{name, "/usr/sbin/" + name, "/sbin/" + name} {
		if found, err := exec.LookPath(path); err == nil {
			return found
		}
	}
	return ""
}
