package main

import (
	"errors"
	"fmt"
	"io/fs"
	"syscall"

	"conclave/cmd/node/finding"
	"conclave/node/keyring"
	"conclave/storage"
)

// unopened says in a sentence why a data folder could not be opened, and which condition that is.
type unopened struct {
	error
	condition finding.Condition
}

func (r unopened) Unwrap() error { return r.error }

// explain says why a data folder could not be opened, and what to do.
func explain(dir string, err error) error {
	refuse := func(c finding.Condition, format string, args ...any) error {
		return unopened{fmt.Errorf(format, args...), c}
	}
	switch {
	case err == nil:
		return nil
	case errors.Is(err, storage.ErrLocked):
		return refuse(finding.FolderInUse, "another process uses the data folder %s; stop that node first, or give this one another folder with --data", dir)
	case errors.Is(err, storage.ErrNewer):
		return refuse(finding.StoreNewer, "the data folder %s was written by a newer version of conclave; nothing was changed; use that version or a newer one", dir)
	case errors.Is(err, storage.ErrHalfRestored):
		return refuse(finding.StoreHalfRestored, "the data folder %s holds a backup that was not restored to its end; delete the folder and restore again", dir)
	case errors.Is(err, storage.ErrWrongKey):
		return refuse(finding.StoreWrongKey, "the key file in %s belongs to another data folder", dir)
	case errors.Is(err, storage.ErrDamaged):
		return refuse(finding.StoreDamaged, "%w; restore a backup into another folder, or start once with --accept-loss to go on without what is lost", err)
	case errors.Is(err, storage.ErrDiskFull):
		return refuse(finding.DiskFull, "the disk of the data folder %s is nearly full; make room first (%w)", dir, storage.ErrDiskFull)
	case errors.Is(err, keyring.ErrReadable):
		return refuse(finding.FolderReadable, "the data folder %s is not private: %w", dir, keyring.ErrReadable)
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		return refuse(finding.FolderClosed, "the data folder %s cannot be written by this user", dir)
	case errors.Is(err, syscall.ENOTDIR), errors.Is(err, fs.ErrExist):
		return refuse(finding.FolderClosed, "the data folder %s lies where a file is", dir)
	}
	return unopened{err, finding.StoreUnopened}
}
