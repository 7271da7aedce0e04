package reconcile

import (
	"context"
	"sync/atomic"
)

// counts are what rounds came to.
type counts struct{ rounds, failed, news, in, out atomic.Uint64 }

// Stats are counts since the start.
type Stats struct {
	Rounds uint64 // visits to other nodes, each about one group
	Failed uint64 // of these, ended by an error
	News   uint64 // events and operations that they brought

	BytesIn, BytesOut uint64 // requests and answers about groups, this node's and those of others
}

// Stats returns a snapshot. Safe for concurrent use.
func (c *Catcher) Stats() Stats {
	return Stats{Rounds: c.counts.rounds.Load(), Failed: c.counts.failed.Load(), News: c.counts.news.Load(),
		BytesIn: c.counts.in.Load(), BytesOut: c.counts.out.Load()}
}

// counted registers what answers a kind of request, and counts its bytes.
func (c *Catcher) counted(kind string, fn func(context.Context, string, []byte) ([]byte, error)) {
	c.Directory.Serve(kind, func(ctx context.Context, from string, body []byte) ([]byte, error) {
		out, err := fn(ctx, from, body)
		c.counts.in.Add(uint64(len(body)))
		c.counts.out.Add(uint64(len(out)))
		return out, err
	})
}
