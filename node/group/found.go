package group

import (
	"fmt"
	"io"

	"conclave/node/feature"
	"conclave/node/group/signer"
	"conclave/protocol"
	"conclave/protocol/membership"
)

// Found implements feature.Groups.
func (g *Groups) Found(tx feature.Tx, by protocol.Account, n feature.NewGroup) (feature.Conversation, error) {
	dev, err := g.Keys.Device(by)
	if err != nil {
		return feature.Conversation{}, err
	}
	author, err := signer.Author(tx, g.Identities, by, dev.ID)
	if err != nil {
		return feature.Conversation{}, err
	}
	secret, err := g.newSecret()
	if err != nil {
		return feature.Conversation{}, err
	}
	body := &membership.Create{
		Creators: []protocol.Account{by}, Policy: n.Policy, Meta: n.Meta, Topic: membership.TopicCommitment(secret),
	}
	if _, err := io.ReadFull(g.Random, body.Nonce[:]); err != nil {
		return feature.Conversation{}, fmt.Errorf("draw the nonce of a group: %w", err)
	}
	create, err := membership.Found(author, g.wall(), body).Sign(dev.DSK)
	if err != nil {
		return feature.Conversation{}, feature.ErrBadRequest.With("A group cannot begin like this.")
	}
	r := row{Log: create.Group}
	if err := g.Keys.NewConversation(tx, r.Log, []protocol.Account{by}); err != nil {
		return feature.Conversation{}, fmt.Errorf("make the key of a group: %w", err)
	}
	if err := g.found(tx, &r, create); err != nil {
		return feature.Conversation{}, err
	}
	if err := g.stand(tx, r.Log, by, standing{feature.GroupJoined, true}); err != nil {
		return feature.Conversation{}, err
	}
	if err := g.KeepTopic(tx, r.Log, secret); err != nil {
		return feature.Conversation{}, err
	}
	now, err := g.view(tx, r)
	if err != nil {
		return feature.Conversation{}, err
	}
	tx.OnCommit(func() { g.Registry.GroupMoved(feature.GroupMoved{Log: r.Log, Now: now.state}) })
	return now.talk, nil
}

func (g *Groups) wall() uint64 { return uint64(g.Now().UnixMilli()) }

func (g *Groups) newSecret() (s [32]byte, err error) {
	if _, err := io.ReadFull(g.Random, s[:]); err != nil {
		return s, fmt.Errorf("draw a topic secret: %w", err)
	}
	return s, nil
}
