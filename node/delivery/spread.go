package delivery

import (
	"context"
	"slices"

	"conclave/crypto/canon"
	"conclave/node/feature"
	"conclave/node/session"
	"conclave/protocol"
	"conclave/protocol/net"
)

// spreadMost is for how many accounts one message of Spread speaks: their names have to fit into a signal.
const spreadMost = 96

// flat is a node where accounts live that are to be told something.
type flat struct {
	peer  net.PeerID
	pairs []session.Pair
}

// Spread implements feature.Delivery. One of the accounts that live on a node, drawn anew each time, takes the message for all
// of them.
func (d *Delivery) Spread(ctx context.Context, from protocol.Account, to []protocol.Account, kind string, body func([]protocol.Account) ([]byte, error)) (reached []protocol.Account, err error) {
	type letter struct {
		sealedSignal
		to []protocol.Account
	}
	var letters []letter
	d.listen()
	err = d.Store.Update(ctx, func(tx feature.Tx) error {
		letters = nil
		flats, err := d.flats(tx, from, to)
		if err != nil {
			return err
		}
		for _, f := range flats {
			people := f.people()
			for some := range slices.Chunk(people, spreadMost) {
				raw, err := body(some)
				if err != nil {
					return err
				}
				if len(raw) > protocol.MaxSignal {
					return feature.ErrTooLarge
				}
				s, ok, err := d.sealFor(tx, f, kind, raw)
				if err != nil {
					return err
				}
				if ok {
					letters = append(letters, letter{s, some})
				}
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for _, l := range letters {
		if d.putSignal(ctx, l.sealedSignal) {
			reached = append(reached, l.to...)
		}
	}
	return reached, nil
}

// flats are the connected nodes where accounts live that an account may tell something now.
func (d *Delivery) flats(tx feature.Tx, from protocol.Account, to []protocol.Account) ([]*flat, error) {
	dev, err := d.Keys.Device(from)
	if err != nil {
		return nil, err
	}
	var flats []*flat
	at := map[net.PeerID]*flat{}
	for _, who := range to {
		if d.Directory.Local(tx, who) || d.Registry.Admit(tx, from, who) != nil {
			continue
		}
		log, err := d.Directory.Log(tx, who)
		if err != nil {
			continue // nothing is known of it yet
		}
		for _, device := range log.Head().Devices {
			p := session.Pair{Own: from, OwnDev: dev.ID, Peer: who, PeerDev: protocol.Device(device.ID)}
			peer, err := net.ParsePeerID(string(device.PeerID))
			if err != nil || !d.Network.Connected(peer) {
				continue
			}
			f := at[peer]
			if f == nil {
				f = &flat{peer: peer}
				at[peer] = f
				flats = append(flats, f)
			}
			f.pairs = append(f.pairs, p)
		}
	}
	return flats, nil
}

// people are those who live there, each once.
func (f *flat) people() (out []protocol.Account) {
	for _, p := range f.pairs {
		if len(out) == 0 || out[len(out)-1] != p.Peer {
			out = append(out, p.Peer)
		}
	}
	return out
}

// sealFor seals a signal for a device at a node, for whichever it is possible now.
func (d *Delivery) sealFor(tx feature.Tx, f *flat, kind string, body []byte) (sealedSignal, bool, error) {
	var draw [2]byte
	if _, err := d.Random.Read(draw[:]); err != nil {
		return sealedSignal{}, false, err
	}
	first := (int(draw[0])<<8 | int(draw[1])) % len(f.pairs)
	for i := range f.pairs {
		p := f.pairs[(first+i)%len(f.pairs)]
		s := protocol.Signal{Log: protocol.DirectLog(p.Own, p.Peer), Kind: kind, Body: body, At: uint64(d.Now().UnixMilli())}
		out, ok, err := d.sealSignal(tx, p, protocol.Item{Kind: protocol.ItemSignal, Data: canon.MustMarshal(s)})
		if ok || err != nil {
			return sealedSignal{f.peer, p, out}, ok, err
		}
	}
	return sealedSignal{}, false, nil
}
