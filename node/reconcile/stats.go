package reconcile

import "sync/atomic"

// counts are what rounds came to.
type counts struct{ rounds, failed, news atomic.Uint64 }

// Stats are counts since the start.
type Stats struct {
	Rounds uint64 // visits to other nodes, each about one group
	Failed uint64 // of these, ended by an error
	News   uint64 // events and operations that they brought
}

// Stats returns a snapshot. Safe for concurrent use.
func (c *Catcher) Stats() Stats {
	return Stats{Rounds: c.counts.rounds.Load(), Failed: c.counts.failed.Load(), News: c.counts.news.Load()}
}
