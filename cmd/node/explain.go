package main

import (
	"errors"
	"fmt"
	"io/fs"
	"syscall"

	"conclave/node/keyring"
	"conclave/storage"
)

// explain says why a data folder could not be opened, and what to do.
func explain(dir string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, storage.ErrLocked):
		return fmt.Errorf("another process uses the data folder %s; stop that node first, or give this one another folder with --data", dir)
	case errors.Is(err, storage.ErrNewer):
		return fmt.Errorf("the data folder %s was written by a newer version of conclave; nothing was changed; use that version or a newer one", dir)
	case errors.Is(err, storage.ErrHalfRestored):
		return fmt.Errorf("the data folder %s holds a backup that was not restored to its end; delete the folder and restore again", dir)
	case errors.Is(err, storage.ErrWrongKey):
		return fmt.Errorf("the key file in %s belongs to another data folder", dir)
	case errors.Is(err, storage.ErrDamaged):
		return fmt.Errorf("%w; restore a backup into another folder, or start once with --accept-loss to go on without what is lost", err)
	case errors.Is(err, storage.ErrDiskFull):
		return fmt.Errorf("the disk of the data folder %s is nearly full; make room first (%w)", dir, storage.ErrDiskFull)
	case errors.Is(err, keyring.ErrReadable):
		return fmt.Errorf("the data folder %s is not private: %w", dir, keyring.ErrReadable)
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		return fmt.Errorf("the data folder %s cannot be written by this user", dir)
	case errors.Is(err, syscall.ENOTDIR), errors.Is(err, fs.ErrExist):
		return fmt.Errorf("the data folder %s lies where a file is", dir)
	}
	return err
}
