package sim

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"conclave/node/nodetest/wire"
)

// troupes are those that stories of this process began with, by how many live on each node: much of what a short story costs is
// accounts and first messages.
type troupes struct {
	mu  sync.Mutex // guards all
	all map[string]*gathering
}

// gathering is a troupe that is made once.
type gathering struct {
	once   sync.Once
	troupe *troupe
}

// of returns the troupe for a cast. It is called outside of any bubble.
func (ts *troupes) of(t *testing.T, c cast) *troupe {
	key := fmt.Sprint(c.people)
	ts.mu.Lock()
	g := ts.all[key]
	if g == nil {
		g = &gathering{}
		ts.all[key] = g
	}
	ts.mu.Unlock()
	g.once.Do(func() {
		synctest.Test(t, func(t *testing.T) {
			began := time.Now()
			s := &story{world: newWorld(t, overWire{wire.New(1, weather(1))})}
			err := s.acquaint(c)
			if err == nil {
				g.troupe, err = s.pack(began)
			}
			if err := errors.Join(err, s.close()); err != nil {
				t.Errorf("gather a troupe: %v", err)
			}
		})
	})
	if g.troupe == nil {
		t.Fatal("there is no troupe for this story")
	}
	return g.troupe
}
