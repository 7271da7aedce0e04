package feature

import (
	"errors"
	"fmt"
	"time"

	"conclave/storage"
)

// Error is a refusal that a caller can act on: a stable code, a status class and a sentence for people. It never carries content.
type Error struct {
	Status int    // HTTP status: 400, 401, 403, 404, 409, 413, 415, 429, 503
	Code   string // stable, "text_too_long"
	Detail string // one sentence
	Retry  time.Duration
}

func (e *Error) Error() string { return e.Detail }

// Is matches by code, so that a detailed error still is its sentinel.
func (e *Error) Is(target error) bool {
	var t *Error
	return errors.As(target, &t) && t.Code == e.Code
}

// With returns the error with another sentence.
func (e *Error) With(format string, args ...any) *Error {
	c := *e
	c.Detail = fmt.Sprintf(format, args...)
	return &c
}

// Refusals that several slices give.
var (
	ErrBadRequest   = &Error{Status: 400, Code: "bad_request", Detail: "The request is not valid."}
	ErrNoSession    = &Error{Status: 401, Code: "no_session", Detail: "Log in first."}
	ErrForbidden    = &Error{Status: 403, Code: "forbidden", Detail: "You may not do this."}
	ErrNotFound     = &Error{Status: 404, Code: "not_found", Detail: "There is nothing here that you can see."}
	ErrConflict     = &Error{Status: 409, Code: "conflict", Detail: "This is not possible in the present state."}
	ErrTooLarge     = &Error{Status: 413, Code: "too_large", Detail: "This is too large."}
	ErrTooMany      = &Error{Status: 429, Code: "too_many_requests", Detail: "Too many requests; wait a little."}
	ErrLocked       = &Error{Status: 503, Code: "vault_locked", Detail: "The account is locked; log in to open it."}
	ErrBusy         = &Error{Status: 503, Code: "busy", Detail: "The node has more to write than its disk takes; try again in a moment.", Retry: 2 * time.Second}
	ErrUnavailable  = &Error{Status: 503, Code: "unavailable", Detail: "The node cannot do this now."}
	ErrUnreachable  = &Error{Status: 503, Code: "unreachable", Detail: "The other node does not answer."}
	ErrDiskFull     = &Error{Status: 503, Code: "disk_full", Detail: "The disk is full; reading and deleting still work.", Retry: time.Minute}
	ErrReadOnly     = &Error{Status: 503, Code: "read_only", Detail: "The node's disk has failed; what is there can be read.", Retry: time.Minute}
	ErrTurnedAway   = errors.New("traffic turned away")
	ErrNotValidated = errors.New("the event is not valid")
)

// ofDisk says in words for people that a call failed because of the disk.
func ofDisk(err error) error {
	switch {
	case errors.Is(err, storage.ErrReadOnly):
		return fmt.Errorf("%w: %w", ErrReadOnly, err)
	case errors.Is(err, storage.ErrDiskFull):
		return fmt.Errorf("%w: %w", ErrDiskFull, err)
	}
	return err
}
