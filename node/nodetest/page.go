package nodetest

import (
	"context"
	"encoding/json"
	"fmt"

	"conclave/node/live"
	"conclave/protocol"
)

// Page is an open page of somebody: it collects live frames.
type Page struct {
	watcher *live.Watcher
	name    string
	seen    []Frame
}

// Frame is one live frame.
type Frame struct {
	Seq  uint64          `json:"seq"`
	Type string          `json:"type"`
	Data json.RawMessage `json:"data"`
}

// Open opens a page of somebody who lives here.
func (h *Home) Open(p *Person) (*Page, error) {
	acct, err := protocol.ParseAccount(p.Acct)
	if err != nil {
		return nil, err
	}
	w, err := h.Live().Watch(acct, p.Name, 0)
	if err != nil {
		return nil, err
	}
	return &Page{watcher: w, name: p.Name}, nil
}

// Close closes the page.
func (p *Page) Close() { p.watcher.Close() }

// Told returns all frames of a type that came until now, oldest first.
func (p *Page) Told(kind string) (out []Frame, err error) {
	for {
		frames, code := p.watcher.Take(make([]*live.Frame, 0, 64))
		if code != live.Open {
			return nil, fmt.Errorf("the page of %s was closed: %d", p.name, code)
		}
		if len(frames) == 0 {
			break
		}
		for _, f := range frames {
			var one Frame
			if err := json.Unmarshal(f.JSON(), &one); err != nil {
				return nil, fmt.Errorf("read a frame: %w", err)
			}
			p.seen = append(p.seen, one)
		}
	}
	for _, f := range p.seen {
		if f.Type == kind {
			out = append(out, f)
		}
	}
	return out, nil
}

// Forget lets the page begin anew.
func (p *Page) Forget() error {
	_, err := p.Told("")
	p.seen = nil
	return err
}

// Awaits waits for a frame that is right.
func Awaits[T any](ctx context.Context, p *Page, kind string, right func(T) bool) (found T, err error) {
	return found, Await(ctx, p.name+" is told of "+kind, func() (bool, error) {
		frames, err := p.Told(kind)
		for _, f := range frames {
			var v T
			if err := json.Unmarshal(f.Data, &v); err != nil {
				return false, err
			}
			if right(v) {
				found = v
				return true, nil
			}
		}
		return false, err
	})
}
