package event

import (
	"bytes"
	"encoding/binary"
	"image"
	_ "image/gif" // of which pictures are
	_ "image/jpeg"
	_ "image/png"
	"slices"
	"unicode/utf8"
)

// Bounds of pictures that travel inside of events: bytes of one, the longest side of one of a preview and of one of a message in
// pixels, bytes of all that one message carries, and bytes of a text that stands for one.
const (
	MaxPicture      = 32 << 10
	MaxPictureSide  = 1024
	MaxPictureWidth = 2048
	MaxPictures     = 40 << 10
	MaxAlt          = 1000
)

// Picture goes with a message. Its kind and size are what its bytes say: nothing else is told of them that could be wrong.
type Picture struct {
	Content []byte `cbor:"0,keyasint"`           // PNG, JPEG, GIF or WebP
	Alt     string `cbor:"1,keyasint,omitempty"` // says what is to be seen
	Alone   bool   `cbor:"2,keyasint,omitempty"` // the text of the message only stands for it, and is left out where the picture is shown
}

// Validate checks lengths, and by its header that the picture is one and small.
func (p Picture) Validate() error {
	if len(p.Alt) > MaxAlt || !utf8.ValidString(p.Alt) {
		return invalid("a text for a picture has at most %d bytes of UTF-8", MaxAlt)
	}
	return picture(p.Content, MaxPictureWidth, "png", "jpeg", "gif", "webp")
}

// Header is what the first bytes of a picture say of it.
type Header struct {
	Kind          string // "png", "jpeg", "gif" or "webp"
	Width, Height int    // in pixels
}

// ReadHeader reads the header of a picture. That says nothing of what follows: whoever decodes it has to expect anything.
func ReadHeader(b []byte) (Header, error) {
	if h, ok := webp(b); ok {
		return h, nil
	}
	c, kind, err := image.DecodeConfig(bytes.NewReader(b))
	if err != nil {
		return Header{}, invalid("a picture of a kind that is not known")
	}
	return Header{kind, c.Width, c.Height}, nil
}

// picture checks a picture that travels inside of an event, by its header alone.
func picture(b []byte, side int, kinds ...string) error {
	if len(b) == 0 || len(b) > MaxPicture {
		return invalid("a picture of %d bytes", len(b))
	}
	h, err := ReadHeader(b)
	if err != nil {
		return err
	}
	if !slices.Contains(kinds, h.Kind) {
		return invalid("a picture is one of %v", kinds)
	}
	if h.Width < 1 || h.Height < 1 || h.Width > side || h.Height > side {
		return invalid("a picture of %d × %d pixels", h.Width, h.Height)
	}
	return nil
}

// webp reads the header of a WebP: a RIFF whose first chunk tells the size, in one of three ways.
func webp(b []byte) (Header, bool) {
	const first = 20 // where the content of the first chunk begins
	if len(b) < first+10 || string(b[:4]) != "RIFF" || string(b[8:12]) != "WEBP" || int64(binary.LittleEndian.Uint32(b[4:]))+8 > int64(len(b)) {
		return Header{}, false
	}
	at := b[first:]
	switch string(b[12:16]) {
	case "VP8 ":
		if at[0]&1 != 0 || !bytes.Equal(at[3:6], []byte{0x9d, 0x01, 0x2a}) {
			return Header{}, false
		}
		return Header{"webp", int(binary.LittleEndian.Uint16(at[6:]) & 0x3fff), int(binary.LittleEndian.Uint16(at[8:]) & 0x3fff)}, true
	case "VP8L":
		if at[0] != 0x2f {
			return Header{}, false
		}
		bits := binary.LittleEndian.Uint32(at[1:])
		return Header{"webp", int(bits&0x3fff) + 1, int(bits>>14&0x3fff) + 1}, true
	case "VP8X":
		return Header{"webp", triple(at[4:]) + 1, triple(at[7:]) + 1}, true
	}
	return Header{}, false
}

func triple(b []byte) int { return int(b[0]) | int(b[1])<<8 | int(b[2])<<16 }

// pictures refuses more bytes of pictures than one message carries.
func (m MessageSent) pictures() error {
	sum := 0
	if m.Preview != nil {
		sum += len(m.Preview.Image)
	}
	if m.Picture != nil {
		sum += len(m.Picture.Content)
	}
	if sum > MaxPictures {
		return invalid("pictures of %d bytes in one message", sum)
	}
	if m.Picture == nil {
		return nil
	}
	return m.Picture.Validate()
}
