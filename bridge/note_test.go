package bridge_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"conclave/bridge"
	"conclave/node/feature"
	"conclave/node/live"
	"conclave/protocol"
)

// notes is a small slice, as real as any: people keep notes that only they see.
type notes struct {
	mu       sync.Mutex
	sessions map[string]feature.Actor
	notes    map[protocol.EventID]Note
	keys     map[string]kept
	calls    int
	hold     func()             // when set, note.add calls it first
	checked  func(token string) // when set, called after a token was found good
	tell     func([]protocol.Account, Note)
	hub      *live.Hub
}

type kept struct {
	digest [32]byte
	id     protocol.EventID
}

// Note is one note.
type Note struct {
	ID    protocol.EventID `json:"id"`
	Owner protocol.Account `json:"owner"`
	Text  string           `json:"text"`
	Tags  []string         `json:"tags"`
	At    time.Time        `json:"at"`
	Color string           `json:"color,omitempty"`
}

type opened struct {
	Token string `json:"token"`
}

func (o opened) SessionToken() string { return o.Token }

type added struct {
	ID      protocol.EventID `json:"id"`
	existed bool
}

func (a added) Status() int {
	if a.existed {
		return 200
	}
	return 0
}

type (
	loginReq struct {
		Name       string `json:"name" maxLength:"32"`
		Passphrase string `json:"passphrase" minLength:"8" maxLength:"128"`
		Client     string `json:"client,omitempty"`
	}
	addReq struct {
		Text  string   `json:"text" doc:"kept byte for byte"`
		Tags  []string `json:"tags,omitempty" maxItems:"3" maxLength:"5"`
		Color string   `json:"color,omitempty" enum:"red,blue"`
		Level int      `json:"level,omitempty" minimum:"0" maximum:"9"`
		Where *struct {
			Lat float64 `json:"lat"`
		} `json:"where,omitempty"`
	}
	noteReq struct {
		Note protocol.EventID `path:"note"`
	}
	editReq struct {
		Note protocol.EventID `path:"note"`
		Text string           `json:"text"`
	}
	listReq struct {
		Before protocol.EventID `query:"before"`
		Limit  int              `query:"limit" minimum:"1" maximum:"200" default:"50" doc:"how many at most"`
		All    bool             `query:"all"`
	}
	closeReq struct {
		ID string `path:"id"`
	}
	who struct {
		Account protocol.Account `json:"account"`
		Client  string           `json:"client"`
		Remote  string           `json:"remote"`
		Control bool             `json:"control"`
		Limit   int              `json:"limit"`
	}
)

func (n *notes) feature() feature.Feature {
	return feature.Feature{Name: "note", Install: func(h *feature.Host) {
		feature.Authenticate(h, n.authenticate)
		n.tell = feature.Frame[Note](h, "note", "a note is new or changed")
		feature.Frame[feature.Nothing](h, "note.gone", "a note was deleted")
		feature.Handle(h, "session.open", "POST /api/v1/sessions", "Logs in.", n.login, feature.ForAnybody, feature.Creates, feature.Limited(feature.BucketAuth))
		feature.Handle(h, "session.close", "DELETE /api/v1/sessions/{id}", "Logs out.", n.logout)
		feature.Handle(h, "note.add", "POST /api/v1/notes", "Keeps a note.", n.add, feature.Creates, feature.Repeatable, feature.Limited(feature.BucketMessages))
		feature.Handle(h, "note.list", "GET /notes", "Lists notes.", n.list)
		feature.Handle(h, "note.get", "GET /api/v1/notes/{note}", "Shows a note.", n.get)
		feature.Handle(h, "note.edit", "PUT /api/v1/notes/{note}", "Changes a note.", n.edit)
		feature.Handle(h, "note.touch", "POST /api/v1/notes/{note}/touch", "Takes no body.", func(context.Context, noteReq) (feature.Nothing, error) { return feature.Nothing{}, nil })
		feature.Handle(h, "note.stream", "GET /api/v1/stream", "Writes a list.", n.stream)
		feature.Handle(h, "whoami", "GET /api/v1/whoami", "Tells who calls.", n.whoami, feature.ForAnybody)
		feature.Handle(h, "admin.wipe", "DELETE /api/v1/admin/notes", "Deletes all.", n.wipe, feature.ForOwner)
		feature.Handle(h, "fail.panic", "POST /api/v1/fail/panic", "Panics.", func(_ context.Context, r editless) (feature.Nothing, error) { panic(r.Text) }, feature.ForAnybody)
		feature.Handle(h, "fail.error", "POST /api/v1/fail/error", "Fails.", n.fail, feature.ForAnybody)
	}}
}

type editless struct {
	Text string `json:"text"`
}

func (n *notes) fail(_ context.Context, r editless) (feature.Nothing, error) {
	switch r.Text {
	case "busy":
		e := *feature.ErrUnavailable
		e.Retry = 1500 * time.Millisecond
		return feature.Nothing{}, fmt.Errorf("ask: %w", &e)
	case "slow":
		return feature.Nothing{}, context.DeadlineExceeded
	}
	return feature.Nothing{}, fmt.Errorf("open note %q of %s: %w", r.Text, r.Text+"@example", errors.New("broken"))
}

func (n *notes) authenticate(_ context.Context, token string) (feature.Actor, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if a, ok := n.sessions[token]; ok {
		if n.checked != nil {
			n.checked(token)
		}
		return a, nil
	}
	return feature.Actor{}, feature.ErrNoSession
}

func (n *notes) login(_ context.Context, r loginReq) (opened, error) {
	if r.Passphrase != "correct horse" {
		return opened{}, &feature.Error{Status: 401, Code: "wrong_credentials", Detail: "The name or the passphrase is wrong."}
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	token := fmt.Sprintf("token-%s-%d", r.Name, len(n.sessions))
	n.sessions[token] = feature.Actor{Account: accountOf(r.Name), Session: "s-" + token, Owner: r.Name == "ana"}
	return opened{token}, nil
}

func (n *notes) logout(ctx context.Context, r closeReq) (feature.Nothing, error) {
	a := feature.ActorOf(ctx)
	id := r.ID
	if id == "current" {
		id = a.Session
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	for token, other := range n.sessions {
		if other.Session == id && other.Account == a.Account {
			delete(n.sessions, token)
			n.hub.CloseSession(a.Account, id)
			return feature.Nothing{}, nil
		}
	}
	return feature.Nothing{}, feature.ErrNotFound
}

func (n *notes) add(ctx context.Context, r addReq) (added, error) {
	if n.hold != nil {
		n.hold()
	}
	a := feature.ActorOf(ctx)
	n.mu.Lock()
	defer n.mu.Unlock()
	n.calls++
	key, keyed := feature.KeyOf(ctx)
	if k, ok := n.keys[key.Value]; keyed && ok {
		if k.digest != key.Digest {
			return added{}, feature.ErrKeyMismatch
		}
		return added{ID: k.id}, nil
	}
	if len(r.Text) > protocol.MaxText {
		return added{}, &feature.Error{Status: 413, Code: "text_too_long", Detail: "The text is too long."}
	}
	id := protocol.EventID(sha256.Sum256([]byte(fmt.Sprint(a.Account, len(n.notes)))))
	note := Note{ID: id, Owner: a.Account, Text: r.Text, Tags: r.Tags, At: time.Unix(1_700_000_000, 123_456_789)}
	n.notes[id] = note
	if keyed {
		n.keys[key.Value] = kept{key.Digest, id}
	}
	n.tell([]protocol.Account{a.Account}, note)
	return added{ID: id}, nil
}

func (n *notes) list(ctx context.Context, r listReq) (feature.List[Note], error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	var out feature.List[Note]
	for _, note := range n.notes {
		if note.Owner == feature.ActorOf(ctx).Account && len(out.Items) < r.Limit {
			out.Items = append(out.Items, note)
		}
	}
	return out, nil
}

func (n *notes) get(ctx context.Context, r noteReq) (Note, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	note, ok := n.notes[r.Note]
	if !ok || note.Owner != feature.ActorOf(ctx).Account {
		return Note{}, feature.ErrNotFound
	}
	return note, nil
}

func (n *notes) edit(ctx context.Context, r editReq) (added, error) {
	note, err := n.get(ctx, noteReq{r.Note})
	if err != nil {
		return added{}, err
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	note.Text = r.Text
	n.notes[r.Note] = note
	return added{ID: r.Note, existed: true}, nil
}

func (n *notes) whoami(ctx context.Context, _ struct{}) (who, error) {
	a := feature.ActorOf(ctx)
	return who{Account: a.Account, Client: a.Client, Remote: a.Remote, Control: a.Control}, nil
}

func (n *notes) wipe(context.Context, struct{}) (feature.Nothing, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	clear(n.notes)
	return feature.Nothing{}, nil
}

// state is everything that a refused call must not change.
func (n *notes) state() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return fmt.Sprint(n.notes, n.sessions, n.keys)
}

func accountOf(name string) protocol.Account {
	return protocol.Account(sha256.Sum256([]byte(name)))
}

// node is a bridge over the notes, listening on loopback.
type node struct {
	*notes
	b    *bridge.Bridge
	hub  *live.Hub
	srv  *httptest.Server
	logs *logBuffer
}

type logBuffer struct {
	mu sync.Mutex
	strings.Builder
}

func (b *logBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.Builder.Write(p)
}

func (b *logBuffer) text() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.String()
}

const peerID = "12D3KooWNote"

func newNode(t testing.TB, change ...func(*bridge.Config)) *node {
	t.Helper()
	logs := &logBuffer{}
	log := slog.New(slog.NewTextHandler(logs, &slog.HandlerOptions{Level: slog.LevelDebug}))
	hub := live.New(log, nil)
	n := &notes{sessions: map[string]feature.Actor{}, notes: map[protocol.EventID]Note{}, keys: map[string]kept{}, hub: hub}
	for _, name := range []string{"ana", "ben"} {
		n.sessions["token-"+name] = feature.Actor{Account: accountOf(name), Session: "s-" + name, Owner: name == "ana"}
	}
	reg := feature.NewRegistry()
	feature.Install(reg, feature.Services{Live: hub, Now: time.Now}, n.feature())
	c := bridge.Config{Registry: reg, Live: hub, PeerID: peerID, Logger: log}
	for _, fn := range change {
		fn(&c)
	}
	b := bridge.New(c)
	srv := httptest.NewUnstartedServer(b.Handler())
	srv.Config = bridge.Server(b.Handler())
	srv.Start()
	t.Cleanup(srv.Close)
	return &node{notes: n, b: b, hub: hub, srv: srv, logs: logs}
}
