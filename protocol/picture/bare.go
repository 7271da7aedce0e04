// Package picture takes from a picture what is not the picture: where and when it was taken, by which device, thumbnails, comments, and what
// lies behind its end.
//
// It promises that of a JPEG, PNG, GIF or WebP only what is needed to draw it is left, and of its EXIF data how it is turned; that the
// result is never longer than what was given; and that what it cannot read to its end it refuses. It decodes no pixels, allocates no more than the result, and works in
// time linear in what it is given. It changes the bytes of no part that it keeps, so colours that a profile described are drawn as sRGB.
package picture

import (
	"bytes"
	"errors"
)

// ErrUnreadable is that something is no picture of a known kind, or a broken one.
var ErrUnreadable = errors.New("the picture cannot be read to its end")

// Bare returns the picture alone.
func Bare(b []byte) ([]byte, error) {
	switch {
	case bytes.HasPrefix(b, []byte{0xff, 0xd8}):
		return jpeg(b)
	case bytes.HasPrefix(b, []byte(pngMagic)):
		return png(b)
	case bytes.HasPrefix(b, []byte("GIF87a")), bytes.HasPrefix(b, []byte("GIF89a")):
		return gif(b)
	case len(b) >= 12 && string(b[:4]) == "RIFF" && string(b[8:12]) == "WEBP":
		return webp(b)
	}
	return nil, ErrUnreadable
}
