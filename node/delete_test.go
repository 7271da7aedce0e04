package node

import (
	"bufio"
	"bytes"
	"context"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/event"
	"conclave/protocol/membership"
	"conclave/storage"
)

// gatherOpenly is gather where members read what was said before they joined, so that all nodes have the same history.
func gatherOpenly(t *testing.T, nodes ...*Node) *circle {
	t.Helper()
	g := found(t, func(p *membership.Policy) { p.History = membership.HistoryAll }, nodes...)
	for i := range nodes[1:] {
		g.join(i + 1)
	}
	return g
}

// deletes has the account of a node append the deletion of a message, whoever wrote that.
func (g *circle) deletes(i int, message protocol.EventID) (id protocol.EventID) {
	g.t.Helper()
	g.update(i, func(tx feature.Tx) error {
		e, err := g.nodes[i].timeline.Append(tx, feature.Draft{Log: g.log, Author: g.who[i], Body: event.MessageDeleted{Message: message}})
		if err == nil {
			id = e.ID
		}
		return err
	})
	return id
}

func (g *circle) erased(i int, id protocol.EventID) bool { return erased(g.nodes[i], g.log, id) }

func erased(n *Node, log protocol.Log, id protocol.EventID) (is bool) {
	_ = n.store.View(func(tx feature.Tx) error {
		e, err := n.timeline.Get(tx, log, id)
		is = err == nil && e.Erased()
		return err
	})
	return is
}

// contains tells whether a text stands in any row of a node that opens under the key of a log or of the node.
func contains(t *testing.T, n *Node, log protocol.Log, text string) (found bool) {
	t.Helper()
	if err := n.store.View(func(tx feature.Tx) error {
		talk, err := n.keys.Conversation(tx, log)
		if err != nil {
			return err
		}
		for _, realm := range []*storage.Realm{talk, n.keys.Node()} {
			for _, table := range storage.Tables() {
				if err := tx.Scan(realm, realm.Key(table), storage.ScanOptions{}, func(_ storage.Key, v []byte) (bool, error) {
					found = found || bytes.Contains(v, []byte(text))
					return true, nil
				}); err != nil {
					return fmt.Errorf("%s: %w", table, err)
				}
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return found
}

// agree waits until all nodes have the same history.
func (g *circle) agree() {
	g.t.Helper()
	g.until("all nodes have the same history", func() bool {
		g.look()
		var first [32]byte
		for i, n := range g.nodes {
			var hash [32]byte
			g.view(i, func(tx feature.Tx) (err error) {
				hash, _, err = n.timeline.History(tx, g.log)
				return err
			})
			if i == 0 {
				first = hash
			}
			if hash != first {
				return false
			}
		}
		return true
	})
}

const killedMessage = "CONCLAVE_KILLED_MESSAGE"

// TestDeleterThatIsKilled is the child of TestADeletionSurvivesTheEndOfTheNode: it deletes a message and is killed at once.
func TestDeleterThatIsKilled(t *testing.T) {
	if os.Getenv(killedMessage) == "" {
		t.Skip("only as a child")
	}
	g := &circle{t: t, nodes: []*Node{open(t, "killed", os.Getenv(killedDir))}, who: make([]protocol.Account, 1)}
	var message protocol.EventID
	for name, to := range map[string][]byte{killedWho: g.who[0][:], killedLog: g.log[:], killedMessage: message[:]} {
		if _, err := hex.Decode(to, []byte(os.Getenv(name))); err != nil {
			t.Fatal(err)
		}
	}
	id := g.deletes(0, message)
	fmt.Printf("deleted %x\n", id[:])
	select {}
}

// The node of who deletes is killed right after the deletion: all nodes erase the message and its edits, and keep their places.
func TestADeletionSurvivesTheEndOfTheNode(t *testing.T) {
	const secret = "known plaintext"
	dir := t.TempDir()
	g := gatherOpenly(t, open(t, "a", ""), open(t, "b", ""), open(t, "c", dir))
	message := g.say(2, secret)
	var edit protocol.EventID
	g.update(2, func(tx feature.Tx) error {
		e, err := g.nodes[2].timeline.Append(tx, feature.Draft{Log: g.log, Author: g.who[2], Body: event.MessageEdited{Message: message, Content: secret + ", edited"}})
		edit = e.ID
		return err
	})
	for i := range 2 {
		g.arrives(i, edit)
		if !contains(t, g.nodes[i], g.log, secret) {
			t.Fatalf("node %d has not got the text that is to be erased", i)
		}
	}
	stop(t, g.nodes[2])
	deletion := g.dies(dir, message)
	g.nodes[2] = open(t, "c", dir)
	if !g.erased(2, message) || !g.erased(2, edit) {
		t.Error("the node that was killed after it deleted the message still has the text")
	}
	for i := range g.nodes {
		g.arrives(i, deletion)
		g.until("the message is erased", func() bool { return g.erased(i, message) && g.erased(i, edit) })
		if contains(t, g.nodes[i], g.log, secret) {
			t.Errorf("node %d: the text is still in the store", i)
		}
	}
	g.agree()
}

// dies runs the node of who deletes a message in a process of its own, and kills it.
func (g *circle) dies(dir string, message protocol.EventID) (deletion protocol.EventID) {
	g.t.Helper()
	c := exec.Command(os.Args[0], "-test.run=^TestDeleterThatIsKilled$")
	c.Env = append(os.Environ(), killedDir+"="+dir, fmt.Sprintf("%s=%x", killedWho, g.who[2][:]),
		fmt.Sprintf("%s=%x", killedLog, g.log[:]), fmt.Sprintf("%s=%x", killedMessage, message[:]))
	out, err := c.StdoutPipe()
	if err != nil {
		g.t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		g.t.Fatal(err)
	}
	end := time.AfterFunc(time.Minute, func() { c.Process.Kill() })
	defer end.Stop()
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if text, ok := strings.CutPrefix(lines.Text(), "deleted "); ok {
			if _, err := hex.Decode(deletion[:], []byte(text)); err != nil {
				g.t.Fatal(err)
			}
			c.Process.Kill()
		}
	}
	_ = c.Wait() // it was killed
	if deletion.IsZero() {
		g.t.Fatal("the message was not deleted")
	}
	return deletion
}

// Who joins later is given the message without its text, by nodes that erased it, and has the same history.
func TestALateJoinerGetsTombstones(t *testing.T) {
	const secret = "known plaintext"
	g := found(t, func(p *membership.Policy) { p.History = membership.HistoryAll }, open(t, "a", ""), open(t, "b", ""), open(t, "c", ""))
	g.join(1)
	first := g.say(0, "before")
	message := g.say(1, secret)
	g.arrives(0, message)
	last := g.deletes(0, message) // by the owner
	g.arrives(1, last)
	g.until("the message is erased", func() bool { return g.erased(1, message) })
	g.join(2)
	g.arrives(2, g.say(0, "welcome"))
	for _, id := range []protocol.EventID{first, message, last} {
		g.until("the history comes", func() bool { g.look(); return g.has(2, id) })
	}
	if !g.erased(2, message) || contains(t, g.nodes[2], g.log, secret) {
		t.Error("the late joiner has a text that was deleted before")
	}
	g.agree()
	for i := range g.nodes {
		g.until("all know that they have the same", func() bool { g.look(); return g.sync(i).State == feature.InSync })
	}
}

// A deletion by who may not changes nothing anywhere, and a node that gives a message on without its text is not believed that it
// was deleted.
func TestAHostileMemberDeletesNothing(t *testing.T) {
	g := gather(t, open(t, "a", ""))
	m := g.infiltrate()
	message := g.say(0, "mine")
	said := m.logs(g.log, 1)
	var deletion protocol.EventID
	m.update(func(tx feature.Tx) error {
		e, err := m.timeline.Append(tx, feature.Draft{Log: g.log, Author: m.acct, Body: event.MessageDeleted{Message: message}})
		deletion = e.ID
		return err
	})
	var whole atomic.Bool // the other gives texts too
	m.serves(g.log, func(id protocol.EventID, raw []byte, _ *feature.Stamp) []byte {
		if e, err := protocol.DecodeEvent(raw); err == nil && !whole.Load() {
			return e.Erase().Encode()
		}
		return raw
	})
	g.nodes[0].catcher.Behind(g.log, m.host.ID())
	g.until("the other is asked", func() bool { g.look(); return g.sync(0).State == feature.Behind })
	if g.has(0, said[0]) {
		t.Error("a message was taken without its text, which nobody deleted")
	}
	whole.Store(true)
	g.until("all came", func() bool {
		g.nodes[0].catcher.Behind(g.log, m.host.ID())
		return g.has(0, deletion) && g.has(0, said[0])
	})
	if g.erased(0, message) || g.erased(0, said[0]) {
		t.Error("a message was erased that nobody may delete")
	}
}

// ear keeps the texts that come to a node.
type ear struct {
	mu    sync.Mutex
	texts []string
}

func (h *ear) feature() feature.Feature {
	return feature.Feature{Name: "ear", Install: func(host *feature.Host) {
		feature.Project(host, func(_ feature.Tx, _ feature.Entry, b event.MessageSent) error {
			h.mu.Lock()
			defer h.mu.Unlock()
			h.texts = append(h.texts, b.Content)
			return nil
		})
		feature.Follow(host, func(context.Context, feature.Entry) {})
	}}
}

func (h *ear) heard(text string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, t := range h.texts {
		if t == text {
			return true
		}
	}
	return false
}

// What is deleted before it left never leaves: the other node gets the place of the message, and not its text.
func TestWhatIsDeletedBeforeItLeftNeverLeaves(t *testing.T) {
	recall := func(t *testing.T, n *Node, log protocol.Log, who protocol.Account, message protocol.EventID) (id protocol.EventID) {
		t.Helper()
		if err := n.store.Update(t.Context(), func(tx feature.Tx) error {
			if err := n.delivery.Recall(tx, log, message); err != nil {
				return err
			}
			e, err := n.timeline.Append(tx, feature.Draft{Log: log, Author: who, Body: event.MessageDeleted{Message: message}})
			id = e.ID
			return err
		}); err != nil {
			t.Fatal(err)
		}
		return id
	}
	t.Run("direct", func(t *testing.T) {
		dir, listens := t.TempDir(), &ear{}
		a, b := open(t, "a", ""), open(t, "b", dir)
		c := meet(t, a, b)
		c.arrives(b, c.send(a, c.alice, "hello"))
		stop(t, b)
		before, message := c.send(a, c.alice, "before"), c.send(a, c.alice, "regretted")
		recall(t, a, c.log, c.alice, message)
		after := c.send(a, c.alice, "after")
		b = openWith(t, "b", dir, listens.feature())
		for _, id := range []protocol.EventID{before, message, after} {
			c.arrives(b, id)
		}
		if !erased(b, c.log, message) || listens.heard("regretted") || !listens.heard("after") {
			t.Errorf("the other node heard %q, want nothing of what was deleted", listens.texts)
		}
		c.delivered(a, after)
	})
	t.Run("group", func(t *testing.T) {
		dir, listens := t.TempDir(), &ear{}
		g := gatherOpenly(t, open(t, "a", ""), open(t, "b", dir))
		g.arrives(1, g.say(0, "hello"))
		stop(t, g.nodes[1])
		message := g.say(0, "regretted")
		recall(t, g.nodes[0], g.log, g.who[0], message)
		after := g.say(0, "after")
		g.nodes[1] = openWith(t, "b", dir, listens.feature())
		g.arrives(1, after)
		g.until("the place of the message comes", func() bool { g.look(); return g.erased(1, message) })
		if listens.heard("regretted") || !listens.heard("after") {
			t.Errorf("the other node heard %q, want nothing of what was deleted", listens.texts)
		}
		g.agree()
	})
}
