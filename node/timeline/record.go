package timeline

import (
	"fmt"
	"time"

	"conclave/crypto/canon"
	"conclave/node/feature"
	"conclave/protocol"
)

// record is a row of the Log table. Those of groups carry a stamp: an array of four items, else of three.
type record struct {
	Event    []byte
	Received uint64 // Unix milliseconds
	Flags    uint64
	Stamp    *feature.Stamp
}

// Flags of a record.
const (
	flagGap    = 1 << iota // a parent is missing here
	flagTwin               // the same device logged another event at this ord
	flagVoid               // its ord proved wrong when its parents came: kept, not shown
	flagLed                // became a parent while it had a gap mark: never a head
	flagHidden             // outside of a fence of the group: kept and handed on, not shown
)

// flagsUnseen are those of what is not shown.
const flagsUnseen = flagVoid | flagHidden

type plainRow struct {
	_        struct{} `cbor:",toarray"`
	Event    []byte
	Received uint64
	Flags    uint64
}

type stampedRow struct {
	_        struct{} `cbor:",toarray"`
	Event    []byte
	Received uint64
	Flags    uint64
	Stamp    feature.Stamp
}

const stampedArray = 0x84 // the first byte of a stampedRow

func (r record) encode() ([]byte, error) {
	if r.Stamp == nil {
		return canon.Marshal(plainRow{Event: r.Event, Received: r.Received, Flags: r.Flags})
	}
	return canon.Marshal(stampedRow{Event: r.Event, Received: r.Received, Flags: r.Flags, Stamp: *r.Stamp})
}

func decodeRecord(v []byte) (record, error) {
	if len(v) > 0 && v[0] == stampedArray {
		r, err := canon.UnmarshalOwn[stampedRow](v)
		if err != nil {
			return record{}, fmt.Errorf("read a logged event: %w", err)
		}
		return record{Event: r.Event, Received: r.Received, Flags: r.Flags, Stamp: &r.Stamp}, nil
	}
	r, err := canon.UnmarshalOwn[plainRow](v)
	if err != nil {
		return record{}, fmt.Errorf("read a logged event: %w", err)
	}
	return record{Event: r.Event, Received: r.Received, Flags: r.Flags}, nil
}

func (r record) event() (*protocol.Event, error) {
	e, err := protocol.ReadOwnEvent(r.Event)
	if err != nil {
		return nil, fmt.Errorf("read a logged event: %w", err)
	}
	return e, nil
}

func (r record) entry() (feature.Entry, error) {
	e, err := r.event()
	if err != nil {
		return feature.Entry{}, err
	}
	return feature.Entry{Event: e, Received: time.UnixMilli(int64(r.Received)).UTC(), Gap: r.Flags&flagGap != 0, Stamp: r.Stamp}, nil
}
