package account

import (
	"context"
	"time"

	"conclave/node/feature"
)

// Argon2id takes 64 MiB and most of a second: one at a time, and so many may wait.
const (
	gateQueue = 64
	gateRetry = 5 * time.Second
)

var errBusy = &feature.Error{Status: 503, Code: "busy", Detail: "The node is busy with other log-ins; try again in a few seconds.", Retry: gateRetry}

// gate lets one caller at a time do what is expensive. Safe for concurrent use.
type gate struct {
	places chan struct{} // the one that runs and those that wait
	turn   chan struct{}
}

func newGate() *gate {
	return &gate{places: make(chan struct{}, gateQueue+1), turn: make(chan struct{}, 1)}
}

// do runs fn when it is its turn; errBusy where too many wait already.
func (g *gate) do(ctx context.Context, fn func() error) error {
	select {
	case g.places <- struct{}{}:
		defer func() { <-g.places }()
	default:
		return errBusy
	}
	select {
	case g.turn <- struct{}{}:
		defer func() { <-g.turn }()
		return fn()
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
