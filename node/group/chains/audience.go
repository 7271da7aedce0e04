package chains

import (
	"bytes"
	"cmp"
	"errors"
	"slices"

	"conclave/crypto/canon"
	"conclave/crypto/identity"
	"conclave/node/feature"
	"conclave/protocol"
)

// Member is a device of a member.
type Member struct {
	Account protocol.Account
	Device  protocol.Device
}

// MemberNode is a node that hosts devices of members.
type MemberNode struct {
	Peer    string   // text of its peer id
	Devices []Member // one at least, sorted
}

// audience is who a message of now is for. It never changes and is shared.
type audience struct {
	view    [32]byte
	logs    []*identity.Log                      // what it was made of, by place of the member; nil where none is known
	nodes   []MemberNode                         // other nodes, sorted
	devices []protocol.Device                    // of all members, everywhere, sorted
	own     map[protocol.Device]protocol.Account // devices on this node
	print   [32]byte                             // of the devices
}

// audience returns who a message under a view is for. What is at hand is made anew when the view or a member's identity log
// is another, so that it needs no word of changes.
func (g *Chains) audience(tx feature.Tx, now View) (*audience, error) {
	had, _ := g.audiences.Get(now.Log)
	if had != nil && had.view != now.ID {
		had = nil
	}
	logs := make([]*identity.Log, len(now.Members))
	same := had != nil
	for i, a := range now.Members {
		log, err := g.Identities.Log(tx, a)
		if err != nil && !errors.Is(err, feature.ErrNotFound) {
			return nil, err
		}
		if err == nil {
			logs[i] = log
		}
		same = same && logs[i] == had.logs[i]
	}
	if same {
		return had, nil
	}
	a := &audience{view: now.ID, logs: logs}
	a.gather(now.Members, g.Self)
	g.audiences.Add(now.Log, a)
	return a, nil
}

func (a *audience) gather(members []protocol.Account, self string) {
	homes := map[string][]Member{}
	a.own = map[protocol.Device]protocol.Account{}
	for i, log := range a.logs {
		if log == nil {
			continue
		}
		for _, d := range log.Head().Devices {
			a.devices = append(a.devices, protocol.Device(d.ID))
			if peer := string(d.PeerID); peer != self {
				homes[peer] = append(homes[peer], Member{members[i], protocol.Device(d.ID)})
			} else {
				a.own[protocol.Device(d.ID)] = members[i]
			}
		}
	}
	for peer, devices := range homes {
		slices.SortFunc(devices, func(a, b Member) int {
			return cmp.Or(bytes.Compare(a.Account[:], b.Account[:]), bytes.Compare(a.Device[:], b.Device[:]))
		})
		a.nodes = append(a.nodes, MemberNode{peer, devices})
	}
	slices.SortFunc(a.nodes, func(a, b MemberNode) int { return cmp.Compare(a.Peer, b.Peer) })
	slices.SortFunc(a.devices, compareDevices)
	all := make([]byte, 0, 16*len(a.devices))
	for _, d := range a.devices {
		all = append(all, d[:]...)
	}
	a.print = canon.Hash("audience", all)
}

func compareDevices(a, b protocol.Device) int { return bytes.Compare(a[:], b[:]) }

// has tells whether a device is a member's.
func (a *audience) has(d protocol.Device) bool {
	_, ok := slices.BinarySearchFunc(a.devices, d, compareDevices)
	return ok
}

// Nodes returns the other nodes that host a member, sorted. Accounts whose identity log is not known here are left out. The result is
// shared and must not be changed.
func (g *Chains) Nodes(tx feature.Tx, log protocol.Log) ([]MemberNode, error) {
	now, err := g.Views.View(tx, log)
	if err != nil {
		return nil, err
	}
	a, err := g.audience(tx, now)
	if err != nil {
		return nil, err
	}
	return a.nodes, nil
}

// Hosts returns the members that live on another node, sorted: none for a node that has no part in the group now.
func (g *Chains) Hosts(tx feature.Tx, log protocol.Log, peer string) ([]protocol.Account, error) {
	nodes, err := g.Nodes(tx, log)
	if err != nil {
		return nil, err
	}
	i, ok := slices.BinarySearchFunc(nodes, peer, func(n MemberNode, peer string) int { return cmp.Compare(n.Peer, peer) })
	if !ok {
		return nil, nil
	}
	var out []protocol.Account
	for _, m := range nodes[i].Devices {
		if len(out) == 0 || out[len(out)-1] != m.Account {
			out = append(out, m.Account)
		}
	}
	return out, nil
}
