package mailbox

import (
	"context"
	"sync/atomic"

	"conclave/node/feature"
)

// takings are what became of blobs that were left here.
type takings struct{ stored, full atomic.Uint64 }

// Takings are how many blobs were stored since the start, and how many turned away because the room of their owner was full. Safe for concurrent use.
func (k *Keeper) Takings() (stored, full uint64) {
	return k.takings.stored.Load(), k.takings.full.Load()
}

// Look goes through everything that is kept now, which takes a while where that is much. Of a store that cannot be read it tells of nothing.
func (k *Keeper) Look() Kept {
	now, err := k.kept(context.Background(), feature.Nothing{})
	if err != nil {
		return Kept{}
	}
	return now
}
