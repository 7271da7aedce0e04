package timeline

import (
	"strings"

	"conclave/node/feature"
	"conclave/protocol"
	"conclave/storage"
)

// pageKey names a page for all readers.
type pageKey struct {
	log           protocol.Log
	before, after protocol.Place
	kinds         string
	limit         int
}

// shared returns the page for one reader from that for all. It cannot tell when some of a full page are not for the reader: more of the log counts
// then.
func (t *Timeline) shared(tx feature.Tx, log protocol.Log, r feature.Range) (page []feature.Entry, ok bool, err error) {
	reader := r.For
	r.For = protocol.Account{}
	key := pageKey{log, r.Before, r.After, strings.Join(r.Kinds, " "), r.Limit}
	all, err := storage.Remember(tx, key, func() ([]feature.Entry, error) { return t.read(tx, log, r) })
	if err != nil {
		return nil, false, err
	}
	for _, entry := range all {
		may := entry.Stamp == nil
		if !may {
			if may, err = t.Groups.MayRead(tx, reader, entry.Event); err != nil {
				return nil, false, err
			}
		}
		if may {
			page = append(page, entry)
		}
	}
	return page, len(page) == len(all) || len(all) < r.Limit, nil
}

// extentKey names what Extent is asked.
type extentKey struct {
	log   protocol.Log
	after protocol.Place
	was   feature.Extent
}

type extentOf struct {
	now   feature.Extent
	grown bool
}

// Extent implements feature.Timeline.
func (t *Timeline) Extent(tx feature.Tx, log protocol.Log, after protocol.Place, was feature.Extent) (feature.Extent, bool, error) {
	got, err := storage.Remember(tx, extentKey{log, after, was}, func() (out extentOf, err error) {
		out.now, out.grown, err = t.extent(tx, log, after, was)
		return out, err
	})
	return got.now, got.grown, err
}
