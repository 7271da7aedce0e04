package contact_test

import (
	"errors"
	"testing"

	"conclave/crypto/canon"
	"conclave/node/feature"
	"conclave/node/feature/contact"
	"conclave/node/nodetest/solo"
	"conclave/protocol"
	"conclave/protocol/net"
)

func TestWrongLeadsAreRefusedAndChangeNothing(t *testing.T) {
	n := start(t)
	ana, bo, eve := n.Account("ana"), n.Account("bo"), n.Stranger("eve")
	old := link(bo)
	bo.RenewLink()
	for name, c := range map[string]struct {
		req  contact.LeadRequest
		want error
	}{
		"nothing":                 {contact.LeadRequest{}, feature.ErrBadRequest},
		"a link and an address":   {contact.LeadRequest{Link: bo.Link(), Address: "bo@home.example"}, feature.ErrBadRequest},
		"no link":                 {contact.LeadRequest{Link: "https://home.example/i#AAAA"}, contact.ErrNotALink},
		"no address":              {contact.LeadRequest{Address: "bo"}, feature.ErrBadRequest},
		"an address with a path":  {contact.LeadRequest{Address: "bo@home.example/x"}, feature.ErrBadRequest},
		"nobody's address":        {contact.LeadRequest{Address: "nobody@home.example"}, feature.ErrNotFound},
		"the own link":            {link(ana), contact.ErrYourself},
		"the own address":         {address(ana), contact.ErrYourself},
		"a link that was renewed": {old, feature.ErrNotFound},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := solo.Call[contact.Contact](n, ana, "contact.add", c.req)
			wantError(t, "contact.add", err, c.want)
			_, err = solo.Call[contact.Preview](n, ana, "contact.preview", c.req)
			wantError(t, "contact.preview", err, c.want)
		})
	}
	for _, what := range []string{"accept", "block", "unblock"} {
		_, err := solo.Call[contact.Contact](n, ana, "contact."+what, of(eve))
		wantError(t, what+" a stranger", err, feature.ErrNotFound)
	}
	_, err := solo.Call[feature.Nothing](n, ana, "contact.delete", of(eve))
	wantError(t, "delete a stranger", err, feature.ErrNotFound)
	if got := solo.Must[feature.List[contact.Contact]](n, ana, "contact.list", feature.Nothing{}); len(got.Items) != 0 {
		t.Errorf("contacts after refusals: got %+v, want none", got.Items)
	}
}

func TestALinkUsedWhileItsOwnerIsLockedCountsOnceUnlocked(t *testing.T) {
	n := start(t)
	ana, bo, cy := n.Account("ana"), n.Account("bo"), n.Account("cy")
	n.Open(ana, bo)
	n.Open(cy, bo)
	n.Ring.Lock(bo.ID)
	for _, who := range []*solo.Person{ana, cy} {
		if c := add(n, who, link(bo)); c.State != feature.ContactAccepted {
			t.Errorf("contact.add: got %q, want accepted", c.State)
		}
	}
	_, err := solo.Call[feature.List[contact.Contact]](n, bo, "contact.list", feature.Nothing{})
	wantError(t, "list of a locked account", err, feature.ErrLocked)
	bo.Unlock()
	wantState(t, n, bo, ana, feature.ContactAccepted)
	wantState(t, n, bo, cy, feature.ContactAccepted)
	waitKinds(t, n, ana.With(bo), "contact.accepted", 1)
}

func TestAStaleLinkUsedWhileItsOwnerIsLockedIsARequest(t *testing.T) {
	n := start(t)
	ana, bo := n.Account("ana"), n.Account("bo")
	n.Open(ana, bo)
	old := link(bo)
	n.Ring.Lock(bo.ID)
	add(n, ana, old)
	bo.RenewLink()
	bo.Unlock()
	wantState(t, n, bo, ana, feature.ContactRequested)
	n.Ring.Lock(bo.ID)
	bo.Unlock()
	wantState(t, n, bo, ana, feature.ContactRequested)
	if got := kinds(t, n, ana.With(bo), "contact.accepted"); got != 0 {
		t.Errorf("answers: got %d, want none", got)
	}
}

func TestPreviewTellsTheNameToWhoHoldsTheLinkOnly(t *testing.T) {
	n := start(t)
	ana, bo := n.Account("ana"), n.Account("bo")
	p := solo.Must[contact.Preview](n, ana, "contact.preview", link(bo))
	if p.Account != bo.ID || p.Name != "Bo" || p.Address != bo.Address() || p.CheckWords[3] == "" || p.Known {
		t.Errorf("preview of a link: got %+v", p)
	}
	p = solo.Must[contact.Preview](n, ana, "contact.preview", address(bo))
	if p.Account != bo.ID || p.Name != "" || p.Address != bo.Address() {
		t.Errorf("preview of an address: got %+v, want no name", p)
	}
	if got := state(n, bo, ana); got != "" {
		t.Errorf("Bo after the previews: got %q, want nothing", got)
	}
	add(n, ana, link(bo))
	if p = solo.Must[contact.Preview](n, ana, "contact.preview", link(bo)); !p.Known {
		t.Error("preview of a contact: got unknown")
	}
}

// card is the wire form of the answer to a card request.
type card struct {
	Name    string `cbor:"0,keyasint"`
	Address string `cbor:"1,keyasint"`
}

func TestPreviewAsksTheOtherNode(t *testing.T) {
	n := start(t)
	ana, eve := n.Account("ana"), n.Stranger("eve")
	var answer []byte
	var fails error
	n.Wire.Answer = func(kind string, _ []byte) ([]byte, error) {
		if kind != "card" {
			t.Errorf("asked for %q, want card", kind)
		}
		return answer, fails
	}
	preview := func() (contact.Preview, error) {
		return solo.Call[contact.Preview](n, ana, "contact.preview", link(eve))
	}
	answer = canon.MustMarshal(card{Name: "Eve", Address: "eve@far.example"})
	if p, err := preview(); err != nil || p.Name != "Eve" || p.Address != "eve@far.example" {
		t.Errorf("preview: got %+v, %v", p, err)
	}
	for name, bad := range map[string][]byte{
		"no CBOR": {0xff}, "an empty name": canon.MustMarshal(card{}), "a control character": canon.MustMarshal(card{Name: "a\x1b"}),
	} {
		answer = bad
		if p, err := preview(); err != nil || p.Name != "" {
			t.Errorf("preview with %s: got %+v, %v; want no name", name, p, err)
		}
	}
	fails = net.ErrRefused
	_, err := preview()
	wantError(t, "preview with a refused secret", err, feature.ErrNotFound)
	fails = errors.New("gone")
	if c := add(n, ana, link(eve)); c.State != feature.ContactAccepted || c.Name == "" || c.Node.Connected {
		t.Errorf("add while the node is away: got %+v", c)
	}
	if len(n.Delivery.Sent()) != 1 || n.Delivery.Sent()[0].Kind != "contact.introduced" {
		t.Errorf("queued: got %d events, want the introduction", len(n.Delivery.Sent()))
	}
}

func TestCardsAreGivenForTheRightSecretOnly(t *testing.T) {
	n := start(t)
	ana, eve := n.Account("ana"), n.Stranger("eve")
	type request struct {
		Account protocol.Account `cbor:"0,keyasint"`
		Secret  [16]byte         `cbor:"1,keyasint"`
	}
	ask := func(body []byte) ([]byte, error) {
		return n.Directory.Answer(t.Context(), net.Call{Kind: "card", Body: body})
	}
	raw, err := ask(canon.MustMarshal(request{ana.ID, ana.Secret}))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := canon.Unmarshal[card](raw); err != nil || got.Name != "Ana" || got.Address != string(ana.Address()) {
		t.Errorf("card: got %+v, %v", got, err)
	}
	for name, body := range map[string][]byte{
		"a wrong secret": canon.MustMarshal(request{ana.ID, [16]byte{}}),
		"nobody":         canon.MustMarshal(request{eve.ID, eve.Secret}),
		"no CBOR":        {0xff, 0x00},
		"nothing":        nil,
	} {
		if raw, err := ask(body); !errors.Is(err, net.ErrRefused) || raw != nil {
			t.Errorf("card for %s: got %q, %v; want %v", name, raw, err, net.ErrRefused)
		}
	}
	n.Ring.Lock(ana.ID)
	if _, err := ask(canon.MustMarshal(request{ana.ID, ana.Secret})); err == nil || errors.Is(err, net.ErrRefused) {
		t.Errorf("card of a locked account: got %v, want another error than a refusal", err)
	}
}
