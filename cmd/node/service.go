package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"conclave/bridge"
	"conclave/gui"
	"conclave/node"
	"conclave/node/gossip"
)

// drainTime is how long a node that was told to stop may take for what is under way.
const drainTime = 25 * time.Second

// service is a node with its doors: the page and the API, the admin listener, and the control socket.
type service struct {
	settings
	log     *slog.Logger
	node    *node.Node
	bridge  *bridge.Bridge
	page    net.Listener
	admin   net.Listener
	control *control
	ready   *readiness
	fresh   fresh
	now     func() time.Time // for examine
}

// open binds the doors first: an address that is taken must change nothing. Nothing is served before run.
func open(ctx context.Context, s settings, c node.Config) (_ *service, err error) {
	v := &service{settings: s, log: c.Logger, now: c.Now}
	if v.now == nil {
		v.now = time.Now
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, v.close())
		}
	}()
	if v.page, err = listen("--http", s.http); err != nil {
		return nil, err
	}
	if v.page, err = v.encrypt(v.page); err != nil {
		return nil, err
	}
	if v.admin, err = listen("--admin", s.admin); err != nil {
		return nil, err
	}
	if err := probe("--listen", s.listen); err != nil {
		return nil, err
	}
	if !slices.Equal(s.groups, gossip.Beside(s.listen)) { // else another port is taken where this one is not free
		if err := probe("--group-listen", s.groups); err != nil {
			return nil, err
		}
	}
	c.GroupListen = s.groups
	c.Data, c.Listen, c.PublicURL, c.HTTPAddr = s.data, s.listen, s.publicURL, func() string { return reachable(v.page.Addr()) }
	c.Mailbox, c.MailboxAt, c.AcceptLoss = s.mailbox, s.mailboxAt, s.loss
	c.Unlimited, c.NAT = !s.limits, !onLoopback(s.listen)
	n, err := node.Open(ctx, c)
	if err != nil {
		return nil, explain(s.data, err)
	}
	v.node, v.ready = n, &readiness{node: n}
	v.bridge = bridge.New(bridge.Config{
		Registry: n.Registry(), Live: n.Live(), PeerID: n.PeerID(), PublicURL: s.publicURL, TrustedProxies: s.proxies,
		Limits: s.limits, Pages: gui.Handler(), Ready: v.ready.check, Figures: n.Figures, Logger: c.Logger,
	})
	if s.data != "" {
		v.control, err = listenControl(s.data)
	}
	return v, err
}

func listen(flag, address string) (net.Listener, error) {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("%s %s cannot be used: %w", flag, address, cause(err))
	}
	return l, nil
}

// encrypt puts TLS on a listener where there is a certificate.
func (v *service) encrypt(l net.Listener) (net.Listener, error) {
	if v.tlsCert == "" {
		return l, nil
	}
	c := &certificate{cert: v.tlsCert, key: v.tlsKey}
	if _, err := c.get(nil); err != nil {
		return l, err
	}
	return tls.NewListener(l, &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: c.get, NextProtos: []string{"h2", "http/1.1"}}), nil
}

// run serves until the context ends, then drains: not ready, what is under way finished, live clients told, everything closed.
// ready is called once the node serves.
func (v *service) run(ctx context.Context, ready func() error) error {
	group, inner := errgroup.WithContext(context.WithoutCancel(ctx))
	inner, stop := context.WithCancel(inner)
	defer stop()
	servers := []*http.Server{bridge.Server(v.guard(v.bridge.Handler())), bridge.Server(v.bridge.Admin())}
	v.fresh.watch(servers[0])
	servers[1].WriteTimeout = 0 // a profile takes as long as it was asked to
	for i, l := range []net.Listener{v.page, v.admin} {
		servers[i].ErrorLog = slog.NewLogLogger(v.log.Handler(), slog.LevelDebug)
		group.Go(func() error { return served(servers[i].Serve(l)) })
	}
	if v.control != nil {
		server := bridge.Server(v.control.handler(v))
		server.WriteTimeout = 0 // a backup takes as long as the store is large
		servers = append(servers, server)
		group.Go(func() error { return served(server.Serve(v.control.listener)) })
	}
	group.Go(func() error {
		if err := v.node.Run(inner); err != nil && inner.Err() == nil {
			return fmt.Errorf("the node stopped: %w", err)
		}
		return nil
	})
	group.Go(func() error {
		select {
		case <-ctx.Done():
		case <-inner.Done():
		}
		defer stop()
		return v.drain(context.WithoutCancel(ctx), servers)
	})
	err := ready()
	if err != nil {
		stop()
	}
	return errors.Join(err, group.Wait(), v.close())
}

// drain lets what is under way finish, and cuts what takes longer than drainTime.
func (v *service) drain(ctx context.Context, servers []*http.Server) error {
	ctx, cancel := context.WithTimeout(ctx, drainTime)
	defer cancel()
	if err := v.bridge.Drain(ctx); err != nil {
		v.log.Warn("calls that took too long were cut off")
	}
	servers[0].RegisterOnShutdown(v.fresh.close) // the listener is closed by then
	var all sync.WaitGroup
	for _, s := range servers {
		all.Go(func() {
			if s.Shutdown(ctx) != nil {
				_ = s.Close() // in either case nothing of it runs any more
			}
		})
	}
	all.Wait()
	return nil
}

// close gives back what open took; what run served is closed already.
func (v *service) close() error {
	for _, l := range []net.Listener{v.page, v.admin} {
		if l != nil {
			_ = l.Close() // a server that was shut down closed it before
		}
	}
	var errs []error
	if v.control != nil {
		errs = append(errs, v.control.close())
	}
	if v.node != nil {
		errs = append(errs, v.node.Close())
	}
	return errors.Join(errs...)
}

func served(err error) error {
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return fmt.Errorf("serve: %w", err)
}

// readiness asks the node at most once a second: its answer costs a synced write, and anybody may ask.
type readiness struct {
	node *node.Node

	mu  sync.Mutex
	at  time.Time
	err error
}

func (r *readiness) check() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if time.Since(r.at) < time.Second {
		return r.err
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	r.err = r.node.Ready(ctx)
	r.at = time.Now()
	return r.err
}
