package group

import (
	"errors"
	"slices"

	"conclave/crypto/canon"
	"conclave/node/feature"
	"conclave/node/session"
	"conclave/protocol"
	"conclave/protocol/membership"
	"conclave/storage"
)

// maxTopics bounds how many topic secrets of a group are kept: the operation that says which one counts may come later, and one that
// counts can be made void.
const maxTopics = 8

func topicKey(realm *storage.Realm) storage.Key {
	return realm.Key(storage.Proofs, storage.H([]byte("topic")))
}

func (g *Groups) topics(tx feature.Tx, log protocol.Log) (*storage.Realm, [][32]byte, error) {
	realm, err := g.Keys.Conversation(tx, log)
	if err != nil {
		return nil, nil, err
	}
	list, err := storage.GetAs[[][32]byte](tx, realm, topicKey(realm))
	if err != nil && !errors.Is(err, storage.ErrNotFound) {
		return nil, nil, err
	}
	return realm, list, nil
}

// KeepTopic keeps a topic secret, the newest last; the one in force is not pushed out by others.
func (g *Groups) KeepTopic(tx feature.Tx, log protocol.Log, secret [32]byte) error {
	realm, list, err := g.topics(tx, log)
	if err != nil || slices.Contains(list, secret) {
		return err
	}
	if list = append(list, secret); len(list) > maxTopics {
		oldest := 0
		if now, err := g.now(tx, log); err == nil && membership.TopicCommitment(list[0]) == now.state.Topic() {
			oldest = 1
		}
		list = slices.Delete(list, oldest, oldest+1)
	}
	if g.TopicKept != nil {
		tx.OnCommit(g.TopicKept)
	}
	return storage.PutAs(tx, realm, topicKey(realm), list)
}

// Topic returns the topic secret of a group that its operations commit to; feature.ErrNotFound while nobody handed it over.
func (g *Groups) Topic(tx feature.Tx, log protocol.Log) ([32]byte, error) {
	now, err := g.now(tx, log)
	if err != nil {
		return [32]byte{}, err
	}
	_, list, err := g.topics(tx, log)
	if err != nil {
		return [32]byte{}, err
	}
	for _, secret := range slices.Backward(list) {
		if membership.TopicCommitment(secret) == now.state.Topic() {
			return secret, nil
		}
	}
	return [32]byte{}, feature.ErrNotFound
}

// TakeTopic takes a topic secret that came over the session of a member. What it is worth the operations decide.
func (g *Groups) TakeTopic(tx feature.Tx, from protocol.Account, t protocol.TopicSecret) error {
	now, err := g.now(tx, t.Log)
	if err != nil {
		return err
	}
	if now.state.Role(from) == 0 && membership.TopicCommitment(t.Secret) != now.state.Topic() {
		return feature.ErrForbidden
	}
	return g.KeepTopic(tx, t.Log, t.Secret)
}

// handTopic sends a new topic secret to one device on each other member node.
func (g *Groups) handTopic(tx feature.Tx, now *view, by protocol.Account, dev protocol.Device, secret [32]byte) error {
	if err := g.KeepTopic(tx, now.log, secret); err != nil {
		return err
	}
	nodes, err := g.Nodes(tx, now.log)
	if err != nil {
		return err
	}
	item := protocol.Item{Kind: protocol.ItemTopic, Data: canon.MustMarshal(protocol.TopicSecret{Log: now.log, Secret: secret})}
	for _, n := range nodes {
		to := n.Devices[0]
		if err := g.outbox.Control(tx, session.Pair{Own: by, OwnDev: dev, Peer: to.Account, PeerDev: to.Device}, item); err != nil {
			return err
		}
	}
	return nil
}
