package delivery

import (
	"errors"
	"slices"

	keys "conclave/crypto/group"
	"conclave/crypto/identity"
	"conclave/node/feature"
	"conclave/node/group"
	"conclave/node/session"
	"conclave/node/timeline"
	"conclave/protocol"
	"conclave/protocol/membership"
	"conclave/protocol/net"
)

// takeGroup is one record of a group. An error is a fault of this node; nothing of the transaction counts then.
func (d *Delivery) takeGroup(tx feature.Tx, from net.PeerID, put net.Put) (net.Code, error) {
	p, err := protocol.DecodeGroupPut(put.Blob)
	if err != nil || d.groups == nil || protocol.Queue(put.Queue) != protocol.GroupQueue(p.Log) {
		return net.Refused, nil
	}
	if p.Kind == protocol.GroupSignal || p.Kind == protocol.GroupCursors {
		return d.passing(tx, from, p)
	}
	waiting, err := d.somethingLaid(tx, p.Log)
	if err != nil {
		return 0, err
	}
	code := net.Code(0)
	if waiting {
		err = feature.ErrLocked // what is laid up comes first
		if _, shut := d.timeline.Conversation(tx, p.Log); shut == nil {
			tx.OnCommit(d.lookIn)
		}
	} else {
		code, err = d.record(tx, from, p)
	}
	if errors.Is(err, feature.ErrLocked) {
		code, err = d.layGroup(tx, from, p.Log, put.Blob)
	}
	return code, err
}

// record takes in an operation or a message; feature.ErrLocked while all members of this node are locked.
func (d *Delivery) record(tx feature.Tx, from net.PeerID, p protocol.GroupPut) (net.Code, error) {
	known, err := d.hosts(tx, p.Log, from)
	switch {
	case errors.Is(err, feature.ErrNotFound):
		return net.Later, nil // its welcome may be on the way
	case err != nil:
		return 0, err
	case p.Kind == protocol.GroupOp && known:
		return d.operation(tx, from, p)
	case p.Kind == protocol.GroupMessage:
		return d.message(tx, from, p, known)
	}
	return net.Refused, nil
}

// hosts tells whether a member of a group lives on a node, as far as is known; of a group that is being joined nothing is.
func (d *Delivery) hosts(tx feature.Tx, log protocol.Log, peer net.PeerID) (bool, error) {
	members, err := d.groups.Hosts(tx, log, string(peer))
	if err != nil && !errors.Is(err, feature.ErrNotFound) || len(members) > 0 {
		return err == nil, err
	}
	joining, fault := d.groups.Joining(tx)
	for _, j := range joining {
		if j.Log == log {
			return true, fault
		}
	}
	return false, errors.Join(err, fault)
}

func (d *Delivery) operation(tx feature.Tx, from net.PeerID, p protocol.GroupPut) (net.Code, error) {
	if len(p.Data) > protocol.MaxOp {
		d.accuse(tx, feature.Incident{Kind: feature.ForgedRecord, Peer: string(from), Log: p.Log})
		return net.Refused, nil
	}
	taken, err := d.groups.TakeOps(tx, p.Log, [][]byte{p.Data})
	if err != nil {
		return 0, err
	}
	if err := d.forked(tx, from, p.Log, taken); err != nil {
		return 0, err
	}
	switch {
	case len(taken.Over) > 0:
		return net.Later, nil
	case len(taken.Missing) > 0 || len(taken.Strangers) > 0:
		d.report(tx, way{p.Log, from}, behind)
		return net.Later, nil
	case len(taken.Added) > 0:
		d.stir(tx)
		return net.Delivered, nil
	case taken.Refused > 0:
		d.report(tx, way{p.Log, from}, forged)
		d.accuse(tx, feature.Incident{Kind: feature.ForgedRecord, Peer: string(from), Log: p.Log})
		return net.Refused, nil
	}
	return net.Duplicate, nil
}

// forked reports devices that signed two operations under one number, and accounts that sign more than is taken. A node on
// which the account lives answers for it; one that passes the operation on may know no better.
func (d *Delivery) forked(tx feature.Tx, from net.PeerID, log protocol.Log, taken group.Taken) error {
	for kind, list := range map[feature.IncidentKind][]membership.Author{feature.TwinRecord: taken.Forked, feature.PeerFloods: taken.Over} {
		for _, a := range list {
			there, err := d.livesAt(tx, a.Account, from)
			if err != nil {
				return err
			}
			i := feature.Incident{Kind: kind, Peer: string(from), Log: log, Account: a.Account, Device: a.Device}
			if there {
				d.accuse(tx, i)
			} else if kind == feature.TwinRecord {
				tx.OnCommit(func() { d.Registry.Report(i) })
			}
		}
	}
	return nil
}

// livesAt tells whether an account has a device on a node, as its identity log stands here.
func (d *Delivery) livesAt(tx feature.Tx, a protocol.Account, peer net.PeerID) (bool, error) {
	log, err := d.Directory.Log(tx, a)
	if err != nil {
		return false, err
	}
	return slices.ContainsFunc(log.Head().Devices, func(dev identity.Device) bool { return string(dev.PeerID) == string(peer) }), nil
}

func (d *Delivery) message(tx feature.Tx, from net.PeerID, p protocol.GroupPut, known bool) (net.Code, error) {
	w := way{p.Log, from}
	m, err := keys.DecodeInner(p.Data)
	if err != nil {
		d.report(tx, w, forged)
		d.accuse(tx, feature.Incident{Kind: feature.ForgedRecord, Peer: string(from), Log: p.Log})
		return net.Refused, nil
	}
	switch _, err := d.timeline.Get(tx, p.Log, m.ID); {
	case err == nil:
		return net.Duplicate, nil
	case !errors.Is(err, feature.ErrNotFound):
		return 0, err
	}
	if !known {
		if ok, code, err := d.lastWord(tx, from, p.Log, m); err != nil || !ok {
			return code, err
		}
	}
	e, stamp, err := d.groups.Open(tx, p.Log, p.Data)
	switch {
	case errors.Is(err, timeline.ErrBehind), errors.Is(err, group.ErrNoChain), errors.Is(err, group.ErrStranger):
		d.report(tx, w, behind)
		return net.Later, nil
	case errors.Is(err, group.ErrReplay):
		return net.Duplicate, nil
	case errors.Is(err, group.ErrForged):
		d.report(tx, w, forged)
		d.accuse(tx, incidentOf(err, feature.Incident{Peer: string(from), Log: p.Log}))
		return net.Refused, nil
	case errors.Is(err, group.ErrUnreadable):
		d.report(tx, w, behind)
		return net.Refused, nil
	case err != nil:
		return 0, err
	}
	switch err := d.timeline.IngestGroup(tx, e, stamp); {
	case err == nil:
		return net.Delivered, nil
	case errors.Is(err, timeline.ErrDuplicate):
		return net.Duplicate, nil
	case errors.Is(err, timeline.ErrRefused):
		return net.Refused, nil
	case errors.Is(err, timeline.ErrBehind):
		return 0, errPutOff // the chain must not go on without the event
	default:
		return 0, err
	}
}

func headsOf(m keys.Inner) []protocol.EventID {
	heads := make([]protocol.EventID, len(m.Heads))
	for i, h := range m.Heads {
		heads[i] = h
	}
	return heads
}

// groupItem takes in what comes of a group over a session; false means that it is refused. What is not wanted is taken in
// silence, and nothing is kept of it.
func (d *Delivery) groupItem(tx feature.Tx, p session.Pair, item protocol.Item) (ok bool, err error) {
	if d.groups == nil {
		return true, nil
	}
	switch item.Kind {
	case protocol.ItemWelcome:
		w, bad := protocol.DecodeWelcome(item.Data)
		if bad != nil {
			return false, nil
		}
		err = d.groups.Welcomed(tx, p.Own, p.Peer, w)
	case protocol.ItemChain:
		err = d.groups.Accept(tx, p.Peer, p.PeerDev, item.Data)
	case protocol.ItemTopic:
		t, bad := protocol.DecodeTopicSecret(item.Data)
		if bad != nil {
			return false, nil
		}
		err = d.groups.TakeTopic(tx, p.Peer, t)
	}
	if err == nil {
		d.stir(tx)
	}
	switch {
	case errors.Is(err, group.ErrForged):
		d.Logger.Info("a record of a group was refused", "kind", item.Kind, "err", err)
		i := incidentOf(err, feature.Incident{Account: p.Peer, Device: p.PeerDev})
		if from, ok := d.home(tx, p); ok {
			i.Peer = string(from)
		}
		d.accuse(tx, i)
		return false, nil
	case errors.Is(err, feature.ErrForbidden), errors.Is(err, feature.ErrNotFound), errors.Is(err, group.ErrStranger):
		return true, nil
	case errors.Is(err, feature.ErrLocked): // who could open the group to the account is locked
		return false, errPutOff
	}
	return err == nil, err
}

// carried is a record that came over a session; false where it waits for what it builds on. The others of its message do not suffer
// from one that is refused.
func (d *Delivery) carried(tx feature.Tx, p session.Pair, raw []byte) (taken bool, err error) {
	if d.groups == nil {
		return true, nil
	}
	blob := append([]byte{protocol.BlobGroup}, raw...)
	put, err := protocol.DecodeGroupPut(blob)
	from, ok := d.home(tx, p)
	if err != nil || !ok || put.Kind == protocol.GroupSignal || put.Kind == protocol.GroupCursors {
		return true, nil
	}
	code, err := d.takeGroup(tx, from, net.Put{Queue: net.Queue(protocol.GroupQueue(put.Log)), Blob: blob})
	if err != nil || code != net.Later {
		return code != net.Stored, err
	}
	d.report(tx, way{put.Log, from}, behind)
	if _, err := d.groups.Hosts(tx, put.Log, string(from)); errors.Is(err, feature.ErrNotFound) {
		d.tooEarly(tx, &early{from: from, log: put.Log, blob: blob, at: d.Now()})
		return false, nil
	}
	return false, d.park(tx, from, put.Log, blob)
}

// accuse tells, after the commit, of what a peer offered that no honest node offers.
func (d *Delivery) accuse(tx feature.Tx, i feature.Incident) {
	if d.Accuse != nil {
		tx.OnCommit(func() { d.Accuse(i) })
	}
}

// incidentOf tells what kind of incident an error is.
func incidentOf(err error, i feature.Incident) feature.Incident {
	i.Kind = feature.ForgedRecord
	if errors.Is(err, group.ErrTwin) {
		i.Kind = feature.TwinRecord
	}
	return i
}
