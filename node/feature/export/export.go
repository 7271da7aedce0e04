// Package export is the slice that gives an account all of its data as one JSON document.
//
// It promises that the document holds every message that the account is shown, of every conversation that it sees, and nothing of
// other accounts of the node; that it is written piece by piece, whatever its size; and that a document that was cut short does
// not end with "complete".
package export

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"sync"
	"time"

	"conclave/node/feature"
	"conclave/protocol"
)

// Feature is the slice.
func Feature() feature.Feature {
	return feature.Feature{Name: "export", Install: func(h *feature.Host) {
		s := &slice{Host: h, running: map[protocol.Account]bool{}}
		feature.Handle(h, "export.get", "GET /api/v1/me/export", "Give all data of the caller: one JSON document, written while it is read.", s.get)
	}}
}

type slice struct {
	*feature.Host

	mu      sync.Mutex // guards running
	running map[protocol.Account]bool
}

// Export is all data of an account.
type Export struct {
	Version       int            `json:"version" doc:"of this form, 1"`
	At            time.Time      `json:"at"`
	Account       Account        `json:"account"`
	Data          map[string]any `json:"data" doc:"contacts, settings and the like"`
	Conversations []Conversation `json:"conversations" nullable:"false"`
	Complete      bool           `json:"complete" doc:"stands at the end; missing where the document was cut short"`

	s *slice
}

// Account is who exports.
type Account struct {
	Account protocol.Account `json:"acct"`
	Name    string           `json:"name"`
	Address protocol.Address `json:"address"`
}

// Conversation is all that the account is shown of one.
type Conversation struct {
	ID       protocol.Log       `json:"id"`
	Kind     string             `json:"kind" enum:"direct,group,channel"`
	Name     string             `json:"name"`
	Members  []protocol.Account `json:"members" nullable:"false"`
	Messages []feature.Message  `json:"messages" nullable:"false" doc:"the oldest first"`
}

func (s *slice) get(ctx context.Context, _ feature.Nothing) (out Export, err error) {
	who := feature.ActorOf(ctx).Account
	if !s.Keys.Unlocked(who) {
		return out, feature.ErrLocked
	}
	out = Export{Version: 1, At: s.Now(), s: s, Data: map[string]any{}}
	err = s.Store.View(func(tx feature.Tx) error {
		card, err := s.Card(tx, who, who)
		if err != nil {
			return err
		}
		out.Account = Account{Account: who, Name: card.Name, Address: card.Address}
		for _, part := range s.ExportParts() {
			if out.Data[part.Name], err = part.Load(tx, who); err != nil {
				return err
			}
		}
		return nil
	})
	return out, err
}

// Stream implements feature.Streamer. An account has one export at a time.
func (e Export) Stream(ctx context.Context, to io.Writer) error {
	who := e.Account.Account
	if !e.s.begin(who) {
		return feature.ErrTooMany
	}
	defer e.s.end(who)
	w := &writer{Writer: bufio.NewWriterSize(to, 64<<10)}
	w.text(`{"version":`)
	w.value(e.Version)
	w.text(`,"at":`)
	w.value(e.At)
	w.text(`,"account":`)
	w.value(e.Account)
	w.text(`,"data":`)
	w.value(e.Data)
	w.text(`,"conversations":[`)
	var logs []protocol.Log
	err := e.s.Store.View(func(tx feature.Tx) (err error) {
		logs, err = e.s.Timeline.Logs(tx, who)
		return err
	})
	if err != nil {
		return err
	}
	first := true
	for _, log := range logs {
		if err := e.s.conversation(ctx, w, who, log, &first); err != nil {
			return err
		}
	}
	w.text(`],"complete":true}`)
	return errors.Join(w.err, w.Flush())
}

func (s *slice) begin(who protocol.Account) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.running[who] {
		return false
	}
	s.running[who] = true
	return true
}

func (s *slice) end(who protocol.Account) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.running, who)
}

// writer writes JSON; the first error stays.
type writer struct {
	*bufio.Writer
	err error
}

func (w *writer) text(s string) {
	if w.err == nil {
		_, w.err = w.WriteString(s)
	}
}

func (w *writer) value(v any) {
	raw, err := feature.Encode(v)
	if w.err == nil {
		w.err = err
	}
	w.raw(raw)
}

func (w *writer) raw(b json.RawMessage) {
	if w.err == nil {
		_, w.err = w.Write(b)
	}
}
