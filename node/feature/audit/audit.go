// Package audit is the slice that keeps the audit log of a node: which peers it blocked, and which sent what was forged, so
// that the owner can see it (SPEC.md, audit log).
//
// It promises that a peer costs at most one row for each kind of incident and minute, all peers together 100 rows a minute,
// that it keeps the newest 10,000 rows, and that a row names peers, groups, accounts and devices, never content. What happened
// in the last second before the process was killed may be missing.
package audit

import (
	"context"
	"strconv"
	"sync"
	"time"

	"conclave/crypto/canon"
	"conclave/node/feature"
	"conclave/protocol"
	"conclave/storage"
)

// The bounds of the log.
const (
	maxRows      = 10_000
	maxPerMinute = 100
	maxPage      = 200
	flush        = time.Second
)

// Feature is the slice.
func Feature() feature.Feature {
	return feature.Feature{Name: "audit", Install: func(h *feature.Host) {
		s := &slice{Host: h, open: map[what]*row{}}
		feature.Audit(h, s.note)
		feature.Every(h, "write", flush, s.write)
		feature.Handle(h, "audit.list", "GET /api/v1/admin/audit", "List what other nodes did wrong, newest first.", s.list, feature.ForOwner)
	}}
}

type slice struct {
	*feature.Host
	writing sync.Mutex

	mu     sync.Mutex
	minute time.Time
	open   map[what]*row // of the minute
	done   []*row        // of earlier ones, not all written
}

// what is told apart within a minute.
type what struct {
	kind feature.IncidentKind
	peer string
}

// row is one row of the log. Group, account and device are those of its first incident.
type row struct {
	Kind    feature.IncidentKind `cbor:"0,keyasint"`
	Peer    string               `cbor:"1,keyasint"` // empty for more peers in a minute than are told apart
	First   uint64               `cbor:"2,keyasint"` // Unix milliseconds
	Last    uint64               `cbor:"3,keyasint"`
	Count   uint64               `cbor:"4,keyasint"`
	Log     protocol.Log         `cbor:"5,keyasint"`
	Account protocol.Account     `cbor:"6,keyasint"`
	Device  protocol.Device      `cbor:"7,keyasint"`
	Seq     uint64               `cbor:"8,keyasint"` // 0 until it is written

	written uint64 // the Count that is
}

// note takes an incident into memory.
func (s *slice) note(i feature.Incident) {
	now := s.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	if m := now.Truncate(time.Minute); !m.Equal(s.minute) {
		s.close()
		s.minute = m
	}
	k := what{i.Kind, i.Peer}
	r := s.open[k]
	if r == nil && len(s.open) >= maxPerMinute {
		k.peer = ""
		r = s.open[k]
	}
	at := uint64(now.UnixMilli())
	if r == nil {
		r = &row{Kind: i.Kind, Peer: k.peer, First: at}
		if k.peer != "" {
			r.Log, r.Account, r.Device = i.Log, i.Account, i.Device
		}
		s.open[k] = r
	}
	r.Last, r.Count = at, r.Count+1
}

// close ends a minute, with s.mu held. What cannot be written for long is forgotten, the oldest first.
func (s *slice) close() {
	for k, r := range s.open {
		if r.Count > r.written {
			s.done = append(s.done, r)
		}
		delete(s.open, k)
	}
	s.done = s.done[max(0, len(s.done)-maxRows):]
}

// write puts what changed into the store.
func (s *slice) write(ctx context.Context) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	s.mu.Lock()
	if !s.Now().Truncate(time.Minute).Equal(s.minute) {
		s.close()
	}
	type change struct {
		of  *row
		now row
	}
	var changes []change
	for _, r := range s.done {
		changes = append(changes, change{r, *r})
	}
	for _, r := range s.open {
		if r.Count > r.written {
			changes = append(changes, change{r, *r})
		}
	}
	s.mu.Unlock()
	if len(changes) == 0 {
		return nil
	}
	if err := s.Store.Update(ctx, func(tx feature.Tx) error {
		last, err := s.last(tx)
		if err != nil {
			return err
		}
		for n := range changes {
			c := &changes[n].now
			if c.Seq == 0 {
				last++
				c.Seq = last
			}
			if err := storage.PutAs(tx, s.Realms.Node(), s.key(c.Seq), *c); err != nil {
				return err
			}
			if c.Seq > maxRows {
				tx.Delete(s.key(c.Seq - maxRows))
			}
		}
		return nil
	}); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range changes {
		c.of.Seq, c.of.written = c.now.Seq, c.now.Count
	}
	left := s.done[:0]
	for _, r := range s.done {
		if r.Count > r.written {
			left = append(left, r)
		}
	}
	s.done = left
	return nil
}

func (s *slice) key(seq uint64) storage.Key {
	return s.Realms.Node().Key(storage.Audit, storage.U64(seq))
}

// last is the number of the newest row, 0 for none.
func (s *slice) last(tx feature.Tx) (seq uint64, err error) {
	err = s.newest(tx, 0, 1, func(r row) { seq = r.Seq })
	return seq, err
}

// newest reads rows before a number, all if that is 0.
func (s *slice) newest(tx feature.Tx, before uint64, limit int, fn func(row)) error {
	o := storage.ScanOptions{Reverse: true, Limit: limit}
	if before > 0 {
		o.From = s.key(before)
	}
	realm := s.Realms.Node()
	return tx.Scan(realm, realm.Key(storage.Audit), o, func(_ storage.Key, v []byte) (bool, error) {
		r, err := canon.Unmarshal[row](v)
		if err == nil {
			fn(r)
		}
		return err == nil, err
	})
}

// ListRequest asks for a page.
type ListRequest struct {
	Before string `query:"before" maxLength:"20" doc:"the next of a page"`
	Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"50" doc:"at most so many rows, 50 if left out"`
}

// Incident is a row as the owner sees it.
type Incident struct {
	ID      string               `json:"id"`
	Kind    feature.IncidentKind `json:"kind" enum:"blocked,flood,forged,twin,misled"`
	Peer    string               `json:"peer" doc:"node from which it came; empty where too many did the same in that minute"`
	First   time.Time            `json:"first_at"`
	Last    time.Time            `json:"last_at"`
	Count   uint64               `json:"count" doc:"how often in that minute"`
	Group   string               `json:"group,omitempty"`
	Account string               `json:"account,omitempty"`
	Device  string               `json:"device,omitempty"`
}

func (s *slice) list(ctx context.Context, req ListRequest) (out feature.List[Incident], err error) {
	var before uint64
	if req.Before != "" {
		if before, err = strconv.ParseUint(req.Before, 10, 64); err != nil || before == 0 {
			return out, feature.ErrBadRequest
		}
	}
	limit := req.Limit
	if limit <= 0 {
		limit = 50
	}
	limit = min(limit, maxPage)
	if s.Store.Err() == nil { // one that takes nothing more is still read
		if err := s.write(ctx); err != nil {
			return out, err
		}
	}
	out.Items = []Incident{}
	err = s.Store.View(func(tx feature.Tx) error {
		return s.newest(tx, before, limit+1, func(r row) {
			if len(out.Items) == limit {
				out.Next = out.Items[limit-1].ID
				return
			}
			out.Items = append(out.Items, shown(r))
		})
	})
	return out, err
}

func shown(r row) Incident {
	i := Incident{
		ID: strconv.FormatUint(r.Seq, 10), Kind: r.Kind, Peer: r.Peer, Count: r.Count,
		First: time.UnixMilli(int64(r.First)).UTC(), Last: time.UnixMilli(int64(r.Last)).UTC(),
	}
	if !r.Log.IsZero() {
		i.Group = r.Log.String()
	}
	if !r.Account.IsZero() {
		i.Account = r.Account.String()
	}
	if r.Device != (protocol.Device{}) {
		i.Device = r.Device.String()
	}
	return i
}
