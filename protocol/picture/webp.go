package picture

import (
	"encoding/binary"
	"slices"
)

// webpParts are the chunks that a WebP needs to be drawn.
var webpParts = []string{"VP8X", "VP8 ", "VP8L", "ALPH", "ANIM", "ANMF"}

// The flags of VP8X that announce what is taken away: a colour profile, EXIF, XMP.
const webpTold = 0x20 | 0x08 | 0x04

func webp(b []byte) ([]byte, error) {
	size := uint64(binary.LittleEndian.Uint32(b[4:])) + 8
	if size < 12 || size > uint64(len(b)) {
		return nil, ErrUnreadable
	}
	out := append(make([]byte, 0, size), b[:12]...)
	out, err := webpChunks(out, b[12:size])
	if err != nil || len(out) == 12 {
		return nil, ErrUnreadable
	}
	binary.LittleEndian.PutUint32(out[4:], uint32(len(out)-8))
	return out, nil
}

// webpChunks appends the chunks that are kept. A frame of an animation, ANMF, holds chunks of its own behind 16 bytes.
func webpChunks(out, rest []byte) ([]byte, error) {
	const frame = 8 + 16
	for len(rest) > 0 {
		if len(rest) < 8 {
			return nil, ErrUnreadable
		}
		size := uint64(binary.LittleEndian.Uint32(rest[4:]))
		end := 8 + size + size&1
		if end > uint64(len(rest)) {
			return nil, ErrUnreadable
		}
		kind, chunk := string(rest[:4]), rest[:end]
		rest = rest[end:]
		begin := len(out)
		switch {
		case !slices.Contains(webpParts, kind):
		case kind == "ANMF":
			if len(chunk) < frame {
				return nil, ErrUnreadable
			}
			var err error
			if out, err = webpChunks(append(out, chunk[:frame]...), chunk[frame:8+size]); err != nil {
				return nil, err
			}
			binary.LittleEndian.PutUint32(out[begin+4:], uint32(len(out)-begin-8))
			if (len(out)-begin)&1 == 1 {
				out = append(out, 0)
			}
		case kind == "VP8X":
			if size < 10 {
				return nil, ErrUnreadable
			}
			out = append(out, chunk...)
			out[begin+8] &^= webpTold
		default:
			out = append(out, chunk...)
		}
	}
	return out, nil
}
