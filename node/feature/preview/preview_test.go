package preview_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"image"
	"image/jpeg"
	"strings"
	"testing"

	"conclave/node/feature"
	"conclave/node/feature/message"
	"conclave/node/feature/preview"
	"conclave/node/nodetest/solo"
	"conclave/protocol"
	"conclave/protocol/event"
)

const address = "https://news.example/today"

func start(t *testing.T) (n *solo.Node, ana, bo *solo.Person, log protocol.Log) {
	t.Helper()
	n = solo.Start(t, message.Feature(), preview.Feature())
	ana, bo = n.Account("ana"), n.Account("bo")
	n.Web[address] = event.Preview{URL: address, Title: "News", Description: "of today", Site: "The News", Image: picture(t, 40, 30)}
	return n, ana, bo, n.Open(ana, bo)
}

func picture(t *testing.T, w, h int) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := jpeg.Encode(&out, image.NewGray(image.Rect(0, 0, w, h)), nil); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func look(n *solo.Node, who *solo.Person, url string) (feature.LinkPreview, error) {
	return solo.Call[feature.LinkPreview](n, who, "preview.make", preview.MakeRequest{URL: url})
}

func TestNobodyGetsPreviewsUnasked(t *testing.T) {
	n, ana, bo, _ := start(t)
	if _, err := look(n, ana, address); !errors.Is(err, preview.ErrOff) {
		t.Errorf("a preview for who was not asked: got %v, want ErrOff", err)
	}
	if got := solo.Must[preview.Choice](n, ana, "preview.choice", feature.Nothing{}); got != (preview.Choice{Mode: preview.Ask, Allowed: true}) {
		t.Errorf("choice of who was not asked: got %+v", got)
	}
	solo.Must[feature.Nothing](n, ana, "preview.choose", preview.ChooseRequest{Mode: preview.On})
	got, err := look(n, ana, address)
	if err != nil || got.Title != "News" || got.Site != "The News" || !strings.HasPrefix(got.Image, "data:image/jpeg;base64,") {
		t.Errorf("a preview: got %+v, %v", got, err)
	}
	if _, err := look(n, ana, "https://else.example/"); !errors.Is(err, preview.ErrNone) {
		t.Errorf("of a page that is not there: got %v, want ErrNone", err)
	}
	if _, err := look(n, bo, address); !errors.Is(err, preview.ErrOff) {
		t.Errorf("for another account: got %v, want ErrOff", err)
	}
	if _, err := solo.Call[feature.Nothing](n, ana, "preview.choose", preview.ChooseRequest{Mode: "ask"}); !errors.Is(err, feature.ErrBadRequest) {
		t.Errorf("an unknown mode: got %v, want ErrBadRequest", err)
	}
	solo.Must[feature.Nothing](n, ana, "preview.allow", preview.AllowRequest{})
	if _, err := look(n, ana, address); !errors.Is(err, preview.ErrOff) {
		t.Errorf("where the owner forbids it: got %v, want ErrOff", err)
	}
	solo.Must[feature.Nothing](n, ana, "preview.allow", preview.AllowRequest{Allowed: true})
	solo.Must[feature.Nothing](n, ana, "preview.choose", preview.ChooseRequest{Mode: preview.Off})
	if _, err := look(n, ana, address); !errors.Is(err, preview.ErrOff) {
		t.Errorf("for who turned it off: got %v, want ErrOff", err)
	}
}

// shown returns what a person is shown beside each message, "" for no preview.
func shown(t *testing.T, n *solo.Node, who *solo.Person, log protocol.Log) (titles []string) {
	t.Helper()
	for _, m := range solo.Must[feature.List[message.Message]](n, who, "message.list", message.ListRequest{Conversation: log}).Items {
		raw, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		var out struct{ Preview feature.LinkPreview }
		if err := json.Unmarshal(raw, &out); err != nil {
			t.Fatal(err)
		}
		titles = append(titles, out.Preview.Title)
	}
	return titles
}

func TestAPreviewTravelsWithItsMessage(t *testing.T) {
	n, ana, bo, log := start(t)
	solo.Must[feature.Nothing](n, ana, "preview.choose", preview.ChooseRequest{Mode: preview.On})
	p, err := look(n, ana, address)
	if err != nil {
		t.Fatal(err)
	}
	delete(n.Web, address) // nobody asks for it again
	send := func(text string, p *feature.LinkPreview) (protocol.EventID, error) {
		s, err := solo.Call[message.Sent](n, ana, "message.send", message.SendRequest{Conversation: log, Text: text, Preview: p})
		return s.ID, err
	}
	id, err := send("look: "+address, &p)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := send("plain", nil); err != nil {
		t.Fatal(err)
	}
	for _, who := range []*solo.Person{ana, bo} {
		if got := strings.Join(shown(t, n, who, log), "|"); got != "News|" {
			t.Errorf("%s is shown the previews %q, want that of the first message", who.Name, got)
		}
	}
	edit := func(text string) {
		solo.Must[message.Sent](n, ana, "message.edit", message.EditRequest{Conversation: log, Message: id, Text: text})
	}
	edit("never mind")
	if got := strings.Join(shown(t, n, bo, log), "|"); got != "|" {
		t.Errorf("previews once the address is gone from the text: got %q, want none", got)
	}
	edit("again " + address)
	if got := strings.Join(shown(t, n, bo, log), "|"); got != "News|" {
		t.Errorf("previews once the address is back: got %q", got)
	}
	for what, bad := range map[string]feature.LinkPreview{
		"of an address that is not in the text": {URL: "https://else.example/", Title: "a"},
		"with a title that is too long":         {URL: address, Title: strings.Repeat("a", 301)},
		"with a title of two lines":             {URL: address, Title: "a\nb"},
		"with a picture that is none":           {URL: address, Image: "data:image/png;base64,AAAA"},
		"with a picture of another kind":        {URL: address, Image: "data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAA="},
		"with a picture of too many pixels":     {URL: address, Image: feature.PictureURL(picture(t, 1025, 1))},
	} {
		if _, err := send(address, &bad); !errors.Is(err, feature.ErrBadRequest) {
			t.Errorf("a preview %s: got %v, want ErrBadRequest", what, err)
		}
	}
}
