package picture

import (
	"encoding/binary"
	"slices"
)

const pngMagic = "\x89PNG\r\n\x1a\n"

// pngParts are the chunks that a PNG needs to be drawn, those of its animation among them.
var pngParts = []string{"IHDR", "PLTE", "IDAT", "IEND", "tRNS", "gAMA", "cHRM", "sRGB", "cICP", "sBIT", "bKGD", "acTL", "fcTL", "fdAT"}

func png(b []byte) ([]byte, error) {
	out := append(make([]byte, 0, len(b)), pngMagic...)
	for rest := b[len(pngMagic):]; len(rest) >= 12; {
		size := uint64(binary.BigEndian.Uint32(rest)) + 12
		if size > uint64(len(rest)) {
			return nil, ErrUnreadable
		}
		kind := string(rest[4:8])
		if slices.Contains(pngParts, kind) {
			out = append(out, rest[:size]...)
		} else if kind[0]&0x20 == 0 { // whoever draws it has to know this chunk
			return nil, ErrUnreadable
		}
		if kind == "IEND" {
			return out, nil
		}
		rest = rest[size:]
	}
	return nil, ErrUnreadable
}
