package message

import (
	"slices"
	"sync"

	lru "github.com/hashicorp/golang-lru/v2"

	"conclave/protocol"
)

// awaited remembers which replies were shown without what they answer, because that had not come. What is forgotten, also by a
// restart, costs only that pages that are open show the quote when they read the reply again.
type awaited struct {
	mu      sync.Mutex // for reading and writing an entry in one step
	replies *lru.Cache[target, []protocol.EventID]
}

type target struct {
	log     protocol.Log
	message protocol.EventID
}

// Bounds: messages that are awaited, and replies to one.
const (
	maxAwaited = 1024
	maxReplies = 8
)

func newAwaited() *awaited {
	c, err := lru.New[target, []protocol.EventID](maxAwaited)
	if err != nil {
		panic(err) // only for a size below one
	}
	return &awaited{replies: c}
}

func (a *awaited) add(log protocol.Log, message, reply protocol.EventID) {
	a.mu.Lock()
	defer a.mu.Unlock()
	t := target{log, message}
	known, _ := a.replies.Get(t)
	if len(known) < maxReplies && !slices.Contains(known, reply) {
		a.replies.Add(t, append(slices.Clone(known), reply))
	}
}

// take returns the replies that await a message, and forgets them.
func (a *awaited) take(log protocol.Log, message protocol.EventID) []protocol.EventID {
	a.mu.Lock()
	defer a.mu.Unlock()
	t := target{log, message}
	known, _ := a.replies.Peek(t)
	a.replies.Remove(t)
	return known
}
