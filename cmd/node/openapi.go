package main

import (
	"errors"
	"log/slog"

	"github.com/spf13/cobra"

	"conclave/bridge"
	"conclave/node"
)

func (p *program) openapiCommand() *cobra.Command {
	return p.describeCommand("openapi", "Print the description of the API (OpenAPI 3.1)", (*bridge.Bridge).OpenAPI)
}

func (p *program) metricsCommand() *cobra.Command {
	return p.describeCommand("metrics", "Print what the metrics of a node are (Markdown)", (*bridge.Bridge).DescribeMetrics)
}

// describeCommand prints what is the same on every node of this version.
func (p *program) describeCommand(name, short string, describe func(*bridge.Bridge) []byte) *cobra.Command {
	return &cobra.Command{
		Use: name, Short: short, Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			// A node in memory that talks to nobody has the same operations and figures as any other.
			n, err := node.Open(c.Context(), node.Config{Listen: []string{}, Version: p.version, Logger: slog.New(slog.DiscardHandler)})
			if err != nil {
				return err
			}
			doc := describe(bridge.New(bridge.Config{Registry: n.Registry(), Live: n.Live(), PeerID: n.PeerID(), Figures: n.Figures}))
			_, err = p.stdout.Write(doc)
			return errors.Join(err, n.Close())
		},
	}
}
