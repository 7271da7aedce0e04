// Package backup writes a store into one encrypted stream and fills an empty store from it (SPEC.md, backup).
//
// It promises: a stream is encrypted to the given recipients with age, holds rows as they are sealed in the store, and is
// checked from its first to its last byte before the first row is written anywhere.
//
// It refuses: streams that were changed, cut or made for others (ErrDamaged, ErrWrongIdentity), streams of a newer schema
// (storage.ErrNewer), and stores that hold data. It does not prove who made a backup: whoever knows a recipient can write
// one, so the caller signs what it puts into extra and checks it.
package backup

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"filippo.io/age"

	"conclave/storage"
	"conclave/storage/backup/stream"
)

// MaxExtra bounds the caller's own header bytes, in bytes.
const MaxExtra = stream.MaxExtra

var (
	ErrDamaged       = stream.ErrDamaged
	ErrWrongIdentity = errors.New("the backup was made for another key or passphrase")
)

// Write writes the rows of every table that include names, as of one moment, and extra (the wrapped node keys), encrypted
// to recipients. A stream whose Write failed is refused by Open.
func Write(ctx context.Context, s *storage.Store, w io.Writer, recipients []age.Recipient, include func(storage.Table) bool, extra []byte) error {
	sealed, err := age.Encrypt(w, recipients...)
	if err != nil {
		return fmt.Errorf("write backup: %w", err)
	}
	enc, err := stream.NewEncoder(sealed, stream.Header{Schema: storage.Schema, Extra: extra})
	if err != nil {
		return fmt.Errorf("write backup: %w", err)
	}
	err = s.Export(include, func(k storage.Key, row []byte) error {
		if err := context.Cause(ctx); err != nil {
			return err
		}
		return enc.Row([]byte(k), row)
	})
	if err == nil {
		err = enc.End()
	}
	if err == nil {
		err = sealed.Close()
	}
	if err != nil {
		return fmt.Errorf("write backup: %w", err)
	}
	return nil
}

// Archive is a backup that was read and checked to its end. It keeps the encrypted stream in an unnamed temporary file.
type Archive struct {
	Extra []byte // what Write was given
	Rows  uint64

	file       *os.File
	identities []age.Identity
}

// Open reads a whole backup and checks it. staging is the folder for the copy, still encrypted, and needs as much room as the
// backup; "" is the system's temporary folder. The caller closes the Archive.
func Open(r io.Reader, staging string, identities []age.Identity) (*Archive, error) {
	f, err := os.CreateTemp(staging, "conclave-restore-*")
	if err != nil {
		return nil, fmt.Errorf("stage backup: %w", err)
	}
	a := &Archive{file: f, identities: identities}
	if err := errors.Join(os.Remove(f.Name()), a.stage(r)); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return a, nil
}

func (a *Archive) stage(r io.Reader) error {
	if _, err := io.Copy(a.file, r); err != nil {
		return fmt.Errorf("stage backup: %w", err)
	}
	d, err := a.decoder()
	if err != nil {
		return err
	}
	for err == nil {
		_, _, err = d.Next()
	}
	if !errors.Is(err, io.EOF) {
		return fmt.Errorf("check backup: %w", err)
	}
	a.Extra, a.Rows = d.Header.Extra, d.Rows
	return nil
}

func (a *Archive) decoder() (*stream.Decoder, error) {
	if _, err := a.file.Seek(0, io.SeekStart); err != nil {
		return nil, fmt.Errorf("read backup: %w", err)
	}
	plain, err := age.Decrypt(a.file, a.identities...)
	if none := (*age.NoIdentityMatchError)(nil); errors.As(err, &none) {
		return nil, ErrWrongIdentity
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	d, err := stream.NewDecoder(plain)
	if err != nil {
		return nil, fmt.Errorf("check backup: %w", err)
	}
	switch schema := d.Header.Schema; {
	case schema > storage.Schema:
		return nil, fmt.Errorf("check backup of schema %d: %w", schema, storage.ErrNewer)
	case schema < storage.Schema:
		return nil, fmt.Errorf("check backup: %w: schema %d", ErrDamaged, schema)
	}
	return d, nil
}

// Restore fills an empty store. If it fails midway the store is marked, and opening it again fails with storage.ErrHalfRestored.
func (a *Archive) Restore(ctx context.Context, s *storage.Store) error {
	d, err := a.decoder()
	if err != nil {
		return err
	}
	if err := s.Import(ctx, d.Next); err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	return nil
}

// Close gives the temporary file back.
func (a *Archive) Close() error { return a.file.Close() }

// Restore is Open in the temporary folder, Restore and Close, for a caller that needs nothing from Extra to open the store.
func Restore(ctx context.Context, r io.Reader, identities []age.Identity, s *storage.Store) error {
	a, err := Open(r, "", identities)
	if err != nil {
		return err
	}
	return errors.Join(a.Restore(ctx, s), a.Close())
}
