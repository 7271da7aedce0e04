package feature

import (
	"encoding/binary"
	"sort"

	"conclave/protocol"
	"conclave/protocol/event"
)

// Rows registers that an event of kind B takes a row between the messages. Notices do by themselves, and so does what nobody
// here understands; all else is put aside and has no number.
func Rows[B event.Body](h *Host) {
	var zero B
	h.reg.rows[zero.Kind()] = true
}

// Beside has some events of kind B take no row: those of which fn says so, which depends on the event and on what deleted it
// alone. One slice decides for a kind.
func Beside[B event.Body](h *Host, fn func(Tx, Entry) (bool, error)) {
	var zero B
	if h.reg.beside[zero.Kind()] != nil {
		panic("feature: two slices put " + zero.Kind() + " aside")
	}
	h.reg.beside[zero.Kind()] = fn
}

// TakesRow tells whether an event takes a row between the messages.
func (r *Registry) TakesRow(tx Tx, e Entry) (bool, error) {
	if fn := r.beside[e.Kind]; fn != nil {
		aside, err := fn(tx, e)
		if aside || err != nil {
			return false, err
		}
	}
	return r.rows[e.Kind] || r.notices[e.Kind] != nil || !r.Understands(e.Kind), nil
}

// Rank is a row among the others: its place with the first half of its id, 32 bytes.
type Rank [32]byte

// RankOf cuts a place down.
func RankOf(p protocol.Place) (r Rank) {
	binary.BigEndian.PutUint64(r[:], p.Ord)
	binary.BigEndian.PutUint64(r[8:], p.HLC)
	copy(r[16:], p.ID[:])
	return r
}

// Place returns the place, its id cut short, so that it serves for a Range only.
func (r Rank) Place() (p protocol.Place) {
	p.Ord, p.HLC = binary.BigEndian.Uint64(r[:]), r.HLC()
	copy(p.ID[:], r[16:])
	return p
}

// HLC is when it was written, by its author's clock.
func (r Rank) HLC() uint64 { return binary.BigEndian.Uint64(r[8:]) }

// Ranks numbers the rows of a log from zero in its order: what takes a row between the messages, whether or not somebody is
// shown it. It says what was so at one moment, and is safe for concurrent use.
type Ranks []Rank

// Has tells whether a row stands at a place.
func (r Ranks) Has(p protocol.Place) bool {
	n := r.Before(p)
	return n < len(r) && r[n] == RankOf(p)
}

// Before returns how many rows stand before a place, which is the number of a row that stands there.
func (r Ranks) Before(p protocol.Place) int {
	at := RankOf(p)
	return sort.Search(len(r), func(i int) bool { return string(r[i][:]) >= string(at[:]) })
}
