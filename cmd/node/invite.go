package main

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

func (p *program) inviteCommand() *cobra.Command {
	c := &cobra.Command{Use: "invite", Short: "Print a link by which somebody can make an account on this node", Args: noArgs}
	dataFlag(c.Flags())
	uses := c.Flags().Int("uses", 1, "how many accounts it makes")
	life := c.Flags().Duration("expires", 7*24*time.Hour, "how long it is valid")
	c.RunE = func(c *cobra.Command, _ []string) error {
		if *uses < 1 || *life < time.Second {
			return usage("an invitation makes at least one account and lives at least a second")
		}
		return p.with(c.Context(), p.data(c), false, func(o *owner) error {
			var made struct {
				Link    string    `json:"link"`
				Expires time.Time `json:"expires_at"`
				MaxUses int       `json:"max_uses"`
			}
			req := map[string]int{"max_uses": *uses, "expires_in": int(life.Seconds())}
			if err := o.call(c.Context(), http.MethodPost, "/api/v1/admin/invites", req, &made); err != nil {
				return err
			}
			if strings.HasPrefix(made.Link, "/") {
				fmt.Fprintln(p.stderr, "No node runs that knows where its page is: put its address before the link.")
			}
			_, err := fmt.Fprintf(p.stdout, "%s\n", made.Link)
			fmt.Fprintf(p.stderr, "It makes %d account(s), until %s.\n", made.MaxUses, made.Expires.Local().Format("2 January 2006 15:04"))
			return err
		})
	}
	return c
}
