package delivery

import (
	"errors"
	"fmt"
	"slices"

	keys "conclave/crypto/group"
	"conclave/node/feature"
	"conclave/node/group"
	"conclave/node/session"
	"conclave/protocol"
	"conclave/protocol/net"
)

// The members of a node share what they receive of a chain, so its key goes to one device of each node: to the next one where
// the first is locked (SPEC.md, groups, chains and messages).

// handover is the key of a chain on its way to a member node.
type handover struct {
	Log   protocol.Log `cbor:"0,keyasint"`
	Chain keys.ChainID `cbor:"1,keyasint"`
	Peer  net.PeerID   `cbor:"2,keyasint"`
	Laid  uint64       `cbor:"3,keyasint"` // devices that keep it and were locked
}

// maxLaid is how many locked devices of a node are tried: what is sent meanwhile is kept there all the same.
const maxLaid = 4

// give sends the key of a device's sending chain to the nodes that lack it.
func (d *Delivery) give(tx feature.Tx, log protocol.Log, own protocol.Account, dev protocol.Device) error {
	for { // nodes that joined at different times are given different keys
		dist, chain, to, err := d.groups.Owed(tx, log, dev)
		if err != nil {
			return fmt.Errorf("find who lacks the key of a chain: %w", err)
		}
		if len(to) == 0 {
			return nil
		}
		for _, node := range to {
			pair := session.Pair{Own: own, OwnDev: dev}
			h := handover{Log: log, Chain: chain, Peer: net.PeerID(node.Peer)}
			if err := d.hand(tx, pair, h, node.Devices[0], dist); err != nil {
				return err
			}
		}
	}
}

// hand queues the key for one device.
func (d *Delivery) hand(tx feature.Tx, pair session.Pair, h handover, to group.Member, dist []byte) error {
	pair.Peer, pair.PeerDev = to.Account, to.Device
	items := []protocol.Item{{Kind: protocol.ItemChain, Data: dist}}
	content := protocol.EncodeContent(items...)
	err := d.groups.Giving(tx, h.Log, h.Chain, string(h.Peer), to.Device)
	if errors.Is(err, feature.ErrNotFound) {
		return nil // the group is no longer here
	}
	if err != nil {
		return fmt.Errorf("note who is given the key of a chain: %w", err)
	}
	_, err = d.enqueue(tx, parcel{Pair: pair, Control: content, Handover: &h}, kindOf(content), items)
	return err
}

// handedOver notes that a node has the key: what waits for it goes on.
func (d *Delivery) handedOver(tx feature.Tx, h handover) error {
	err := d.groups.Gave(tx, h.Log, h.Chain, string(h.Peer))
	if errors.Is(err, feature.ErrNotFound) {
		return nil // the group is no longer here
	}
	if err != nil {
		return fmt.Errorf("note who has the key of a chain: %w", err)
	}
	d.openRoad(tx, way{h.Log, h.Peer})
	return nil
}

// handOn sends the key to the next device of the node, after one that keeps it locked, or does not take it. Where no other is
// left, what locked devices keep suffices.
func (d *Delivery) handOn(tx feature.Tx, p parcel, laid bool) error {
	if p.Handover == nil {
		return nil
	}
	h := *p.Handover
	if laid {
		h.Laid++
	}
	next, err := d.nextDevice(tx, h, p.Pair)
	if err != nil {
		return err
	}
	if next == nil || h.Laid >= maxLaid {
		if h.Laid == 0 {
			return nil
		}
		return d.handedOver(tx, h)
	}
	items, err := protocol.DecodeContent(p.Control)
	if err != nil || len(items) != 1 {
		return fmt.Errorf("read the key of a chain: %w", err)
	}
	return d.hand(tx, p.Pair, h, *next, items[0].Data)
}

// nextDevice is the one behind the device of a pair, among those of the node; nil for none.
func (d *Delivery) nextDevice(tx feature.Tx, h handover, p session.Pair) (*group.Member, error) {
	nodes, err := d.groups.Nodes(tx, h.Log)
	if errors.Is(err, feature.ErrLocked) || errors.Is(err, feature.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(nodes, func(n group.MemberNode) bool { return n.Peer == string(h.Peer) })
	if i < 0 {
		return nil, nil
	}
	devices := nodes[i].Devices
	at := slices.Index(devices, group.Member{Account: p.Peer, Device: p.PeerDev})
	if at+1 >= len(devices) {
		return nil, nil
	}
	return &devices[at+1], nil
}
