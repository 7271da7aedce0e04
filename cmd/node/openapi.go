package main

import (
	"errors"
	"log/slog"

	"github.com/spf13/cobra"

	"conclave/bridge"
	"conclave/node"
)

func (p *program) openapiCommand() *cobra.Command {
	return &cobra.Command{
		Use: "openapi", Short: "Print the description of the API (OpenAPI 3.1)", Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			// A node in memory that talks to nobody has the same operations as any other.
			n, err := node.Open(c.Context(), node.Config{Listen: []string{}, Version: p.version, Logger: slog.New(slog.DiscardHandler)})
			if err != nil {
				return err
			}
			doc := bridge.New(bridge.Config{Registry: n.Registry(), Live: n.Live(), PeerID: n.PeerID()}).OpenAPI()
			_, err = p.stdout.Write(doc)
			return errors.Join(err, n.Close())
		},
	}
}
