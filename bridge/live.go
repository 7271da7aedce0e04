package bridge

import (
	"net/http"
	"strconv"

	"conclave/node/feature"
	"conclave/node/live"
)

// Where live frames are had, as WebSocket and as server-sent events.
const (
	livePath   = prefix + "/live"
	eventsPath = prefix + "/live/events"
)

// visitor is who opens a live connection, and what checks later that they still may.
type visitor struct {
	actor feature.Actor
	token string
	since uint64
}

// welcome checks who wants a live connection. Tokens come in a header or the cookie, never in the query, which ends up in logs.
func (b *Bridge) welcome(w http.ResponseWriter, r *http.Request) (visitor, error) {
	token, bearer := b.token(r)
	origin := r.Header.Get("Origin")
	switch {
	case origin != "" && !b.ownOrigin(r), origin == "" && foreign(r):
		return visitor{}, errCrossOrigin
	case origin == "" && !bearer && r.Header.Get("Upgrade") != "": // browsers always name the origin of a WebSocket
		return visitor{}, errCrossOrigin
	}
	since, err := sinceOf(r)
	if err != nil {
		return visitor{}, err
	}
	actor, err := b.authenticate(w, r, token)
	if err != nil {
		return visitor{}, err
	}
	err = b.limits.take(w, ruleAPI, sessionKey(actor, feature.BucketAPI))
	return visitor{actor: actor, token: token, since: since}, err
}

// sinceOf is the number of the last frame that the client saw, 0 for none.
func sinceOf(r *http.Request) (uint64, error) {
	values, err := parseQuery(r.URL.RawQuery)
	if err != nil {
		return 0, err
	}
	for name := range values {
		if name != "since" {
			return 0, wrongQuery(name, "unexpected parameter")
		}
	}
	text := r.Header.Get("Last-Event-ID")
	if text == "" {
		text = values["since"]
	}
	if text == "" {
		return 0, nil
	}
	since, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		return 0, wrongQuery("since", "not a valid value")
	}
	return since, nil
}

// watch begins to collect frames for a visitor.
func (b *Bridge) watch(r *http.Request, v visitor) (*live.Watcher, error) {
	watcher, err := b.Live.Watch(v.actor.Account, v.actor.Session, v.since)
	if err != nil {
		return nil, err
	}
	// A session that was revoked between the check and the watch is not told to the watcher.
	if _, err := b.Registry.Authenticate(r.Context(), v.token); err != nil {
		watcher.Close()
		return nil, err
	}
	return watcher, nil
}
