// Package feature is the contract between a slice and the node.
//
// A slice is a folder under this one. Its Feature says its name and what to do with a Host: Install reads as a table of
// contents and registers what the slice projects, guards, handles and tells watchers. A slice keeps its state in the store
// and in values made by Install, never in package variables: many nodes run in one process. Slices import this package,
// protocol, storage and crypto; never one another, net/http or the node. They meet only in kinds of events.
//
// Registration happens before the node runs and is not safe for concurrent use; everything registered is called
// concurrently, except what runs inside a store transaction, of which there is one at a time.
package feature

import (
	"context"
	"io"
	"log/slog"
	"time"

	"conclave/storage"
)

// Feature is a slice.
type Feature struct {
	Name    string
	Install func(*Host)
}

// Tx is a transaction of the node's store. Facts that must agree share one.
type Tx = *storage.Tx

// Host is what a slice gets: where it registers, and the services it may use.
type Host struct {
	Services
	slice string
	reg   *Registry
}

// Services are what the node offers to its slices.
type Services struct {
	Now       func() time.Time // the node's clock; tests run it in virtual time
	Random    io.Reader
	Logger    *slog.Logger // no content, keys or tokens
	Store     *storage.Store
	Realms    Realms
	Keys      Keyring
	Timeline  Timeline
	Groups    Groups
	Directory Directory
	Delivery  Delivery
	Live      Watchers
	Alarms    Alarms
	Previews  Previewer
	Node      Node
}

// Install runs a slice's Install on the registry.
func Install(reg *Registry, s Services, f Feature) {
	reg.logger, reg.groups = s.Logger, s.Groups
	f.Install(&Host{Services: s, slice: f.Name, reg: reg})
}

// Start registers work to do once when the node starts, in the order of the slices, before it serves anybody. An error
// keeps the node from starting.
func Start(h *Host, fn func(context.Context) error) {
	h.reg.starts = append(h.reg.starts, fn)
}

// Every registers work that the node repeats while it runs. An error is logged; a panic is caught and logged.
func Every(h *Host, name string, interval time.Duration, fn func(context.Context) error) {
	h.reg.jobs = append(h.reg.jobs, Job{Name: h.slice + "." + name, Every: interval, Run: fn})
}

// Job is repeated background work.
type Job struct {
	Name  string
	Every time.Duration
	Run   func(context.Context) error
}
