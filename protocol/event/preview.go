package event

import (
	"bytes"
	"errors"
	"image"
	_ "image/jpeg" // of which pictures are
	_ "image/png"

	"conclave/protocol/markup"
)

// Bounds of a Preview, in bytes, and the longest side of its picture, in pixels.
const (
	MaxPreviewTitle       = 300
	MaxPreviewDescription = 1000
	MaxPreviewSite        = 100
	MaxPicture            = 32 << 10
	MaxPictureSide        = 1024
)

// Preview is what the author's node found behind an address of the text. Nobody else looks there.
type Preview struct {
	URL         string `cbor:"0,keyasint"`
	Title       string `cbor:"1,keyasint,omitempty"`
	Description string `cbor:"2,keyasint,omitempty"`
	Site        string `cbor:"3,keyasint,omitempty"`
	Image       []byte `cbor:"4,keyasint,omitempty"` // JPEG or PNG
}

// Validate checks lengths, that the address is one of the web, and by its header that the picture is small.
func (p Preview) Validate() error {
	if !markup.IsAddress(p.URL) || p.URL[0]|0x20 != 'h' {
		return invalid("a preview is of an address of the web")
	}
	err := errors.Join(line("a title", p.Title, MaxPreviewTitle), line("a description", p.Description, MaxPreviewDescription), line("the name of a site", p.Site, MaxPreviewSite))
	if err != nil || p.Image == nil {
		return err
	}
	return picture(p.Image)
}

// picture checks a picture that travels inside of an event, by its header alone.
func picture(b []byte) error {
	if len(b) == 0 || len(b) > MaxPicture {
		return invalid("a picture of %d bytes", len(b))
	}
	c, kind, err := image.DecodeConfig(bytes.NewReader(b))
	if err != nil || kind != "jpeg" && kind != "png" {
		return invalid("a picture is a JPEG or a PNG")
	}
	if c.Width < 1 || c.Height < 1 || c.Width > MaxPictureSide || c.Height > MaxPictureSide {
		return invalid("a picture of %d × %d pixels", c.Width, c.Height)
	}
	return nil
}
