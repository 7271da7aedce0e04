package event

import (
	"errors"

	"conclave/protocol/markup"
)

// Bounds of a Preview, in bytes.
const (
	MaxPreviewTitle       = 300
	MaxPreviewDescription = 1000
	MaxPreviewSite        = 100
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
	return picture(p.Image, MaxPictureSide, "jpeg", "png")
}
