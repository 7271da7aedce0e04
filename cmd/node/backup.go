package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"conclave/node"
	"conclave/storage"
	"conclave/storage/backup"
)

// backupSecret is the variable with the passphrase of a backup.
const backupSecret = "CONCLAVE_BACKUP_PASSPHRASE"

func (p *program) backupCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "backup FILE", Short: "Write an encrypted backup of the node, while it runs", Args: exactArgs(1, "a file"),
		Long: "Writes accounts, contacts and history into one file, encrypted with age: for --recipient, or for a passphrase that is asked\n" +
			"for or taken from CONCLAVE_BACKUP_PASSPHRASE, the file in CONCLAVE_BACKUP_PASSPHRASE_FILE, or standard input. It holds the\n" +
			"node's keys, and no sessions: a restored node is a new device.",
	}
	dataFlag(c.Flags())
	to := c.Flags().StringSlice("recipient", nil, "age public key, age1…; whoever has its secret key can open the backup")
	c.RunE = func(c *cobra.Command, args []string) error {
		if _, err := os.Lstat(args[0]); err == nil {
			return fmt.Errorf("the file %s is there already; a backup overwrites nothing", args[0])
		}
		req := backupRequest{Recipients: *to}
		if len(*to) == 0 {
			secret, err := p.passphrase(backupSecret, "Passphrase of the backup", true)
			if err != nil {
				return err
			}
			req.Passphrase = secret
		}
		if _, err := req.parse(); err != nil {
			return usageError{err}
		}
		return p.with(c.Context(), p.data(c), false, func(o *owner) error {
			size, err := o.backup(c.Context(), args[0], req)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(p.stdout, "wrote %s, %d bytes\n", args[0], size)
			return err
		})
	}
	return c
}

// backup writes the file whole and synced, or not at all.
func (o *owner) backup(ctx context.Context, path string, req backupRequest) (size int64, err error) {
	body, err := o.send(ctx, http.MethodPost, backupPath, req)
	if err != nil {
		return 0, err
	}
	defer body.Close()
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*") // made with mode 0600
	if err != nil {
		return 0, fmt.Errorf("write the backup: %w", err)
	}
	size, err = io.Copy(f, body)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Link(f.Name(), path) // unlike a rename it overwrites nothing
	}
	if err = errors.Join(err, os.Remove(f.Name())); err != nil {
		return 0, fmt.Errorf("write the backup: %w", err)
	}
	return size, nil
}

func (p *program) restoreCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "restore FILE", Short: "Fill an empty data folder from a backup", Args: exactArgs(1, "a file"),
		Long: "Checks the whole backup, then fills the folder of --data, which must be empty or missing. The passphrase is asked for, or\n" +
			"taken from CONCLAVE_BACKUP_PASSPHRASE, the file in CONCLAVE_BACKUP_PASSPHRASE_FILE, or standard input. Never run the old\n" +
			"node again: the restored one takes its place, as a new device.",
	}
	dataFlag(c.Flags())
	keys := c.Flags().String("identity", "", "file with the secret age key of a recipient, instead of a passphrase")
	c.RunE = func(c *cobra.Command, args []string) error {
		f, err := os.Open(args[0])
		if err != nil {
			return fmt.Errorf("the backup cannot be read: %w", err)
		}
		defer f.Close()
		identities, err := p.identities(*keys)
		if err != nil {
			return err
		}
		dir := p.data(c)
		if err := node.Restore(c.Context(), dir, f, identities); err != nil {
			return explainRestore(args[0], dir, err)
		}
		_, err = fmt.Fprintf(p.stdout, "restored %s into %s; this node is a new device now, do not run the old one again\n", args[0], dir)
		return err
	}
	return c
}

func (p *program) identities(path string) ([]backup.Identity, error) {
	if path != "" {
		raw, err := os.ReadFile(path)
		if err != nil {
			return nil, fmt.Errorf("the key file cannot be read: %w", err)
		}
		return backup.ParseIdentities(string(raw))
	}
	secret, err := p.passphrase(backupSecret, "Passphrase of the backup", false)
	if err != nil {
		return nil, err
	}
	_, by, err := backup.Passphrase(secret)
	return []backup.Identity{by}, err
}

func explainRestore(file, dir string, err error) error {
	switch {
	case errors.Is(err, backup.ErrWrongIdentity):
		return fmt.Errorf("%s does not open with this passphrase or key", file)
	case errors.Is(err, backup.ErrDamaged):
		return fmt.Errorf("%s is damaged or no backup; nothing was restored", file)
	case errors.Is(err, storage.ErrNewer):
		return fmt.Errorf("%s was written by a newer version of conclave; use that version", file)
	}
	return explain(dir, err)
}
