package gossip

import (
	"errors"
	"fmt"
	"time"

	"conclave/node/feature"
	"conclave/node/group"
	"conclave/protocol"
	"conclave/protocol/net"
	"conclave/protocol/outer"
	"conclave/storage"
)

// circle is a group with members on other nodes. It never changes.
type circle struct {
	log   protocol.Log
	heard []heard // secrets whose topics are listened to; on those of the first messages go out, where sends is set
	sends bool
	nodes []net.PeerID // the member nodes except this one, sorted
	of    map[net.PeerID][]group.Member
	own   []group.Member // devices of members here that can write now
}

// heard is a topic secret.
type heard struct {
	secret outer.Secret
	until  time.Time // zero: as long as it is the one in force
}

// secrets is what a group remembers of its topics. It lies under the conversation's key.
type secrets struct {
	_      struct{} `cbor:",toarray"`
	Now    [32]byte
	Before [32]byte
	Until  uint64 // Unix milliseconds: Before is listened to up to then
}

// heardFor is how long the topics of a secret are listened to that was replaced.
const heardFor = 24 * time.Hour

func secretsKey(r *storage.Realm) storage.Key {
	return r.Key(storage.Gossip, storage.H([]byte("topic")))
}

// circle looks at a group as it is now; nil where there is nobody to gossip with. fresh is to be saved, nil for nothing new.
func (o *Overlay) circle(tx feature.Tx, log protocol.Log) (c *circle, fresh *secrets, err error) {
	talk, err := o.Groups.Conversation(tx, log)
	if err != nil {
		return nil, nil, err
	}
	nodes, err := o.Groups.Nodes(tx, log)
	if err != nil {
		return nil, nil, err
	}
	c = &circle{log: log, of: map[net.PeerID][]group.Member{}}
	here := false
	for _, a := range talk.Members {
		if !o.Directory.Local(tx, a) {
			continue
		}
		here = true
		if !o.Keys.Unlocked(a) {
			continue
		}
		if d, err := o.Keys.Device(a); err == nil {
			c.own = append(c.own, group.Member{Account: a, Device: d.ID})
		}
	}
	for _, n := range nodes {
		if peer, err := net.ParsePeerID(n.Peer); err == nil && len(n.Devices) > 0 {
			c.nodes, c.of[peer] = append(c.nodes, peer), n.Devices
		}
	}
	if !here || len(c.nodes) == 0 {
		return nil, nil, nil
	}
	fresh, err = o.hear(tx, c)
	return c, fresh, err
}

// hear finds the secrets of a circle.
func (o *Overlay) hear(tx feature.Tx, c *circle) (fresh *secrets, err error) {
	realm, err := o.Keys.Conversation(tx, c.log)
	if err != nil {
		return nil, err
	}
	s, err := storage.GetAs[secrets](tx, realm, secretsKey(realm))
	if err != nil && !errors.Is(err, storage.ErrNotFound) {
		return nil, fmt.Errorf("read the topics of a group: %w", err)
	}
	now, err := o.Groups.Topic(tx, c.log)
	if err != nil && !errors.Is(err, feature.ErrNotFound) {
		return nil, err
	}
	if c.sends = err == nil; c.sends && now != s.Now {
		s = secrets{Now: now, Before: s.Now, Until: uint64(o.Now().Add(heardFor).UnixMilli())}
		fresh = &s
	}
	if s.Now != [32]byte{} {
		c.heard = append(c.heard, heard{secret: s.Now}) // while nobody handed the next one over, it is only listened to
	}
	if s.Before != [32]byte{} && until(s.Until).After(o.Now()) {
		c.heard = append(c.heard, heard{s.Before, until(s.Until)})
	}
	return fresh, nil
}

func (o *Overlay) saveSecrets(tx feature.Tx, log protocol.Log, s secrets) error {
	realm, err := o.Keys.Conversation(tx, log)
	if errors.Is(err, feature.ErrLocked) || errors.Is(err, feature.ErrNotFound) {
		return nil // by the next look
	}
	if err != nil {
		return err
	}
	return storage.PutAs(tx, realm, secretsKey(realm), s)
}

// topic is one that this node listens to.
type topic struct {
	name  string
	log   protocol.Log
	keys  outer.Keys
	peers []net.PeerID // gossip hosts expected there
}

// days are the first and the last day whose topics are listened to.
func days(now time.Time) (first, last uint32) {
	all := outer.DaysOf(now)
	return uint32(all[0]), uint32(all[len(all)-1])
}

// topics are those that a circle listens to now, by name.
func (c *circle) topics(now time.Time, peers []net.PeerID) map[string]*topic {
	out := map[string]*topic{}
	for _, h := range c.heard {
		keys := h.secret.Keys()
		for _, day := range outer.DaysOf(now) {
			name := outer.Topic(h.secret, c.log, day)
			out[name] = &topic{name: name, log: c.log, keys: keys, peers: peers}
		}
	}
	return out
}

// today is the topic on which messages go out; "" for none.
func (c *circle) today(now time.Time) string {
	if !c.sends {
		return ""
	}
	return outer.Topic(c.heard[0].secret, c.log, outer.DayOf(now))
}
