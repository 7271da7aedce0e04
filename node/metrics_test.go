package node

import (
	"io"
	"regexp"
	"strings"
	"testing"
	"time"

	"conclave/protocol"
	"conclave/protocol/net"
	"conclave/storage/backup"
)

func figures(t *testing.T, n *Node) map[string]float64 {
	t.Helper()
	out := map[string]float64{}
	for _, f := range n.Figures() {
		if _, twice := out[f.Name]; twice {
			t.Errorf("%s is there twice", f.Name)
		}
		out[f.Name] = f.Value
	}
	return out
}

func TestFiguresTellWhatTheNodeDoes(t *testing.T) {
	a, b := open(t, "a", t.TempDir()), open(t, "b", t.TempDir())
	c := meet(t, a, b)
	id := c.send(a, c.alice, "hello")
	c.arrives(b, id)
	c.delivered(a, id)
	stop(t, b)
	c.send(a, c.alice, "into the dark") // before anything was counted
	got := figures(t, a)
	for _, name := range []string{
		"conclave_start_time_seconds", "conclave_unlocked_accounts", "conclave_store_commits_total", "conclave_store_commit_seconds_total",
		"conclave_disk_free_bytes", "conclave_disk_least_free_bytes", "conclave_delivery_waiting_messages", "conclave_delivery_nodes",
		"conclave_net_envelopes_out_total", "conclave_net_envelopes_acked_total", "conclave_net_bytes_out_total", "conclave_net_requests_out_total",
		"conclave_store_commit_longest_seconds", "conclave_session_count", "conclave_prekeys_left", "conclave_prekeys_least_left",
		"conclave_mailbox_most_bytes", "conclave_mailbox_most_nodes",
	} {
		if got[name] <= 0 {
			t.Errorf("%s: got %v, want more than 0", name, got[name])
		}
	}
	for _, name := range []string{"conclave_store_read_only", "conclave_net_panics_total", "conclave_net_bad_frames_total", "conclave_gossip_panics_total", "conclave_delivery_undecryptable_total", "conclave_backup_time_seconds", "conclave_keyring_left_keys"} {
		if v, is := got[name]; v != 0 || !is {
			t.Errorf("%s: got %v (there: %v), want 0", name, v, is)
		}
	}
}

// What is shown must not depend on what the node did: docs/metrics.md lists it.
func TestFiguresAreTheSameOnEveryNode(t *testing.T) {
	n := openLike(t, "a", Config{Listen: []string{}})
	name := regexp.MustCompile(`^conclave_[a-z]+(_[a-z]+)+$`)
	for _, f := range n.Figures() {
		if !name.MatchString(f.Name) || !strings.HasSuffix(f.Help, ".") || strings.ContainsAny(f.Help, "|\n") {
			t.Errorf("got %q, %q: want a name in small letters and a sentence", f.Name, f.Help)
		}
	}
	first := n.Figures()
	other := openLike(t, "b", Config{Data: t.TempDir()}).Figures()
	for i, f := range first {
		if len(first) != len(other) || other[i].Name != f.Name || other[i].Help != f.Help {
			t.Fatalf("figure %d: got %q, want that of the other node", i, f.Name)
		}
	}
}

func TestFiguresCountWhatDoesNotOpen(t *testing.T) {
	_, victim, _, m := scene(t)
	before := figures(t, victim)["conclave_delivery_undecryptable_total"]
	x := m.seal(m.says("changed on its way", func(*protocol.Header) {}))
	x.Blob[len(x.Blob)/2] ^= 1
	m.want(x, net.Refused)
	if got := figures(t, victim)["conclave_delivery_undecryptable_total"] - before; got != 1 {
		t.Errorf("got %v sealed messages that did not open, want 1", got)
	}
}

func TestFiguresTellOfTheBackup(t *testing.T) {
	n := open(t, "a", t.TempDir())
	to, _, err := backup.Passphrase("correct horse battery")
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now().Truncate(time.Second)
	if err := n.Backup(t.Context(), io.Discard, []backup.Recipient{to}); err != nil {
		t.Fatal(err)
	}
	if got := time.Unix(int64(figures(t, n)["conclave_backup_time_seconds"]), 0); got.Before(began) || got.After(time.Now()) {
		t.Errorf("got a backup at %s, want one since %s", got, began)
	}
}
