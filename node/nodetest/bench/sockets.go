package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/coder/websocket"

	"conclave/node"
	"conclave/node/nodetest"
)

// How many clients are open on one node, each of another person, and how many messages of their group are told to all of them.
const (
	crowdSize     = 500
	crowdMessages = 40
)

// sockets is goals 6 to 8: what an open client costs in memory, and a message of a group that goes to all clients of a node. Its floor is a server
// that has one frame written to every connection. Both ends of all connections are in this process, of ours and of the floor.
func sockets(ctx context.Context, b *bench) error {
	ours, err := crowd(ctx, filepath.Join(b.dir, "crowd"))
	if err != nil {
		return err
	}
	defer ours.Close()
	under, err := loudspeaker()
	if err != nil {
		return err
	}
	defer under.Close()
	var memory, last, used [2]float64
	for i, w := range []*hall{ours, under} {
		before := inUse()
		if err := w.open(ctx); err != nil {
			return err
		}
		memory[i] = (inUse() - before) / crowdSize / 1000
		if last[i], used[i], err = w.announce(ctx); err != nil {
			return err
		}
	}
	b.add(row{Goal: "6", Metric: "memory of an open client, both ends", Unit: "kB", Ours: memory[0], Floor: memory[1]})
	b.add(row{
		Goal: "7", Metric: fmt.Sprintf("POST to the last of %d clients of a node, p50", crowdSize), Unit: "ms", Ours: last[0], Floor: last[1],
		CPU: used[0], FloorC: used[1], Ratio: 1.3,
	})
	return nil
}

// audience is what a hall for sockets has besides: whom to dial.
type audience struct {
	url    string
	tokens []string
}

// open has everybody listen.
func (h *hall) open(ctx context.Context) error {
	for i, token := range h.audience.tokens {
		if err := h.watch(ctx, i, h.audience.url, token); err != nil {
			return err
		}
	}
	return nil
}

// announce publishes messages one after another, and returns the median of the milliseconds until the last client had one, and the microseconds of
// CPU for each client and message.
func (h *hall) announce(ctx context.Context) (last, used float64, err error) {
	var times []float64
	began := time.Duration(0)
	for n := range uint64(crowdMessages) + 3 {
		if n == 3 { // the first warm up
			began = cpu()
			times = nil
		}
		at := time.Now()
		if err := h.publish(ctx, 0, n+1); err != nil {
			return 0, 0, err
		}
		for range len(h.audience.tokens) {
			select {
			case <-h.seen:
			case <-time.After(time.Minute):
				return 0, 0, fmt.Errorf("message %d did not come to all", n)
			}
		}
		times = append(times, ms(time.Since(at)))
	}
	slices.Sort(times)
	each := float64(cpu()-began) / 1000 / crowdMessages / float64(len(h.audience.tokens))
	return at(times, 0.5), each, nil
}

// crowd makes a group of people of one node.
func crowd(ctx context.Context, dir string) (_ *hall, err error) {
	h := &hall{nodes: 1, seen: make(chan seen, 1<<16)}
	defer func() {
		if err != nil {
			err = errors.Join(err, h.Close())
		}
	}()
	home, err := nodetest.Start(ctx, node.Config{Data: dir, Unlimited: true})
	if err != nil {
		return h, err
	}
	h.ends = append(h.ends, home)
	site, err := serve(home.Bridge.Handler())
	if err != nil {
		return h, err
	}
	h.ends = append([]io.Closer{site}, h.ends...)
	owner, err := home.Founder(ctx, home.SetupToken(), "owner", "")
	if err != nil {
		return h, err
	}
	id, err := owner.NewGroup(ctx, "The crowd", "none")
	if err != nil {
		return h, err
	}
	for i := range crowdSize {
		who, err := owner.Invite(ctx, fmt.Sprint("person", i), "")
		if err != nil {
			return h, err
		}
		if err := owner.Add(ctx, id, who, "member"); err != nil {
			return h, err
		}
		h.audience.tokens = append(h.audience.tokens, who.Token)
	}
	h.audience.url = "ws" + site.base[len("http"):] + "/api/v1/live"
	h.publish = func(ctx context.Context, _ int, message uint64) error {
		_, err := call(ctx, "POST", site.base+"/api/v1/conversations/"+id+"/messages", owner.Token, []byte(`{"text":"`+text(message)+`"}`))
		return err
	}
	return h, nil
}

// loudspeaker is the floor: it writes the frame of a message to every connection, one after another.
func loudspeaker() (*hall, error) {
	h := &hall{nodes: 1, seen: make(chan seen, 1<<16), audience: audience{tokens: make([]string, crowdSize)}}
	var mu sync.Mutex
	var open []*websocket.Conn
	site, err := serve(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, err := websocket.Accept(w, r, nil)
		if err != nil {
			return
		}
		mu.Lock()
		open = append(open, c)
		mu.Unlock()
		<-c.CloseRead(context.Background()).Done()
	}))
	if err != nil {
		return nil, err
	}
	h.ends = []io.Closer{site}
	h.audience.url = "ws" + site.base[len("http"):]
	h.publish = func(ctx context.Context, _ int, message uint64) error {
		frame := []byte(`{"text":"` + text(message) + strings.Repeat(" ", crowdFrame) + `"}`)
		mu.Lock()
		defer mu.Unlock()
		for _, c := range open {
			if err := c.Write(ctx, websocket.MessageText, frame); err != nil {
				return err
			}
		}
		return nil
	}
	return h, nil
}

// crowdFrame is by how many bytes our frame is longer than its text.
const crowdFrame = 600

// inUse is the memory in use of this process in bytes: heap and stacks, after a collection.
func inUse() float64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(m.HeapInuse + m.StackInuse)
}
