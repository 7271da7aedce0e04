package delivery

import (
	"sort"
	"time"

	"conclave/node/delivery/road"
	"conclave/node/feature"
	"conclave/protocol/net"
	"conclave/storage"
)

// Stops lists the nodes with which this one shares a group, also while its members are locked.
func (d *Delivery) Stops(tx feature.Tx) (map[net.PeerID]bool, error) {
	out := map[net.PeerID]bool{}
	return out, d.roads.All(tx, func(r road.Road) (bool, error) {
		out[r.Peer] = true
		return true, nil
	})
}

// Peers implements feature.Delivery: the nodes that are connected, were tried, or that something waits for.
func (d *Delivery) Peers() []feature.Peer {
	waiting, oldest := map[net.PeerID]int{}, map[net.PeerID]uint64{}
	seen := func(peer net.PeerID, created uint64) {
		if was, known := oldest[peer]; !known || created < was {
			oldest[peer] = created
		}
	}
	if err := d.Store.View(func(tx feature.Tx) error {
		if err := d.roads.All(tx, func(r road.Road) (bool, error) {
			n, err := d.roads.Waiting(tx, r)
			if err != nil || n == 0 {
				return true, err
			}
			waiting[r.Peer] += n
			return true, d.roads.Each(tx, r.Log, r.At, func(first road.Row) (bool, error) {
				seen(r.Peer, first.Created)
				return false, nil
			})
		}); err != nil {
			return err
		}
		return d.each(tx, d.Realm.Key(storage.Outbox), "", func(_ storage.Key, p parcel) (bool, error) {
			if peer, ok := d.home(tx, p.Pair); ok && !p.Event.IsZero() && p.State != failed {
				waiting[peer]++
				if p.State == sealed || p.State == unsealed && d.Keys.Unlocked(p.Pair.Own) {
					seen(peer, p.Created)
				}
			}
			return true, nil
		})
	}); err != nil {
		d.Logger.Error("count what waits", "err", err)
	}
	peers := map[net.PeerID]feature.Peer{}
	for _, s := range d.Network.Peers() {
		p := feature.Peer{ID: string(s.Peer), Connected: s.Connected, Since: s.Since, Addresses: []string{}, LastError: s.LastError}
		if s.Address != "" {
			p.Addresses = append(p.Addresses, s.Address)
		}
		peers[s.Peer] = p
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	for id, n := range waiting {
		p, known := peers[id]
		if !known {
			p = feature.Peer{ID: string(id), Addresses: []string{}}
		}
		p.Waiting = n
		if at, known := oldest[id]; known {
			p.Oldest = time.UnixMilli(int64(min(at, 1<<53))).UTC()
		}
		peers[id] = p
	}
	out := make([]feature.Peer, 0, len(peers))
	for id, p := range peers {
		p.LastSeen = d.lastSeen[id]
		out = append(out, p)
	}
	sort.Slice(out, func(i, j int) bool { return out[i].ID < out[j].ID })
	return out
}
