package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/spf13/cobra"

	"conclave/cmd/node/finding"
)

// described is a node as GET /api/v1/admin/node describes it to its owner.
type described struct {
	PeerID    string    `json:"peer_id"`
	Version   string    `json:"version"`
	Addresses []string  `json:"addresses"`
	PublicURL string    `json:"public_url"`
	Started   time.Time `json:"started_at"`
	Accounts  int       `json:"accounts"`
	ReadOnly  string    `json:"read_only,omitempty"`
	Disk      struct {
		Free   uint64 `json:"free"`
		Total  uint64 `json:"total"`
		ByNode uint64 `json:"used_by_node"`
	} `json:"disk"`
	Peers []struct {
		ID        string    `json:"id"`
		Connected bool      `json:"connected"`
		Waiting   int       `json:"waiting"`
		LastSeen  time.Time `json:"last_seen,omitzero"`
		LastError string    `json:"last_error,omitempty"`
	} `json:"peers"`
}

func (o *owner) describe(ctx context.Context) (d described, err error) {
	return d, o.call(ctx, http.MethodGet, "/api/v1/admin/node", nil, &d)
}

// status is what the command prints as JSON.
type status struct {
	Running bool       `json:"running"`
	Process *process   `json:"process,omitempty"`
	Node    *described `json:"node,omitempty"`

	Findings []finding.Finding `json:"findings,omitempty"` // what the node finds wrong with itself, as doctor tells it
}

// errNotReady gives status a code other than 0, for health checks.
var errNotReady = errors.New("the node is not ready")

func (p *program) statusCommand() *cobra.Command {
	c := &cobra.Command{Use: "status", Short: "Say whether the node runs, and how it is", Args: noArgs,
		Long: "Says whether a node runs on the data folder, where it is, what waits and what is wrong. Ends with a code other than 0 where none runs or it\ncannot serve, so that it can be a health check."}
	dataFlag(c.Flags())
	asJSON := jsonFlag(c)
	c.RunE = func(c *cobra.Command, _ []string) error {
		dir := p.data(c)
		s, why := observe(c.Context(), dir)
		if *asJSON {
			if err := p.printJSON(s); err != nil {
				return err
			}
		} else if s.Node != nil {
			p.printStatus(s)
			why = errors.Join(why, printFindings(p.stdout, s.Findings))
		}
		return why
	}
	return c
}

// observe asks the node of a folder, and opens nothing where none runs.
func observe(ctx context.Context, dir string) (status, error) {
	o := dial(dir)
	run, err := o.process(ctx)
	if err != nil {
		return status{}, o.silence(err)
	}
	d, err := o.describe(ctx)
	if err != nil {
		return status{Running: true, Process: &run}, err
	}
	within, err := o.examine(ctx)
	if err != nil {
		return status{Running: true, Process: &run, Node: &d}, err
	}
	s := status{Running: run.Serves, Process: &run, Node: &d, Findings: within.Findings}
	switch {
	case !run.Serves:
		return s, fmt.Errorf("no node runs on %s; another command uses it at the moment", dir)
	case run.NotReady != "":
		return s, fmt.Errorf("%w: %s", errNotReady, run.NotReady)
	}
	return s, nil
}

func (p *program) printStatus(s status) {
	d, w := s.Node, p.stdout
	fmt.Fprintf(w, "running      version %s, process %d, for %s\n", d.Version, s.Process.PID, time.Since(d.Started).Round(time.Second))
	fmt.Fprintf(w, "page         %s\n", s.Process.HTTP)
	fmt.Fprintf(w, "admin        %s\n", s.Process.Admin)
	fmt.Fprintf(w, "peer id      %s\n", d.PeerID)
	for _, a := range d.Addresses {
		fmt.Fprintf(w, "address      %s\n", a)
	}
	fmt.Fprintf(w, "accounts     %d\n", d.Accounts)
	connected, waiting := 0, 0
	for _, peer := range d.Peers {
		waiting += peer.Waiting
		if peer.Connected {
			connected++
		}
	}
	fmt.Fprintf(w, "peers        %d known, %d connected\n", len(d.Peers), connected)
	fmt.Fprintf(w, "waiting      %s\n", messages(waiting))
	fmt.Fprintf(w, "disk         %s by the node, %s free of %s\n", size(d.Disk.ByNode), size(d.Disk.Free), size(d.Disk.Total))
	if s.Process.SetupToken != "" {
		fmt.Fprintf(w, "nobody owns this node yet: http://%s/setup#claim=%s\n", s.Process.HTTP, s.Process.SetupToken)
	}
}

// messages is a number of them for people.
func messages(n int) string {
	if n == 1 {
		return "1 message"
	}
	return fmt.Sprintf("%d messages", n)
}

// size is a number of bytes for people.
func size(n uint64) string {
	units := []string{"B", "kB", "MB", "GB", "TB", "PB", "EB"}
	v, i := float64(n), 0
	for v >= 1000 && i < len(units)-1 {
		v, i = v/1000, i+1
	}
	return fmt.Sprintf("%.3g %s", v, units[i])
}
