package feature

import (
	"context"
	"io"

	"conclave/protocol"
)

// Streamer is a response that writes its JSON by itself, piece by piece, since it may be larger than memory. The status is sent
// before; an error ends the connection, so that nobody takes what came for the whole.
type Streamer interface {
	Stream(ctx context.Context, w io.Writer) error
}

// ExportPart is what a slice adds to the export of an account.
type ExportPart struct {
	Name string
	Load func(Tx, protocol.Account) (any, error)
}

// Exports registers what a slice adds to the export of a local account, under a name. It must be of bounded size.
func Exports[T any](h *Host, name string, load func(Tx, protocol.Account) (T, error)) {
	h.reg.exports = append(h.reg.exports, ExportPart{name, func(tx Tx, who protocol.Account) (any, error) { return load(tx, who) }})
}

// ExportParts returns what slices registered, in their order.
func (h *Host) ExportParts() []ExportPart { return h.reg.exports }
