package main

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"sort"
	"strings"
	"time"

	"conclave/cmd/node/finding"
	"conclave/node/feature"
	"conclave/node/mailbox"
	"conclave/storage"
)

// findingsPath is where the control socket tells what the node that has the data folder finds of itself.
const findingsPath = "/findings"

// examine has the node look at itself.
func (o *owner) examine(ctx context.Context) (r finding.Report, err error) {
	return r, o.call(ctx, http.MethodGet, findingsPath, nil, &r)
}

// examine looks at a node from within. Of one that only a command opened there is nothing to see but the store.
func (v *service) examine(ctx context.Context) finding.Report {
	e := &examination{now: v.now()}
	e.store(v.node.Err(), v.ready.check())
	if v.page != nil {
		e.clock(v.data)
		e.skew(v.node.Skews())
		e.surroundings(ctx, v.settings)
		accounts, err := v.node.Accounts()
		if err != nil {
			e.unread(err)
		}
		e.files(accounts)
		e.peers(v.node.Peers(), v.node.Started())
		e.mailboxes(v.node.MailboxTroubles())
	}
	e.backup(v.node.BackedUp())
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

// allowed is by how much clocks may differ.
const allowed = time.Minute

// skew compares the clock with those of connected nodes: it is this one that is wrong if most of them are off in the same direction.
func (e *examination) skew(ahead []time.Duration) {
	slices.Sort(ahead)
	fast := len(ahead) - sort.Search(len(ahead), func(i int) bool { return ahead[i] > allowed })
	slow := sort.Search(len(ahead), func(i int) bool { return ahead[i] >= -allowed })
	off, way := slow, "behind"
	if fast > slow {
		off, way = fast, "ahead of"
	}
	if 2*off <= len(ahead) {
		return
	}
	typical := ahead[len(ahead)/2].Abs().Round(time.Second)
	e.Found(finding.ClockSkew, "the clocks of %d of %d connected nodes are %s this one, by %s in the middle", off, len(ahead), way, typical)
}

// backupEvery is from when on the last backup is old: a week, and a day for the one that did not run.
const backupEvery = 8 * 24 * time.Hour

func (e *examination) backup(last time.Time, err error) {
	switch age := e.now.Sub(last); {
	case err != nil:
		e.unread(err)
	case last.IsZero(): // somebody may copy the disk in another way
	case age > backupEvery:
		e.Found(finding.BackupOld, "it was made on %s, %d days ago", last.UTC().Format(time.DateOnly), age/(24*time.Hour))
	default:
		e.OK("backup", "the last one was made on %s", last.UTC().Format(time.DateOnly))
	}
}

// unread tells that the store could not be read.
func (e *examination) unread(err error) { e.Found(finding.StoreDamaged, "%s", sentence(err)) }

func (e *examination) mailboxes(all []mailbox.Trouble, err error) {
	if err != nil {
		e.unread(err)
	}
	for _, m := range all {
		c := finding.MailboxUnreached
		if m.Word == mailbox.Refuses {
			c = finding.MailboxRefuses
		}
		e.Found(c, "%s, wanted by %s: %s", m.Address, people(m.Accounts), strings.TrimSuffix(m.Reason, "."))
	}
}

// patience is how long a node may be away before it is worth a word.
const patience = 30 * time.Minute

// stuck is how long what waits for a connected node may take.
const stuck = 15 * time.Minute

func (e *examination) peers(all []feature.Peer, started time.Time) {
	connected, away := 0, 0
	for _, p := range all {
		if p.Connected {
			connected++
			if p.Waiting > 0 && !p.Oldest.IsZero() && e.now.Sub(p.Oldest) > stuck && e.now.Sub(p.Since) > stuck {
				away++
				e.Found(finding.QueueStuck, "%s for %s, the oldest of %s", messages(p.Waiting), p.ID, p.Oldest.Format(time.RFC3339))
			}
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
