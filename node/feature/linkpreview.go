package feature

import (
	"encoding/base64"
	"fmt"
	"strings"

	"conclave/protocol/event"
	"conclave/protocol/picture"
)

// LinkPreview is what a page of the web says of itself, as pages of this node get and send it.
type LinkPreview struct {
	URL         string `json:"url" required:"true" maxLength:"2048"`
	Title       string `json:"title,omitempty" maxLength:"300"`
	Description string `json:"description,omitempty" maxLength:"1000"`
	Site        string `json:"site,omitempty" maxLength:"100"`
	Image       string `json:"image,omitempty" maxLength:"44000" doc:"a JPEG or PNG of at most 32 KiB as a data URL"`
}

// ShowPreview returns a preview as pages get it.
func ShowPreview(p event.Preview) LinkPreview {
	return LinkPreview{URL: p.URL, Title: p.Title, Description: p.Description, Site: p.Site, Image: PictureURL(p.Image)}
}

// Body returns a preview as it travels, or ErrBadRequest.
func (p LinkPreview) Body() (*event.Preview, error) {
	image, err := PictureOf(p.Image)
	if err != nil {
		return nil, err
	}
	out := &event.Preview{URL: p.URL, Title: p.Title, Description: p.Description, Site: p.Site, Image: image}
	if err := out.Validate(); err != nil {
		return nil, ErrBadRequest.With("This preview cannot be sent: %v.", err)
	}
	return out, nil
}

// PictureOf reads a picture from a data URL, nil from the empty text, or returns ErrBadRequest. It is the picture alone: what stood beside it, as where
// it was taken, is taken away.
func PictureOf(url string) ([]byte, error) {
	if url == "" {
		return nil, nil
	}
	_, body, ok := strings.Cut(url, ";base64,")
	raw, err := base64.StdEncoding.DecodeString(body)
	if !ok || err != nil || !strings.HasPrefix(url, fmt.Sprintf("data:%s;", PictureKind(raw))) {
		return nil, ErrBadRequest.With("A picture is a data URL.")
	}
	bare, err := picture.Bare(raw)
	if err != nil {
		return nil, ErrBadRequest.With("This is no whole picture.")
	}
	return bare, nil
}
