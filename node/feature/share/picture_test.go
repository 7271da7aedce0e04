package share_test

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"image"
	"image/png"
	"slices"
	"strings"
	"testing"

	"conclave/node/feature"
	"conclave/node/feature/message"
	"conclave/node/feature/share"
	"conclave/node/nodetest/solo"
	"conclave/protocol"
	"conclave/protocol/event"
)

func pngOf(t *testing.T, w, h int) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := png.Encode(&out, image.NewGray(image.Rect(0, 0, w, h))); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// long is a PNG with so many bytes more of what has to be drawn.
func long(b []byte, more int) []byte {
	part := binary.BigEndian.AppendUint32(nil, uint32(more))
	part = append(append(part, "IDAT"...), make([]byte, more+4)...)
	end := len(b) - 12
	return slices.Concat(b[:end], part, b[end:])
}

func dataURL(kind string, b []byte) string {
	return "data:" + kind + ";base64," + base64.StdEncoding.EncodeToString(b)
}

// pictureOf is what somebody is shown of the picture of the newest message, nil for none.
func pictureOf(t *testing.T, n *solo.Node, who *solo.Person, log protocol.Log) (*feature.ShownPicture, message.Message) {
	t.Helper()
	items := solo.Must[feature.List[message.Message]](n, who, "message.list", message.ListRequest{Conversation: log}).Items
	raw, err := json.Marshal(items[len(items)-1])
	if err != nil {
		t.Fatal(err)
	}
	var row struct{ Picture *feature.ShownPicture }
	if err := json.Unmarshal(raw, &row); err != nil {
		t.Fatal(err)
	}
	return row.Picture, items[len(items)-1]
}

func TestAPictureGoesWithItsMessage(t *testing.T) {
	n := solo.Start(t, message.Feature(), share.Feature())
	ana, bo, eve := n.Account("ana"), n.Account("bo"), n.Account("eve")
	log, other := n.Open(ana, bo), n.Open(ana, eve)
	content := pngOf(t, 30, 20)
	id := solo.Must[message.Sent](n, ana, "message.send", message.SendRequest{Conversation: log, Text: "Picture: a field",
		Picture: &feature.SentPicture{Data: dataURL("image/png", content), Alt: "a field", Alone: true}}).ID
	want := feature.ShownPicture{Type: "image/png", Width: 30, Height: 20, Bytes: len(content), Alt: "a field", Alone: true}
	for _, who := range []*solo.Person{ana, bo} {
		if got, _ := pictureOf(t, n, who, log); got == nil || *got != want {
			t.Errorf("%s is shown %+v, want %+v", who.Name, got, want)
		}
		if got := solo.Must[feature.Served](n, who, "picture.get", share.GetRequest{Conversation: log, Message: id}); !bytes.Equal(got.Content, content) || got.Kind() != "image/png" {
			t.Errorf("%s gets %d bytes of %q, want the picture", who.Name, len(got.Content), got.Kind())
		}
	}
	if _, err := solo.Call[feature.Served](n, eve, "picture.get", share.GetRequest{Conversation: log, Message: id}); !errors.Is(err, feature.ErrNotFound) {
		t.Errorf("a stranger gets %v, want ErrNotFound", err)
	}
	plain := solo.Must[message.Sent](n, ana, "message.send", message.SendRequest{Conversation: log, Text: "plain"}).ID
	if _, err := solo.Call[feature.Served](n, bo, "picture.get", share.GetRequest{Conversation: log, Message: plain}); !errors.Is(err, feature.ErrNotFound) {
		t.Errorf("of a message without one: got %v, want ErrNotFound", err)
	}
	if got, _ := pictureOf(t, n, bo, log); got != nil {
		t.Errorf("of a message without one is shown %+v", got)
	}

	solo.Must[feature.List[message.Forward]](n, bo, "message.forward", message.ForwardRequest{Conversation: log, Message: id, To: []protocol.Log{log}})
	solo.Must[feature.List[message.Forward]](n, ana, "message.forward", message.ForwardRequest{Conversation: log, Message: id, To: []protocol.Log{other}})
	for where, who := range map[protocol.Log]*solo.Person{log: ana, other: eve} {
		got, m := pictureOf(t, n, who, where)
		if got == nil || *got != want {
			t.Fatalf("forwarded, %s is shown %+v, want %+v", who.Name, got, want)
		}
		if file := solo.Must[feature.Served](n, who, "picture.get", share.GetRequest{Conversation: where, Message: m.ID}); !bytes.Equal(file.Content, content) {
			t.Errorf("forwarded, %s gets %d bytes, want the picture", who.Name, len(file.Content))
		}
	}
	solo.Must[feature.Nothing](n, ana, "message.delete", message.DeleteRequest{Conversation: log, Message: id, For: "everyone"})
	if _, err := solo.Call[feature.Served](n, bo, "picture.get", share.GetRequest{Conversation: log, Message: id}); !errors.Is(err, feature.ErrNotFound) {
		t.Errorf("deleted for everyone: got %v, want ErrNotFound", err)
	}
}

func TestWhatIsNoSmallPictureIsNotSent(t *testing.T) {
	n := solo.Start(t, message.Feature(), share.Feature())
	ana, bo := n.Account("ana"), n.Account("bo")
	log := n.Open(ana, bo)
	pixel := pngOf(t, 1, 1)
	rows := n.Rows()
	for what, c := range map[string]struct {
		data, alt string
		want      error
	}{
		"nothing":              {"", "", feature.ErrBadRequest},
		"no data URL":          {"https://a.b/c.png", "", feature.ErrBadRequest},
		"another kind said":    {dataURL("image/jpeg", pixel), "", feature.ErrBadRequest},
		"a page":               {dataURL("text/html", []byte("<script>alert(1)</script>")), "", feature.ErrBadRequest},
		"an SVG":               {dataURL("image/svg+xml", []byte(`<svg xmlns="http://www.w3.org/2000/svg"/>`)), "", feature.ErrBadRequest},
		"a page that is a GIF": {dataURL("image/gif", []byte("GIF89a=1;/*<script>alert(1)</script>*/")), "", feature.ErrBadRequest},
		"huge sides":           {dataURL("image/png", pngOf(t, event.MaxPictureWidth+1, 1)), "", feature.ErrBadRequest},
		"33 KiB":               {dataURL("image/png", long(pixel, 33<<10)), "", feature.ErrTooLarge},
		"a long text":          {dataURL("image/png", pixel), strings.Repeat("a", event.MaxAlt+1), feature.ErrBadRequest},
		"a picture that ends":  {dataURL("image/png", pixel[:20]), "", feature.ErrBadRequest},
	} {
		_, err := solo.Call[message.Sent](n, ana, "message.send", message.SendRequest{Conversation: log, Text: "a", Picture: &feature.SentPicture{Data: c.data, Alt: c.alt}})
		if !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", what, err, c.want)
		}
	}
	if now := n.Rows(); now != rows {
		t.Errorf("got %d rows, want the %d of before", now, rows)
	}
}
