package node

import (
	"bytes"
	"context"
	"sync/atomic"
	"testing"

	"conclave/crypto/canon"
	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/membership"
	"conclave/storage"
)

// topic is the topic secret that a node holds, zero for none.
func (g *circle) topic(i int) (secret [32]byte) {
	g.t.Helper()
	g.view(i, func(tx feature.Tx) error { secret, _ = g.nodes[i].groups.Topic(tx, g.log); return nil })
	return secret
}

// lose has a node forget the topic secrets of the group.
func (g *circle) lose(i int) {
	g.t.Helper()
	g.update(i, func(tx feature.Tx) error {
		realm, err := g.nodes[i].keys.Conversation(tx, g.log)
		if err == nil {
			tx.Delete(realm.Key(storage.Proofs, storage.H([]byte("topic"))))
		}
		return err
	})
	if g.topic(i) != [32]byte{} {
		g.t.Fatal("the topic secret is not lost")
	}
}

func TestALostTopicSecretIsAskedForAtMemberNodes(t *testing.T) {
	g := gather(t, open(t, "a", ""), open(t, "b", ""), open(t, "c", ""))
	want := g.topic(0)
	g.lose(1)
	g.lose(2) // who has none is asked too, and asks
	for i := 1; i < 3; i++ {
		g.until("the secret is back", func() bool { g.look(); return g.topic(i) == want })
	}
	g.act(0, &membership.Remove{Account: g.who[2]})
	g.until("there is another secret", func() bool { now := g.topic(1); return now != want && now != [32]byte{} })
	former := g.nodes[2].host
	if out, err := former.Request(t.Context(), g.nodes[0].host.ID(), "group.topic", canon.MustMarshal(map[uint64]any{0: g.log})); err == nil {
		t.Errorf("a former member's node asks for the secret: got %d bytes, want a refusal", len(out))
	}
}

func TestATopicSecretThatNobodyCommittedToIsNotKept(t *testing.T) {
	g := gather(t, open(t, "a", ""), open(t, "b", ""))
	g.lose(1)
	var asked atomic.Int64
	g.nodes[0].directory.Serve("group.topic", func(context.Context, string, []byte) ([]byte, error) {
		asked.Add(1)
		return canon.MustMarshal(protocol.TopicSecret{Log: g.log, Secret: [32]byte(bytes.Repeat([]byte{7}, 32))}), nil
	})
	g.until("the secret is asked for", func() bool { g.look(); return asked.Load() > 0 })
	said := g.say(0, "still in touch") // its node is left alone as one to ask, not as one that tells
	g.arrives(1, said)
	if got := g.topic(1); got != [32]byte{} {
		t.Errorf("topic secret: got %x, want none", got[:4])
	}
	g.view(1, func(tx feature.Tx) error {
		realm, err := g.nodes[1].keys.Conversation(tx, g.log)
		if err != nil {
			return err
		}
		if kept, err := tx.Has(realm.Key(storage.Proofs, storage.H([]byte("topic")))); err != nil || kept {
			t.Errorf("a secret was kept: got %v, %v, want none", kept, err)
		}
		return nil
	})
}
