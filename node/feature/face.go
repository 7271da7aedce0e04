package feature

import (
	"bytes"
	"encoding/base64"
)

// Face is what a group shows of itself beside its name.
type Face struct {
	Description string
	Rules       string
	Picture     []byte // PNG, JPEG, WebP or GIF, nil for none
}

// Faces registers where that is. One slice does.
func Faces(h *Host, fn func(Tx, Conversation) (Face, error)) { h.reg.face = fn }

// FaceOf returns what a group shows of itself, as far as it is here.
func (h *Host) FaceOf(tx Tx, c Conversation) (Face, error) {
	if h.reg.face == nil || c.State == nil {
		return Face{}, nil
	}
	return h.reg.face(tx, c)
}

// PictureKind tells what kind of picture some bytes begin, "image/png", empty for none that pages show.
func PictureKind(b []byte) string {
	switch {
	case bytes.HasPrefix(b, []byte("\x89PNG\r\n\x1a\n")):
		return "image/png"
	case bytes.HasPrefix(b, []byte("\xff\xd8\xff")):
		return "image/jpeg"
	case bytes.HasPrefix(b, []byte("GIF87a")), bytes.HasPrefix(b, []byte("GIF89a")):
		return "image/gif"
	case len(b) > 12 && bytes.HasPrefix(b, []byte("RIFF")) && string(b[8:12]) == "WEBP":
		return "image/webp"
	}
	return ""
}

// PictureURL returns a picture as a data URL; empty for what is none.
func PictureURL(b []byte) string {
	kind := PictureKind(b)
	if kind == "" {
		return ""
	}
	return "data:" + kind + ";base64," + base64.StdEncoding.EncodeToString(b)
}
