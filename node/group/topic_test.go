package group

import (
	"testing"

	"conclave/node/feature"
	"conclave/protocol"
)

// A secret may come long after the operation that commits to it: whoever listens to its topics is told then, once.
func TestATopicSecretThatComesIsTold(t *testing.T) {
	w := newWorld(t, "a", "b")
	ana, ben := w.person(0), w.person(1)
	log := w.groupOf(w.sites[1])
	before := ben.kept
	secret := protocol.TopicSecret{Log: log, Secret: [32]byte{1}}
	for range 2 {
		ben.update(func(tx feature.Tx) error { return ben.TakeTopic(tx, ana.id, secret) })
	}
	if got := ben.kept - before; got != 1 {
		t.Errorf("told of a secret that came twice: got %d times, want once", got)
	}
}
