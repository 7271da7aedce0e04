package bridge

import (
	"fmt"
	"net/http"
	"time"

	"conclave/node/live"
)

// serveEvents sends live frames as server-sent events, for clients that have no WebSocket.
func (b *Bridge) serveEvents(w http.ResponseWriter, r *http.Request) {
	v, err := b.welcome(w, r)
	if err != nil {
		b.refuse(w, err)
		return
	}
	done, ok := b.running.begin()
	if !ok {
		b.refuse(w, errStopping)
		return
	}
	defer done()
	if r.Method == http.MethodHead {
		return
	}
	watcher, err := b.watch(r, v)
	if err != nil {
		b.refuse(w, err)
		return
	}
	defer watcher.Close()
	w.Header().Set("Content-Type", "text/event-stream")
	w.WriteHeader(http.StatusOK)
	s := &stream{b: b, w: w, rc: http.NewResponseController(w), watcher: watcher, token: v.token}
	if code := s.run(r); code != live.Open {
		_ = s.send([]byte(fmt.Sprintf("event: close\ndata: {\"code\":%d}\n\n", code)))
	}
}

// stream is one response of server-sent events.
type stream struct {
	b       *Bridge
	w       http.ResponseWriter
	rc      *http.ResponseController
	watcher *live.Watcher
	token   string
}

// run sends frames until the client goes, or returns why it has to.
func (s *stream) run(r *http.Request) live.Code {
	ping := time.NewTicker(s.b.Ping)
	defer ping.Stop()
	for n := 1; ; {
		select {
		case <-r.Context().Done():
			return live.Open
		case <-s.watcher.Wakes():
			if code, err := s.flush(); code != live.Open || err != nil {
				return code
			}
		case <-ping.C:
			if n++; n%recheck == 0 {
				if _, err := s.b.Registry.Authenticate(r.Context(), s.token); err != nil {
					return live.Revoked
				}
			}
			if s.send([]byte(": ping\n\n")) != nil {
				return live.Open
			}
		}
	}
}

func (s *stream) flush() (live.Code, error) {
	var space [batch]*live.Frame
	for {
		frames, code := s.watcher.Take(space[:0])
		if len(frames) == 0 {
			return code, nil
		}
		var text []byte
		for _, f := range frames {
			text = fmt.Appendf(text, "id: %d\ndata: %s\n\n", f.Seq, f.JSON())
		}
		if err := s.send(text); err != nil {
			return code, err
		}
	}
}

func (s *stream) send(text []byte) error {
	if err := s.rc.SetWriteDeadline(time.Now().Add(writeTime)); err != nil {
		return err
	}
	if _, err := s.w.Write(text); err != nil {
		return err
	}
	return s.rc.Flush()
}
