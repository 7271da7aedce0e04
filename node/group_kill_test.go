package node

import (
	"bufio"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"conclave/node/feature"
	"conclave/protocol"
)

// Where TestMemberThatIsKilled finds its node, and the account and group that it speaks for.
const (
	killedDir = "CONCLAVE_KILLED_DIR"
	killedWho = "CONCLAVE_KILLED_WHO"
	killedLog = "CONCLAVE_KILLED_LOG"
)

// TestMemberThatIsKilled is the child of TestNothingIsLostWhenANodeIsKilled: it writes until it is killed, and prints the id
// of what is durable.
func TestMemberThatIsKilled(t *testing.T) {
	if os.Getenv(killedDir) == "" {
		t.Skip("only as a child")
	}
	g := &circle{t: t, nodes: []*Node{open(t, "killed", os.Getenv(killedDir))}, who: make([]protocol.Account, 1)}
	for name, to := range map[string][]byte{killedWho: g.who[0][:], killedLog: g.log[:]} {
		if _, err := hex.Decode(to, []byte(os.Getenv(name))); err != nil {
			t.Fatal(err)
		}
	}
	for n := 0; ; n++ {
		id := g.say(0, fmt.Sprint("before I am killed ", n))
		fmt.Printf("said %x\n", id[:])
	}
}

// The node of a member is killed again and again in the middle of a talk. What it said before it died all others get, what they
// said it gets, once and in order.
func TestNothingIsLostWhenANodeIsKilled(t *testing.T) {
	kills := 5
	if testing.Short() {
		kills = 1
	}
	dir := t.TempDir()
	g := gather(t, open(t, "a", ""), open(t, "b", ""), open(t, "c", dir))
	stop(t, g.nodes[2])
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	var said, heard []protocol.EventID
	for range kills {
		said = append(said, g.killed(dir, time.Duration(200+random.IntN(800))*time.Millisecond, func() {
			heard = append(heard, g.say(len(heard)%2, "to who is killed"))
		})...)
	}
	g.nodes[2] = open(t, "c", dir)
	last := g.say(2, "alive")
	for i := range g.nodes {
		g.arrives(i, last)
		for _, id := range said {
			g.arrives(i, id)
		}
		for _, id := range heard {
			g.arrives(i, id)
		}
	}
	g.becomes(2, last, feature.Delivered)
	for n, id := range heard {
		g.becomes(n%2, id, feature.Delivered)
	}
	for _, id := range said {
		g.becomes(2, id, feature.Delivered)
	}
	g.same()
	if len(said) < kills {
		t.Errorf("got only %d messages over %d kills: that proves little", len(said), kills)
	}
}

// killed runs a node in a process of its own for a while, with somebody talking to it, and kills that.
func (g *circle) killed(dir string, long time.Duration, meanwhile func()) (said []protocol.EventID) {
	g.t.Helper()
	c := exec.Command(os.Args[0], "-test.run=^TestMemberThatIsKilled$")
	c.Env = append(os.Environ(), killedDir+"="+dir, fmt.Sprintf("%s=%x", killedWho, g.who[2][:]), fmt.Sprintf("%s=%x", killedLog, g.log[:]))
	out, err := c.StdoutPipe()
	if err != nil {
		g.t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		g.t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	end := time.AfterFunc(time.Minute, func() { c.Process.Kill() })
	defer end.Stop()
	for lines.Scan() {
		text, ok := strings.CutPrefix(lines.Text(), "said ")
		var id protocol.EventID
		if n, err := hex.Decode(id[:], []byte(text)); !ok || err != nil || n != len(id) {
			continue // cut off by the end
		}
		if said = append(said, id); len(said) == 1 {
			end.Reset(long)
		}
		if len(said)%10 == 0 {
			meanwhile()
		}
	}
	_ = c.Wait() // it was killed
	return said
}
