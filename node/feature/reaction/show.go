package reaction

import (
	"context"
	"encoding/base64"
	"slices"
	"strings"

	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/event"
	"conclave/storage"
)

// Reaction is an emoji that people put to a message.
type Reaction struct {
	Emoji   string           `json:"emoji" doc:"one emoji, or the name of a custom one between colons"`
	Picture protocol.Picture `json:"picture,omitzero" doc:"of a custom emoji"`
	Count   int              `json:"count"`
	Mine    bool             `json:"mine" doc:"the caller is among them"`
	Names   []string         `json:"names" nullable:"false" doc:"three of them, without the caller"`
}

// named is how many people a reaction names.
const named = 3

var (
	sentKind     = event.MessageSent{}.Kind()
	reactionKind = event.ReactionSet{}.Kind()
)

// annotate adds the reactions to a message.
func (s *slice) annotate(tx feature.Tx, viewer protocol.Account, e feature.Entry) (*[]Reaction, error) {
	if e.Kind != sentKind || e.Erased() {
		return nil, nil
	}
	out, err := s.shown(tx, viewer, e.Log, e.ID)
	if err != nil || len(out) == 0 {
		return nil, err
	}
	return &out, nil
}

// shown are the reactions of a message as a local account is shown them, the oldest first.
func (s *slice) shown(tx feature.Tx, viewer protocol.Account, log protocol.Log, message protocol.EventID) ([]Reaction, error) {
	realm, err := s.Realms.Conversation(tx, log)
	if err != nil {
		return nil, err
	}
	counts, err := tally(tx, realm, message)
	if err != nil || len(counts) == 0 {
		return nil, err
	}
	own, err := marks(tx, realm, message, viewer)
	if err != nil {
		return nil, err
	}
	own = standing(own)
	var out []Reaction
	for _, c := range counts[:min(len(counts), MaxKinds)] {
		r := Reaction{Emoji: c.Sign.Emoji, Picture: c.Sign.Picture, Count: int(c.N), Names: []string{}}
		r.Mine = slices.ContainsFunc(own, func(m mark) bool { return m.Sign == c.Sign })
		for _, who := range c.First {
			if who != viewer && len(r.Names) < named {
				r.Names = append(r.Names, s.NameIn(tx, viewer, log, who))
			}
		}
		out = append(out, r)
	}
	return out, nil
}

// ListRequest asks who reacted to a message.
type ListRequest struct {
	Conversation protocol.Log     `path:"conversation"`
	Message      protocol.EventID `path:"message"`
	Before       string           `query:"before" maxLength:"64" doc:"the next of a page"`
	Limit        int              `query:"limit" minimum:"1" maximum:"200" default:"50"`
}

// Person is somebody who reacted to a message.
type Person struct {
	Account protocol.Account `json:"account"`
	Name    string           `json:"name"`
	Signs   []Sign           `json:"reactions" nullable:"false" doc:"the newest first"`
}

// Sign is one emoji of a Person.
type Sign struct {
	Emoji   string           `json:"emoji"`
	Picture protocol.Picture `json:"picture,omitzero"`
}

// Bounds of a page.
const (
	defaultPage = 50
	maxPage     = 200
)

func (s *slice) list(ctx context.Context, req ListRequest) (feature.List[Person], error) {
	out := feature.List[Person]{Items: []Person{}}
	if req.Limit == 0 {
		req.Limit = defaultPage
	}
	if req.Limit < 1 || req.Limit > maxPage {
		return out, feature.ErrBadRequest.With("A page has 1 to %d people.", maxPage)
	}
	after, err := base64.RawURLEncoding.Strict().DecodeString(req.Before)
	if err != nil || len(after) != 0 && len(after) != authorSize {
		return out, feature.ErrBadRequest.With("This is not the next of a page.")
	}
	viewer := feature.ActorOf(ctx).Account
	err = s.Store.View(func(tx feature.Tx) error {
		c, e, err := s.FindMessage(tx, viewer, req.Conversation, req.Message)
		if err != nil {
			return err
		}
		veil, err := s.VeilOf(tx, viewer, c)
		if err != nil {
			return err
		}
		people, next, err := s.people(tx, e, after, req.Limit)
		for _, marks := range people {
			marks = slices.DeleteFunc(standing(marks), func(m mark) bool { return veil.Hides(entryOf(e.Log, m)) })
			if len(marks) == 0 {
				continue
			}
			p := Person{Account: marks[0].By, Name: s.NameIn(tx, viewer, e.Log, marks[0].By)}
			for _, m := range marks {
				p.Signs = append(p.Signs, Sign{m.Sign.Emoji, m.Sign.Picture})
			}
			out.Items = append(out.Items, p)
		}
		out.Next = next
		return err
	})
	return out, err
}

// entryOf is the event of a mark, as far as a veil looks at it.
func entryOf(log protocol.Log, m mark) feature.Entry {
	h := protocol.Header{Log: log, Kind: reactionKind, Author: m.By, Ord: m.Place.Ord, HLC: m.Place.HLC}
	return feature.Entry{Event: &protocol.Event{Header: h, ID: m.Place.ID}}
}

// Lengths of an author and of a place in a key, in bytes.
const (
	authorSize = 16
	placeSize  = 32
)

// people returns the marks of the authors behind one, the newest of each first, and what continues the list.
func (s *slice) people(tx feature.Tx, e feature.Entry, after []byte, limit int) (out [][]mark, next string, err error) {
	realm, err := s.Realms.Conversation(tx, e.Log)
	if err != nil {
		return nil, "", err
	}
	for {
		author, err := nextAuthor(tx, realm, e.ID, after)
		if err != nil || author == nil {
			return out, "", err
		}
		if len(out) == limit {
			return out, base64.RawURLEncoding.EncodeToString(after), nil
		}
		own, err := newest(tx, realm, realm.Key(storage.Reactions, storage.H(e.ID[:]), storage.Fixed(author)))
		if err != nil {
			return nil, "", err
		}
		out, after = append(out, own), author
	}
}

// nextAuthor returns how the keys of the next author behind another begin, nil for none.
func nextAuthor(tx feature.Tx, realm *storage.Realm, message protocol.EventID, after []byte) (author []byte, err error) {
	prefix := realm.Key(storage.Reactions, storage.H(message[:]))
	o := storage.ScanOptions{KeysOnly: true, Limit: 1}
	if len(after) > 0 {
		o.From = prefix + storage.Key(after) + storage.Key(strings.Repeat("\xff", placeSize))
	}
	err = tx.Scan(realm, prefix, o, func(k storage.Key, _ []byte) (bool, error) {
		author = k.After(prefix)[:authorSize]
		return false, nil
	})
	return author, err
}

// tell tells open pages of the message that a reaction is about.
func (s *slice) tell(_ context.Context, e feature.Entry) {
	if e.Kind != reactionKind {
		return
	}
	body, err := event.Decode[event.ReactionSet](e.Body)
	if err != nil {
		return // the door lets none in
	}
	s.Calmly(e.Log.String()+body.Message.String(), func(context.Context) { s.TellMessage(e.Log, body.Message) })
}
