package main_test

import (
	"go/ast"
	"slices"
	"strings"
)

// Who may import whom. Tests of a package may reach further (a slice's story uses node/nodetest), except for the libraries
// that enter at one place.
func importRules() []rule {
	return []rule{
		{
			name: "libraries enter at one place", check: libraries,
			bad: map[string]string{
				"protocol/event/a.go":         `package event; import _ "github.com/fxamacker/cbor/v2"`,
				"node/delivery/a_test.go":     `package delivery; import _ "github.com/libp2p/go-libp2p"`,
				"bridge/a.go":                 `package bridge; import _ "github.com/multiformats/go-multiaddr"`,
				"node/timeline/a.go":          `package timeline; import _ "github.com/dgraph-io/badger/v4"`,
				"node/feature/message/api.go": `package message; import _ "github.com/danielgtaylor/huma/v2"`,
			},
			good: map[string]string{
				"crypto/canon/a.go":      `package canon; import _ "github.com/fxamacker/cbor/v2"`,
				"protocol/net/pubsub.go": `package net; import _ "github.com/libp2p/go-libp2p"`,
				"storage/a.go":           `package storage; import _ "github.com/dgraph-io/badger/v4"`,
			},
		},
		{
			name: "crypto imports nothing of ours", check: only("crypto", "crypto"),
			bad:  map[string]string{"crypto/seal/a.go": `package seal; import _ "conclave/protocol"`},
			good: map[string]string{"crypto/seal/a.go": `package seal; import _ "conclave/crypto/canon"`},
		},
		{
			name: "crypto is pure: no I/O, no clock, no goroutine", check: pure,
			bad: map[string]string{
				"crypto/vault/a.go": `package vault; import _ "os"`,
				"crypto/vault/b.go": `package vault; import "time"; var now = time.Now()`,
				"crypto/vault/c.go": `package vault; func f() { go f() }`,
				"crypto/vault/d.go": `package vault; import _ "math/rand/v2"`,
			},
			good: map[string]string{
				"crypto/vault/a.go":      `package vault; import ("crypto/rand"; "time"); var _, _ = rand.Reader, time.Second`,
				"crypto/vault/a_test.go": `package vault; import _ "os"`,
				"storage/a.go":           `package storage; import _ "os"; func f() { go f() }`,
			},
		},
		{
			name: "protocol imports only crypto and itself", check: only("protocol", "protocol", "crypto"),
			bad:  map[string]string{"protocol/membership/a.go": `package membership; import _ "conclave/storage"`},
			good: map[string]string{"protocol/net/a.go": `package net; import (_ "conclave/protocol/event"; _ "conclave/crypto/seal")`},
		},
		{
			name: "only the node's machinery talks to the network", check: network,
			bad: map[string]string{
				"protocol/event/a.go":       `package event; import _ "conclave/protocol/net"`,
				"node/feature/a.go":         `package feature; import _ "conclave/protocol/net"`,
				"node/feature/message/a.go": `package message; import _ "conclave/protocol/net"`,
				"bridge/a.go":               `package bridge; import _ "conclave/protocol/net"`,
			},
			good: map[string]string{"node/delivery/a.go": `package delivery; import _ "conclave/protocol/net"`},
		},
		{
			name: "storage imports only crypto and itself", check: only("storage", "storage", "crypto"),
			bad:  map[string]string{"storage/backup/a.go": `package backup; import _ "conclave/protocol"`},
			good: map[string]string{"storage/backup/a.go": `package backup; import (_ "conclave/storage"; _ "conclave/crypto/seal")`},
		},
		{
			name: "the contract knows no part of the node", check: contract,
			bad: map[string]string{
				"node/feature/host.go": `package feature; import _ "conclave/node/timeline"`,
				"node/feature/a.go":    `package feature; import _ "conclave/node/feature/message"`,
			},
			good: map[string]string{"node/feature/host.go": `package feature; import (_ "conclave/storage"; _ "conclave/protocol/event")`},
		},
		{
			name: "a slice imports the contract, protocol, storage and crypto, never a sibling", check: slice,
			bad: map[string]string{
				"node/feature/message/a.go":       `package message; import _ "conclave/node/feature/contact"`,
				"node/feature/message/b.go":       `package message; import _ "conclave/node"`,
				"node/feature/message/c.go":       `package message; import _ "conclave/node/delivery"`,
				"node/feature/message/d.go":       `package message; import _ "net/http"`,
				"node/feature/message/inner/e.go": `package inner; import _ "conclave/bridge"`,
			},
			good: map[string]string{
				"node/feature/message/a.go":      `package message; import (_ "conclave/node/feature"; _ "conclave/protocol/event"; _ "conclave/storage"; _ "conclave/crypto/seal"; _ "conclave/node/feature/message/inner")`,
				"node/feature/message/a_test.go": `package message_test; import _ "conclave/node/nodetest"`,
			},
		},
		{
			name: "the node's machinery knows no slice and nothing above it", check: machinery,
			bad: map[string]string{
				"node/delivery/a.go": `package delivery; import _ "conclave/node/feature/message"`,
				"node/timeline/a.go": `package timeline; import _ "conclave/node"`,
				"node/live/a.go":     `package live; import _ "conclave/bridge"`,
				"node/node.go":       `package node; import _ "conclave/bridge"`,
			},
			good: map[string]string{
				"node/delivery/a.go": `package delivery; import (_ "conclave/node/session"; _ "conclave/node/feature")`,
				"node/features.go":   `package node; import _ "conclave/node/feature/message"`,
				"node/nodetest/a.go": `package nodetest; import (_ "conclave/node"; _ "conclave/bridge")`,
			},
		},
		{
			name: "the bridge sees the contract, live and protocol", check: only("bridge", "bridge", "node/feature", "node/live", "protocol"),
			bad: map[string]string{
				"bridge/a.go":      `package bridge; import _ "conclave/storage"`,
				"bridge/live/a.go": `package live; import _ "conclave/node/session"`,
			},
			good: map[string]string{"bridge/live/a.go": `package live; import (_ "conclave/node/live"; _ "conclave/node/feature"; _ "conclave/protocol/event")`},
		},
		{
			name: "the bridge and the page's embedding know no slice", check: noSlices("bridge", "gui"),
			bad: map[string]string{
				"bridge/a.go":  `package bridge; import _ "conclave/node/feature/message"`,
				"gui/embed.go": `package gui; import _ "conclave/node/feature/message"`,
			},
			good: map[string]string{"bridge/a.go": `package bridge; import _ "conclave/node/feature"`},
		},
		{
			name: "nobody imports a command", check: commands,
			bad:  map[string]string{"node/a.go": `package node; import _ "conclave/cmd/node"`},
			good: map[string]string{"cmd/node/main.go": `package main; import (_ "conclave/node"; _ "conclave/bridge"; _ "conclave/storage")`},
		},
	}
}

// bare tells what holds our figures against the bare libraries, or speaks to a node as a stranger would: no part of the product.
func bare(s source) bool {
	return within(s.dir, "node/nodetest/bench/floor") || s.test && within(s.dir, "node/nodetest")
}

// entrances: the one folder where each library comes in.
var entrances = []struct{ library, folder string }{
	{"github.com/fxamacker/cbor", "crypto/canon"},
	{"github.com/libp2p", "protocol/net"},
	{"github.com/multiformats", "protocol/net"},
	{"github.com/dgraph-io", "storage"},
	{"github.com/danielgtaylor/huma", "bridge"},
	{"github.com/gobwas", "bridge"},
	{"github.com/spf13", "cmd/node"},
	{"github.com/knadh/koanf", "cmd/node"},
	{"filippo.io/age", "storage/backup"},
}

func libraries(t tree) (found []string) {
	for _, s := range t.sources {
		for _, imported := range s.imports {
			for _, e := range entrances {
				if within(imported, e.library) && !within(s.dir, e.folder) && !bare(s) {
					found = append(found, breach(s.path, "imports %s, which enters at %s alone", imported, e.folder))
				}
			}
		}
	}
	return found
}

// edges calls visit for each import of a package of ours by a file that is no test.
func (t tree) edges(visit func(s source, to string)) {
	for _, s := range t.sources {
		for _, imported := range s.imports {
			if to, ok := ours(imported); ok && !s.test {
				visit(s, to)
			}
		}
	}
}

// only says that what lies below from imports nothing of ours but what lies below the allowed folders.
func only(from string, allowed ...string) func(tree) []string {
	return func(t tree) (found []string) {
		t.edges(func(s source, to string) {
			if within(s.dir, from) && !withinAny(to, allowed...) {
				found = append(found, breach(s.path, "imports %s; %s may import of ours only %s", to, from, strings.Join(allowed, ", ")))
			}
		})
		return found
	}
}

func network(t tree) (found []string) {
	t.edges(func(s source, to string) {
		if within(to, "protocol/net") && (withinAny(s.dir, "crypto", "storage", "node/feature", "bridge", "gui") || within(s.dir, "protocol") && !within(s.dir, "protocol/net")) {
			found = append(found, breach(s.path, "imports %s, which belongs to the node's machinery", to))
		}
	})
	return found
}

func contract(t tree) (found []string) {
	t.edges(func(s source, to string) {
		if s.dir == "node/feature" && !withinAny(to, "protocol", "storage", "crypto") {
			found = append(found, breach(s.path, "imports %s; the contract may import only protocol, storage and crypto", to))
		}
	})
	return found
}

// sliceOf is the folder of the slice that dir belongs to, "" for none.
func sliceOf(dir string) string {
	rest, ok := strings.CutPrefix(dir, "node/feature/")
	if !ok {
		return ""
	}
	name, _, _ := strings.Cut(rest, "/")
	return "node/feature/" + name
}

func slice(t tree) (found []string) {
	for _, s := range t.sources {
		if sliceOf(s.dir) != "" && !s.test && slices.Contains(s.imports, "net/http") {
			found = append(found, breach(s.path, "imports net/http; a slice hands typed operations to the contract"))
		}
	}
	t.edges(func(s source, to string) {
		own := sliceOf(s.dir)
		if own != "" && to != "node/feature" && !withinAny(to, own, "protocol", "storage", "crypto") {
			found = append(found, breach(s.path, "imports %s; a slice may import the contract, protocol, storage and crypto", to))
		}
	})
	return found
}

func machinery(t tree) (found []string) {
	t.edges(func(s source, to string) {
		if !within(s.dir, "node") || withinAny(s.dir, "node/feature", "node/nodetest") {
			return
		}
		switch {
		case withinAny(to, "bridge", "gui", "cmd"), within(to, "node/nodetest"):
			found = append(found, breach(s.path, "imports %s, which is above it", to))
		case s.dir != "node" && (to == "node" || sliceOf(to) != ""):
			found = append(found, breach(s.path, "imports %s; only node itself wires the parts together", to))
		}
	})
	return found
}

func noSlices(from ...string) func(tree) []string {
	return func(t tree) (found []string) {
		t.edges(func(s source, to string) {
			if withinAny(s.dir, from...) && sliceOf(to) != "" {
				found = append(found, breach(s.path, "imports %s; slices are met through the contract", to))
			}
		})
		return found
	}
}

func commands(t tree) (found []string) {
	t.edges(func(s source, to string) {
		if within(to, "cmd") && !within(s.dir, "cmd") {
			found = append(found, breach(s.path, "imports %s", to))
		}
	})
	return found
}

// impure: what a pure package has no use for. Of time, only the types and constants are allowed.
var (
	impure = []string{"context", "io/ioutil", "log", "math/rand", "net", "os", "syscall"}
	clock  = []string{"After", "AfterFunc", "NewTicker", "NewTimer", "Now", "Since", "Sleep", "Tick", "Until"}
)

func pure(t tree) (found []string) {
	for _, s := range t.sources {
		if s.test || !within(s.dir, "crypto") {
			continue
		}
		for _, imported := range s.imports {
			if withinAny(imported, impure...) {
				found = append(found, breach(s.path, "imports %s", imported))
			}
		}
		ast.Inspect(s.ast, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.GoStmt:
				found = append(found, breach(s.path, "starts a goroutine"))
			case *ast.SelectorExpr:
				if pkg, ok := n.X.(*ast.Ident); ok && pkg.Name == "time" && slices.Contains(clock, n.Sel.Name) {
					found = append(found, breach(s.path, "reads the clock with time.%s", n.Sel.Name))
				}
			}
			return true
		})
	}
	return found
}
