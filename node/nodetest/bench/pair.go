package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"path/filepath"

	"github.com/coder/websocket"

	"conclave/bridge"
	"conclave/node"
	"conclave/node/nodetest"
	"conclave/node/nodetest/bench/floor"
)

// served is a handler on a port of this machine.
type served struct {
	base   string
	server *http.Server
}

func serve(h http.Handler) (*served, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &served{base: "http://" + l.Addr().String(), server: bridge.Server(h)}
	go func() { _ = s.server.Serve(l) }() // ends with Close
	return s, nil
}

func (s *served) Close() error { return s.server.Close() }

// client keeps as many connections as there are senders.
var client = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 512}}

func call(ctx context.Context, method, url, token string, body []byte) ([]byte, error) {
	r, err := http.NewRequestWithContext(ctx, method, url, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	answer, err := client.Do(r)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	out, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode >= 300 {
		err = fmt.Errorf("%s %s: %d %s", method, url, answer.StatusCode, out)
	}
	return out, err
}

// way is a path from a POST to a frame: ours, or the floor.
type way struct {
	urls, tokens []string          // to post to, one for each sender
	watch        map[string]string // tokens by WebSocket URL: everybody who receives
	ends         []io.Closer
}

func (w *way) Close() error {
	var errs []error
	for _, c := range w.ends {
		errs = append(errs, c.Close())
	}
	return errors.Join(errs...)
}

// people is how many conversations the senders use.
const people = 16

// nodes starts two nodes with people on both, each with one conversation with somebody on the other node.
func nodes(ctx context.Context, dir string) (_ *way, err error) {
	w := &way{watch: map[string]string{}}
	defer func() {
		if err != nil {
			err = errors.Join(err, w.Close())
		}
	}()
	var homes [2]*nodetest.Home
	var sites [2]*served
	var owners [2]*nodetest.Person
	for i := range homes {
		homes[i], err = nodetest.Start(ctx, node.Config{Data: filepath.Join(dir, fmt.Sprint("node", i)), Unlimited: true})
		if err != nil {
			return w, err
		}
		w.ends = append([]io.Closer{homes[i]}, w.ends...)
		if sites[i], err = serve(homes[i].Bridge.Handler()); err != nil {
			return w, err
		}
		w.ends = append([]io.Closer{sites[i]}, w.ends...)
		if owners[i], err = homes[i].Founder(ctx, homes[i].SetupToken(), "owner", ""); err != nil {
			return w, err
		}
	}
	for n := range people {
		var pair [2]*nodetest.Person
		for i := range pair {
			if pair[i], err = owners[i].Invite(ctx, fmt.Sprint("person", n), ""); err != nil {
				return w, err
			}
		}
		conversation, err := nodetest.Introduce(ctx, pair[0], pair[1])
		if err != nil {
			return w, err
		}
		w.urls = append(w.urls, sites[0].base+"/api/v1/conversations/"+conversation+"/messages")
		w.tokens = append(w.tokens, pair[0].Token)
		w.watch[pair[1].Token] = "ws" + sites[1].base[len("http"):] + "/api/v1/live"
	}
	return w, nil
}

// bare starts the floor.
func bare(dir string) (*way, error) {
	p, err := floor.New(dir)
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /messages", p.Post)
	mux.HandleFunc("GET /messages", p.Page)
	mux.HandleFunc("GET /live", p.Watch)
	site, err := serve(mux)
	if err != nil {
		return nil, errors.Join(err, p.Close())
	}
	return &way{
		urls: []string{site.base + "/messages"}, tokens: []string{""},
		watch: map[string]string{"": "ws" + site.base[len("http"):] + "/live"}, ends: []io.Closer{site, p},
	}, nil
}

func dial(ctx context.Context, url, token string) (*websocket.Conn, error) {
	h := http.Header{}
	if token != "" {
		h.Set("Authorization", "Bearer "+token)
	}
	c, _, err := websocket.Dial(ctx, url, &websocket.DialOptions{HTTPHeader: h, HTTPClient: client})
	return c, err
}
