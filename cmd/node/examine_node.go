package main

import (
	"context"
	"errors"
	"net/http"
	"time"

	"conclave/cmd/node/finding"
	"conclave/node/feature"
	"conclave/storage"
)

// findingsPath is where the control socket tells what the node that has the data folder finds of itself.
const findingsPath = "/findings"

// examine has the node look at itself.
func (o *owner) examine(ctx context.Context) (r finding.Report, err error) {
	return r, o.call(ctx, http.MethodGet, findingsPath, nil, &r)
}

// examine looks at a node from within. Of one that only a command opened there is nothing to see but the store.
func (v *service) examine() finding.Report {
	e := &examination{now: v.now()}
	e.store(v.node.Err(), v.ready.check())
	if v.page != nil {
		e.clock(v.data)
		e.surroundings(v.settings)
		e.peers(v.node.Peers(), v.node.Started())
	}
	return e.Report
}

// store tells whether it takes what is new. A full disk is found by looking at the disk.
func (e *examination) store(broken, notReady error) {
	switch {
	case broken != nil:
		e.Found(finding.StoreReadOnly, "%s", sentence(broken))
	case errors.Is(notReady, storage.ErrDiskFull):
	case notReady != nil:
		e.Found(finding.StoreNotReady, "%s", sentence(notReady))
	default:
		e.OK("store", "it opens and takes new messages")
	}
}

// patience is how long a node may be away before it is worth a word.
const patience = 30 * time.Minute

func (e *examination) peers(all []feature.Peer, started time.Time) {
	connected, away := 0, 0
	for _, p := range all {
		if p.Connected {
			connected++
			continue
		}
		seen, since := p.LastSeen, "not since "+p.LastSeen.UTC().Format(time.RFC3339)
		if seen.IsZero() {
			seen, since = started, "never since the start"
		}
		if p.Waiting == 0 || e.now.Sub(seen) < patience {
			continue
		}
		away++
		why := ""
		if p.LastError != "" {
			why = ": " + p.LastError
		}
		e.Found(finding.PeerUnreached, "%s for %s, which was reached %s%s", messages(p.Waiting), p.ID, since, why)
	}
	if away == 0 {
		e.OK("other nodes", "%d known, %d connected", len(all), connected)
	}
}
