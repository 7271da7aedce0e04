package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
)

// listed is an account as GET /api/v1/admin/accounts describes it.
type listed struct {
	Acct      string    `json:"acct"`
	Name      string    `json:"name"`
	Display   string    `json:"display_name"`
	Created   time.Time `json:"created_at"`
	Owner     bool      `json:"owner"`
	Sealed    bool      `json:"sealed"`
	Suspended bool      `json:"suspended"`
	Reason    string    `json:"reason"`
}

func (p *program) accountCommand() *cobra.Command {
	c := group("account", "Make, list and suspend accounts", p.accountCreate(), p.accountList(), p.accountSuspend())
	dataFlag(c.PersistentFlags())
	return c
}

// data is the folder that a command was given.
func (p *program) data(c *cobra.Command) string { return p.early(c.Flags(), "data") }

func (p *program) accountCreate() *cobra.Command {
	c := &cobra.Command{
		Use: "create NAME", Short: "Make an account; the first one owns the node", Args: exactArgs(1, "a name"),
		Long: "Makes an account. The passphrase is asked for, or taken from CONCLAVE_PASSPHRASE, the file in CONCLAVE_PASSPHRASE_FILE,\nor the first line of standard input.",
	}
	display := c.Flags().String("display-name", "", "what others see (default: the name)")
	c.RunE = func(c *cobra.Command, args []string) error {
		secret, err := p.passphrase("CONCLAVE_PASSPHRASE", "Passphrase of the new account", true)
		if err != nil {
			return err
		}
		return p.with(c.Context(), p.data(c), true, func(o *owner) error {
			var made struct {
				Account struct {
					Name    string `json:"name"`
					Acct    string `json:"acct"`
					Address string `json:"address"`
					Owner   bool   `json:"owner"`
				} `json:"account"`
			}
			req := map[string]string{"name": args[0], "passphrase": secret, "client": "command line"}
			if *display != "" {
				req["display_name"] = *display
			}
			if err := o.call(c.Context(), http.MethodPost, "/api/v1/accounts", req, &made); err != nil {
				return err
			}
			role := ""
			if made.Account.Owner {
				role = ", owner of the node"
			}
			_, err := fmt.Fprintf(p.stdout, "made the account %s (%s%s)\n", made.Account.Name, made.Account.Acct, role)
			return err
		})
	}
	return c
}

func (o *owner) accounts(ctx context.Context) ([]listed, error) {
	var out struct {
		Items []listed `json:"items"`
	}
	return out.Items, o.call(ctx, http.MethodGet, "/api/v1/admin/accounts", nil, &out)
}

func (p *program) accountList() *cobra.Command {
	c := &cobra.Command{Use: "list", Short: "List the accounts of the node", Args: noArgs}
	asJSON := jsonFlag(c)
	c.RunE = func(c *cobra.Command, _ []string) error {
		return p.with(c.Context(), p.data(c), false, func(o *owner) error {
			all, err := o.accounts(c.Context())
			if err != nil {
				return err
			}
			if *asJSON {
				return p.printJSON(all)
			}
			w := tabwriter.NewWriter(p.stdout, 0, 0, 2, ' ', 0)
			fmt.Fprintln(w, "NAME\tACCOUNT\tMADE\tSTATE")
			for _, a := range all {
				fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", a.Name, a.Acct, a.Created.Format(time.DateOnly), a.state())
			}
			return w.Flush()
		})
	}
	return c
}

func (a listed) state() string {
	var words []string
	for _, w := range []struct {
		is   bool
		word string
	}{{a.Owner, "owner"}, {a.Sealed, "sealed"}, {a.Suspended, "suspended"}} {
		if w.is {
			words = append(words, w.word)
		}
	}
	if len(words) == 0 {
		return "-"
	}
	return strings.Join(words, ", ")
}

func (p *program) accountSuspend() *cobra.Command {
	c := &cobra.Command{Use: "suspend NAME", Short: "End an account's sessions and log-ins, or let it in again", Args: exactArgs(1, "a name")}
	reason := c.Flags().String("reason", "", "shown to the account at its next log-in")
	lift := c.Flags().Bool("lift", false, "let the account in again")
	c.RunE = func(c *cobra.Command, args []string) error {
		return p.with(c.Context(), p.data(c), false, func(o *owner) error {
			acct, err := o.named(c.Context(), args[0])
			if err != nil {
				return err
			}
			req := map[string]any{"suspended": !*lift}
			if *reason != "" {
				req["reason"] = *reason
			}
			if err := o.call(c.Context(), http.MethodPut, "/api/v1/admin/accounts/"+acct+"/suspended", req, nil); err != nil {
				return err
			}
			done := "suspended"
			if *lift {
				done = "let in again"
			}
			_, err = fmt.Fprintf(p.stdout, "%s %s\n", done, args[0])
			return err
		})
	}
	return c
}

// named finds an account by its name or its id.
func (o *owner) named(ctx context.Context, name string) (acct string, err error) {
	all, err := o.accounts(ctx)
	for _, a := range all {
		if a.Name == name || a.Acct == name {
			return a.Acct, nil
		}
	}
	if err == nil {
		err = fmt.Errorf("there is no account %q here; conclave account list shows all", name)
	}
	return "", err
}

func jsonFlag(c *cobra.Command) *bool { return c.Flags().Bool("json", false, "print JSON") }

func (p *program) printJSON(v any) error {
	e := json.NewEncoder(p.stdout)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}
