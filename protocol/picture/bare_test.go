package picture

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	stdgif "image/gif"
	stdjpeg "image/jpeg"
	stdpng "image/png"
	"testing"
)

const canary = "52.5200N 13.4050E canary"

// drawn is a picture with something to be seen.
func drawn() *image.Paletted {
	m := image.NewPaletted(image.Rect(0, 0, 20, 10), color.Palette{color.White, color.Black, color.RGBA{R: 200, A: 255}})
	for i := range m.Pix {
		m.Pix[i] = uint8(i * 7 % 3)
	}
	return m
}

func encoded(t testing.TB, write func(*bytes.Buffer) error) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func segment(mark byte, content string) []byte {
	return append(binary.BigEndian.AppendUint16([]byte{0xff, mark}, uint16(len(content)+2)), content...)
}

// exif tells the orientation, and behind it where the picture was taken.
func exif(order binary.AppendByteOrder, o uint16) string {
	magic := "MM\x00*"
	if order.AppendUint16(nil, 1)[0] == 1 {
		magic = "II*\x00"
	}
	b := order.AppendUint32([]byte("Exif\x00\x00"+magic), 8)
	b = order.AppendUint16(b, 2)
	b = order.AppendUint32(order.AppendUint16(order.AppendUint16(b, 0x010f), 2), 4)
	b = append(b, "abc\x00"...)
	b = order.AppendUint32(order.AppendUint16(order.AppendUint16(b, tagOrientation), 3), 1)
	b = append(order.AppendUint16(b, o), 0, 0)
	return string(order.AppendUint32(b, 0)) + canary
}

func toldJPEG(t testing.TB, o uint16) []byte {
	plain := encoded(t, func(b *bytes.Buffer) error { return stdjpeg.Encode(b, drawn(), nil) })
	var order binary.AppendByteOrder = binary.BigEndian
	if o%2 == 0 {
		order = binary.LittleEndian
	}
	return bytes.Join([][]byte{
		plain[:2], segment(markAPP0, "JFIF\x00\x01\x02\x00\x00\x48\x00\x48\x01\x01\x01\x02\x03"), segment(markAPP0, "JFXX\x00"+canary),
		segment(markAPP1, exif(order, o)), segment(markAPP1, "http://ns.adobe.com/xap/1.0/\x00"+canary), segment(markAPP1+1, "ICC_PROFILE\x00"+canary),
		{0xff}, segment(0xed, "Photoshop 3.0\x00"+canary), segment(markCOM, canary), plain[2:], []byte(canary),
	}, nil)
}

func chunk(kind, content string) []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(len(content)))
	b = append(append(b, kind...), content...)
	return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b[4:]))
}

func toldPNG(t testing.TB, more ...[]byte) []byte {
	plain := encoded(t, func(b *bytes.Buffer) error { return stdpng.Encode(b, drawn()) })
	const header = 8 + 25
	parts := [][]byte{plain[:header], chunk("tEXt", "Comment\x00"+canary), chunk("eXIf", canary), chunk("tIME", "1234567"), chunk("iCCP", canary), chunk("prVt", canary)}
	return bytes.Join(append(append(parts, more...), plain[header:], []byte(canary)), nil)
}

func toldGIF(t testing.TB) []byte {
	plain := encoded(t, func(b *bytes.Buffer) error {
		return stdgif.EncodeAll(b, &stdgif.GIF{Image: []*image.Paletted{drawn(), drawn()}, Delay: []int{5, 5}, LoopCount: 3})
	})
	at := 13 + tableSize(plain[10])
	comment := append([]byte{0x21, 0xfe, byte(len(canary))}, canary+"\x00"...)
	xmp := append([]byte("\x21\xff\x0bXMP DataXMP"), append([]byte{byte(len(canary))}, canary+"\x00"...)...)
	return bytes.Join([][]byte{plain[:at], comment, xmp, plain[at:], []byte(canary)}, nil)
}

func riff(kind, content string) []byte {
	b := binary.LittleEndian.AppendUint32([]byte(kind), uint32(len(content)))
	b = append(b, content...)
	if len(content)%2 == 1 {
		b = append(b, 0)
	}
	return b
}

func webpOf(chunks ...[]byte) []byte {
	all := bytes.Join(chunks, nil)
	return append(binary.LittleEndian.AppendUint32([]byte("RIFF"), uint32(len(all)+4)), append([]byte("WEBP"), all...)...)
}

const lossless = "/\x00\x00\x00\x00\x88\x88\x08" // one pixel

func toldWebP() []byte {
	frame := string(make([]byte, 16)) + string(riff("XTRA", canary)) + string(riff("VP8L", lossless))
	return append(webpOf(riff("VP8X", "\x2e\x00\x00\x00\x00\x00\x00\x00\x00\x00"), riff("ICCP", canary), riff("ANIM", "123456"), riff("ANMF", frame),
		riff("EXIF", canary), riff("XMP ", canary)), canary...)
}

func TestNothingBesideThePictureIsLeft(t *testing.T) {
	for name, in := range map[string][]byte{"jpeg": toldJPEG(t, 6), "png": toldPNG(t), "gif": toldGIF(t), "webp": toldWebP()} {
		got, err := Bare(in)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if !bytes.Contains(in, []byte(canary)) || bytes.Contains(got, []byte(canary)) || bytes.Contains(got, []byte("JFXX")) {
			t.Errorf("%s: what lay beside the picture is still there: %q", name, got)
		}
		if again, err := Bare(got); err != nil || !bytes.Equal(again, got) {
			t.Errorf("%s: a second time: got %v and other bytes, want the same", name, err)
		}
		if name == "webp" {
			want := webpOf(riff("VP8X", "\x02\x00\x00\x00\x00\x00\x00\x00\x00\x00"), riff("ANIM", "123456"), riff("ANMF", string(make([]byte, 16))+string(riff("VP8L", lossless))))
			if !bytes.Equal(got, want) {
				t.Errorf("webp: got %q, want %q", got, want)
			}
			continue
		}
		before, _, err := image.Decode(bytes.NewReader(in))
		if err != nil {
			t.Fatal(err)
		}
		after, _, err := image.Decode(bytes.NewReader(got))
		if err != nil || fmt.Sprint(before) != fmt.Sprint(after) {
			t.Errorf("%s: the picture is another one now (%v)", name, err)
		}
	}
}

func TestAnAnimationRunsOn(t *testing.T) {
	got, err := Bare(toldGIF(t))
	if err != nil {
		t.Fatal(err)
	}
	g, err := stdgif.DecodeAll(bytes.NewReader(got))
	if err != nil || len(g.Image) != 2 || g.LoopCount != 3 || g.Delay[1] != 5 {
		t.Errorf("got %+v, %v, want two images, three loops", g, err)
	}
}

func TestAJPEGIsTurnedAsBefore(t *testing.T) {
	for o := uint16(0); o <= 9; o++ {
		got, err := Bare(toldJPEG(t, o))
		if err != nil {
			t.Fatal(err)
		}
		want := o
		if o < 2 || o > 8 {
			want = 0
		}
		_, told, _ := bytes.Cut(got, []byte("\xff\xe1\x00\x22"))
		if at := orientation(told); at != want {
			t.Errorf("turned by %d: got %d afterwards, want %d", o, at, want)
		}
	}
}

func TestBrokenPicturesAreRefused(t *testing.T) {
	cases := map[string][]byte{
		"nothing": nil, "text": []byte("hello"), "a jpeg that ends early": toldJPEG(t, 1)[:80], "a jpeg without an end": {0xff, 0xd8},
		"a segment shorter than its length": {0xff, 0xd8, 0xff, 0xe0, 0, 1, 0xff, 0xd9}, "a png with an unknown part that matters": toldPNG(t, chunk("ABCD", "x")),
		"a png that ends early": toldPNG(t)[:60], "a gif that ends early": toldGIF(t)[:40], "a gif of three bytes": []byte("GIF89a"),
		"a webp longer than it is": toldWebP()[:60], "a webp without a picture": webpOf(riff("EXIF", canary)), "a frame without room": webpOf(riff("ANMF", "short")),
	}
	for name, in := range cases {
		if got, err := Bare(in); !errors.Is(err, ErrUnreadable) {
			t.Errorf("%s: got %q, %v, want %v", name, got, err, ErrUnreadable)
		}
	}
}

func FuzzBare(f *testing.F) {
	for _, in := range [][]byte{toldJPEG(f, 6), toldPNG(f), toldGIF(f), toldWebP(), []byte("RIFF\x04\x00\x00\x00WEBP"), {0xff, 0xd8, 0xff, 0xd9}} {
		f.Add(in)
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		got, err := Bare(in)
		if err != nil {
			return
		}
		if len(got) > len(in) {
			t.Errorf("got %d bytes of %d", len(got), len(in))
		}
		if again, err := Bare(got); err != nil || !bytes.Equal(again, got) {
			t.Errorf("a second time: got %q, %v, want %q", again, err, got)
		}
	})
}
