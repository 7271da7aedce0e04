package feature

import (
	"conclave/protocol/event"
)

// Served is a response that is a picture itself instead of JSON. Its kind is read from its bytes, whatever anybody said of it.
type Served struct {
	Content []byte
}

// Kind is the media type of the picture, empty for what is none.
func (s Served) Kind() string { return PictureKind(s.Content) }

// SentPicture is a picture that a message is sent with.
type SentPicture struct {
	Data  string `json:"data" required:"true" maxLength:"44000" doc:"a data URL of a PNG, JPEG, WebP or GIF of at most 32 KiB and 2048 pixels a side; what stands in it beside the picture, as where it was taken, is taken away"`
	Alt   string `json:"alt,omitempty" maxLength:"1000" doc:"says what is to be seen"`
	Alone bool   `json:"alone,omitempty" doc:"the text only stands for the picture, for programs that show none"`
}

// Body returns a picture as it travels, or ErrBadRequest, ErrTooLarge.
func (p SentPicture) Body() (*event.Picture, error) {
	raw, err := PictureOf(p.Data)
	if err != nil {
		return nil, err
	}
	if len(raw) > event.MaxPicture {
		return nil, ErrTooLarge.With("A picture in a message has at most %d bytes.", event.MaxPicture)
	}
	out := &event.Picture{Content: raw, Alt: p.Alt, Alone: p.Alone}
	if err := out.Validate(); err != nil {
		return nil, ErrBadRequest.With("This picture cannot be sent: %v.", err)
	}
	return out, nil
}

// ShownPicture tells of the picture of a message. Its bytes are asked for by themselves.
type ShownPicture struct {
	Type   string `json:"type" enum:"image/png,image/jpeg,image/gif,image/webp"`
	Width  int    `json:"width"`
	Height int    `json:"height"`
	Bytes  int    `json:"bytes"`
	Alt    string `json:"alt,omitempty"`
	Alone  bool   `json:"alone,omitempty" doc:"the text of the message only stands for it, and is left out where the picture is shown"`
}

// ShowPicture returns what pages get of a picture.
func ShowPicture(p event.Picture) (ShownPicture, error) {
	h, err := event.ReadHeader(p.Content)
	return ShownPicture{Type: PictureKind(p.Content), Width: h.Width, Height: h.Height, Bytes: len(p.Content), Alt: p.Alt, Alone: p.Alone}, err
}
