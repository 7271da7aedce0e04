package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"conclave/bridge"
	"conclave/node"
)

// owner speaks to a node as its owner, over its control socket. Where no node runs it opens the store for the while and serves
// the same socket, so that there is one way only.
type owner struct {
	dir    string
	client *http.Client
	end    func() error
}

// errNoNode means that a folder holds no node.
var errNoNode = errors.New("there is no node")

// dial prepares to speak to the node that runs on a folder.
func dial(dir string) *owner {
	return &owner{dir: dir, end: func() error { return nil }, client: &http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (c net.Conn, err error) {
			err = inFolder(dir, func(short string) error {
				c, err = new(net.Dialer).DialContext(ctx, "unix", filepath.Join(short, controlName))
				return err
			})
			return c, err
		},
	}}}
}

// silence says why a node does not answer.
func (o *owner) silence(err error) error {
	switch {
	case absent(err):
		return fmt.Errorf("no node runs on %s", o.dir)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("the node in %s belongs to another user; run this command as that user", o.dir)
	}
	return fmt.Errorf("the node in %s does not answer: %w", o.dir, err)
}

// absent tells whether nobody listens on the socket, which may be stale or not there.
func absent(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ECONNREFUSED) || errors.Is(err, syscall.ENOTDIR)
}

// reach finds the node of a data folder. Unless make is set the folder must hold one.
func (p *program) reach(ctx context.Context, dir string, make bool) (*owner, error) {
	o := dial(dir)
	if _, err := o.process(ctx); err == nil {
		return o, nil
	} else if !absent(err) {
		return nil, o.silence(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "node.key")); err != nil && !make {
		return nil, fmt.Errorf("%w in %s; name its folder with --data", errNoNode, dir)
	}
	return o, o.open(ctx, node.Config{Data: dir, Listen: []string{}, Version: p.version, Cost: p.cost, Logger: slog.New(slog.DiscardHandler)})
}

// open takes the data folder as a node does that talks to nobody.
func (o *owner) open(ctx context.Context, c node.Config) error {
	n, err := node.Open(ctx, c)
	if err != nil {
		return explain(c.Data, err)
	}
	v := &service{settings: settings{data: c.Data}, log: c.Logger, node: n, ready: &readiness{node: n}, now: time.Now}
	v.bridge = bridge.New(bridge.Config{Registry: n.Registry(), Live: n.Live(), PeerID: n.PeerID(), Logger: c.Logger})
	if v.control, err = listenControl(c.Data); err != nil {
		return errors.Join(err, v.close())
	}
	server := &http.Server{Handler: v.control.handler(v)}
	served := make(chan error, 1)
	go func() { served <- server.Serve(v.control.listener) }()
	o.end = func() error {
		o.client.CloseIdleConnections()
		err := server.Shutdown(ctx)
		<-served
		return errors.Join(err, v.close())
	}
	return nil
}

func (o *owner) close() error { return o.end() }

// problem is a refusal as the bridge tells it.
type problem struct {
	Status int    `json:"status"`
	Code   string `json:"code"`
	Detail string `json:"detail"`
	Errors []struct {
		Location string `json:"location"`
		Message  string `json:"message"`
	} `json:"errors"`
}

func (p problem) Error() string {
	text := p.Detail
	for _, e := range p.Errors {
		text += " " + e.Location + ": " + e.Message
	}
	return text
}

// call runs one operation by its route; a nil request has no body, a nil response is not read.
func (o *owner) call(ctx context.Context, method, path string, req, res any) error {
	body, err := o.send(ctx, method, path, req)
	if err != nil {
		return err
	}
	defer body.Close()
	if res == nil {
		return nil
	}
	if err := json.NewDecoder(body).Decode(res); err != nil {
		return fmt.Errorf("read the node's answer: %w", err)
	}
	return nil
}

// send returns the body of a successful answer.
func (o *owner) send(ctx context.Context, method, path string, req any) (io.ReadCloser, error) {
	var body io.Reader
	if req != nil {
		raw, err := json.Marshal(req)
		if err != nil {
			return nil, fmt.Errorf("encode a request: %w", err)
		}
		body = bytes.NewReader(raw)
	}
	r, err := http.NewRequestWithContext(ctx, method, "http://localhost"+path, body)
	if err != nil {
		return nil, err
	}
	if req != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	answer, err := o.client.Do(r)
	if err != nil {
		return nil, err
	}
	if answer.StatusCode < 300 {
		return answer.Body, nil
	}
	defer answer.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(answer.Body, 64<<10))
	if err != nil {
		return nil, fmt.Errorf("read the node's answer: %w", err)
	}
	p := problem{Status: answer.StatusCode}
	if json.Unmarshal(raw, &p) != nil || p.Detail == "" {
		p.Detail = fmt.Sprintf("the node answers %d %s", answer.StatusCode, bytes.TrimSpace(raw))
	}
	return nil, p
}

func (o *owner) process(ctx context.Context) (process, error) {
	var out process
	return out, o.call(ctx, http.MethodGet, processPath, nil, &out)
}

// with calls fn with the node of the folder that --data or CONCLAVE_DATA names.
func (p *program) with(ctx context.Context, dir string, make bool, fn func(*owner) error) error {
	o, err := p.reach(ctx, dir, make)
	if err != nil {
		return err
	}
	return errors.Join(fn(o), o.close())
}
