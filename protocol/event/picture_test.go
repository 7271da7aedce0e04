package event_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"strings"
	"testing"

	"conclave/protocol"
	"conclave/protocol/event"
)

func pngOf(w, h int) []byte {
	var out bytes.Buffer
	if err := png.Encode(&out, image.NewPaletted(image.Rect(0, 0, w, h), color.Palette{color.Black})); err != nil {
		panic(err)
	}
	return out.Bytes()
}

func gifOf(w, h int) []byte {
	var out bytes.Buffer
	if err := gif.Encode(&out, image.NewPaletted(image.Rect(0, 0, w, h), color.Palette{color.Black}), nil); err != nil {
		panic(err)
	}
	return out.Bytes()
}

func jpegOf(w, h int) []byte {
	var out bytes.Buffer
	if err := jpeg.Encode(&out, image.NewGray(image.Rect(0, 0, w, h)), nil); err != nil {
		panic(err)
	}
	return out.Bytes()
}

// webpOf is the beginning of a WebP with one chunk.
func webpOf(kind string, chunk []byte) []byte {
	out := append([]byte("RIFF\x00\x00\x00\x00WEBP"+kind), binary.LittleEndian.AppendUint32(nil, uint32(len(chunk)))...)
	out = append(out, chunk...)
	binary.LittleEndian.PutUint32(out[4:], uint32(len(out)-8))
	return out
}

func lossy(w, h uint16) []byte {
	b := append([]byte{0x30, 1, 0, 0x9d, 0x01, 0x2a}, binary.LittleEndian.AppendUint16(nil, w)...)
	return webpOf("VP8 ", binary.LittleEndian.AppendUint16(b, h))
}

func lossless(w, h uint32) []byte {
	return webpOf("VP8L", append(binary.LittleEndian.AppendUint32([]byte{0x2f}, w-1|(h-1)<<14), 0, 0, 0, 0, 0, 0))
}

func extended(w, h int) []byte {
	b := []byte{0, 0, 0, 0, byte(w - 1), byte((w - 1) >> 8), byte((w - 1) >> 16), byte(h - 1), byte((h - 1) >> 8), byte((h - 1) >> 16)}
	return webpOf("VP8X", b)
}

func TestPicturesAreKnownByTheirBytes(t *testing.T) {
	pad := func(b []byte, size int) []byte { return append(b, make([]byte, size-len(b))...) }
	for name, c := range map[string]struct {
		content []byte
		want    string // empty: refused
	}{
		"PNG":                   {pngOf(3, 2), "png 3 2"},
		"JPEG":                  {jpegOf(3, 2), "jpeg 3 2"},
		"GIF":                   {gifOf(3, 2), "gif 3 2"},
		"WebP, lossy":           {lossy(640, 480), "webp 640 480"},
		"WebP, lossless":        {lossless(33, 7), "webp 33 7"},
		"WebP, extended":        {extended(1280, 2048), "webp 1280 2048"},
		"the largest":           {pad(gifOf(1, 1), event.MaxPicture), "gif 1 1"},
		"the widest":            {pngOf(event.MaxPictureWidth, 1), "png 2048 1"},
		"one byte more":         {pad(gifOf(1, 1), event.MaxPicture+1), ""},
		"33 KiB":                {pad(pngOf(1, 1), 33<<10), ""},
		"too wide":              {pngOf(event.MaxPictureWidth+1, 1), ""},
		"too high":              {gifOf(1, event.MaxPictureWidth+1), ""},
		"huge WebP":             {extended(1<<24, 1<<24), ""},
		"huge lossless WebP":    {lossless(1<<14, 1<<14), ""},
		"WebP of no width":      {lossy(0, 3), ""},
		"WebP that is cut":      {lossy(3, 3)[:24], ""},
		"WebP that lies":        {append(lossy(3, 3)[:4], append([]byte{0xff, 0xff, 0, 0}, lossy(3, 3)[8:]...)...), ""},
		"WebP of no first key":  {webpOf("VP8 ", []byte{1, 0, 0, 0x9d, 1, 0x2a, 3, 0, 3, 0}), ""},
		"nothing":               {nil, ""},
		"a beginning alone":     {[]byte("\x89PNG\r\n\x1a\n"), ""},
		"SVG":                   {[]byte(`<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`), ""},
		"HTML":                  {[]byte("<!doctype html><script>alert(1)</script>"), ""},
		"HTML that says it is":  {[]byte("GIF89a=1;/*<script>alert(1)</script>*/"), ""},
		"HTML behind a picture": {append(gifOf(2, 2), "<script>alert(1)</script>"...), "gif 2 2"}, // never served as anything but image/gif
		"BMP":                   {append([]byte("BM"), make([]byte, 60)...), ""},
	} {
		t.Run(name, func(t *testing.T) {
			err := event.MessageSent{Content: "a", Picture: &event.Picture{Content: c.content, Alt: "x"}}.Validate()
			if (err == nil) != (c.want != "") || err != nil && !errors.Is(err, event.ErrInvalid) {
				t.Fatalf("got %v, want accepted: %v", err, c.want != "")
			}
			if h, err := event.ReadHeader(c.content); c.want != "" && (err != nil || fmt.Sprint(h.Kind, " ", h.Width, " ", h.Height) != c.want) {
				t.Errorf("header: got %+v, %v, want %s", h, err, c.want)
			}
		})
	}
}

func TestAMessageCarriesFewBytesOfPictures(t *testing.T) {
	pad := func(b []byte, size int) []byte { return append(b, make([]byte, size-len(b))...) }
	m := event.MessageSent{
		Content: strings.Repeat("x", protocol.MaxText),
		Picture: &event.Picture{Content: pad(pngOf(1, 1), event.MaxPicture), Alt: strings.Repeat("a", event.MaxAlt), Alone: true},
		Preview: &event.Preview{URL: "https://a.b/" + strings.Repeat("x", 2000), Title: strings.Repeat("a", event.MaxPreviewTitle), Description: strings.Repeat("a", event.MaxPreviewDescription),
			Image: pad(pngOf(1, 1), event.MaxPictures-event.MaxPicture)},
	}
	raw, err := event.Encode(m)
	if err != nil || len(raw) > protocol.MaxEventBody {
		t.Errorf("the most there may be: got %d bytes, %v, want at most %d", len(raw), err, protocol.MaxEventBody)
	}
	m.Preview.Image = append(m.Preview.Image, 0)
	if err := m.Validate(); !errors.Is(err, event.ErrInvalid) {
		t.Errorf("one byte more: got %v, want ErrInvalid", err)
	}
	m.Preview, m.Picture.Alt = nil, m.Picture.Alt+"a"
	if err := m.Validate(); !errors.Is(err, event.ErrInvalid) {
		t.Errorf("a longer text for the picture: got %v, want ErrInvalid", err)
	}
}

func FuzzReadHeader(f *testing.F) {
	for _, b := range [][]byte{pngOf(2, 2), jpegOf(2, 2), gifOf(2, 2), lossy(2, 2), lossless(2, 2), extended(2, 2), []byte("RIFF")} {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if h, err := event.ReadHeader(b); err == nil && (h.Width < 0 || h.Height < 0 || h.Kind == "") {
			t.Errorf("got %+v", h)
		}
	})
}
