package conversation

import (
	"time"

	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/event"
	"conclave/protocol/markup"
)

// Conversation is an entry of the list as one account is shown it.
type Conversation struct {
	ID        protocol.Log         `json:"id"`
	Kind      string               `json:"kind" enum:"direct,group,channel"`
	Name      string               `json:"name" doc:"of a group; else what the other calls itself: nothing vouches for it"`
	With      protocol.Account     `json:"with,omitzero" doc:"the other of a direct conversation"`
	Unread    int                  `json:"unread" doc:"messages that the caller has not read, at most 1,000"`
	Mentions  int                  `json:"mentions" doc:"messages that mention the caller and that it has not read, at most 100"`
	UpdatedAt time.Time            `json:"updated_at"`
	Order     string               `json:"order" doc:"where it stands in the list: the smallest first, the same for every client of the account"`
	Flags     Flags                `json:"flags"`
	Last      *Last                `json:"last,omitempty" doc:"the newest message"`
	Contact   feature.ContactState `json:"contact,omitempty" enum:"requested,pending,accepted,blocked" doc:"how the caller stands to the other of a direct conversation"`
	Node      *feature.Reach       `json:"node,omitempty" doc:"how the node of the other of a direct conversation is reached"`
	Presence  *feature.Presence    `json:"presence,omitempty" doc:"whether the other of a direct conversation is there; absent where the caller is not told"`
	Group     *Group               `json:"group,omitempty" doc:"of a group or channel"`
	Sync      *feature.Sync        `json:"sync,omitempty" doc:"of a group or channel: whether this node has all that other members' nodes have"`

	created, gone bool
}

// Status is 201 for a conversation that was opened now.
func (c Conversation) Status() int {
	if c.created {
		return 201
	}
	return 200
}

// Group is what a group shows of itself, and how the caller stands to it.
type Group struct {
	Description string       `json:"description"`
	Picture     string       `json:"picture" doc:"a data URL, empty for none"`
	Rules       string       `json:"rules"`
	Visibility  string       `json:"visibility" enum:"public,private,secret"`
	Role        feature.Role `json:"role" enum:",member,moderator,admin,owner" doc:"empty once out"`
	Members     int          `json:"members"`
	State       string       `json:"state" enum:"joining,joined,left,removed,deleted"`
	Policy      Policy       `json:"policy"`
}

// Last is the newest message of a conversation.
type Last struct {
	ID         protocol.EventID `json:"id"`
	Author     protocol.Account `json:"author"`
	AuthorName string           `json:"author_name,omitempty" doc:"in groups"`
	Text       string           `json:"text" doc:"its first 200 characters, without marks"`
	SentAt     time.Time        `json:"sent_at"`
	State      feature.State    `json:"state" enum:"sending,sent,delivered,read,failed"`
}

// lastText is how much of the newest message the list shows, in characters; lastLooked how many messages are looked at for one
// that is not hidden.
const (
	lastText   = 200
	lastLooked = 100
)

// describe shows a conversation to an account.
func (s *slice) describe(tx feature.Tx, viewer protocol.Account, c feature.Conversation) (Conversation, error) {
	at, err := s.stand(tx, viewer, c, nil)
	if err != nil {
		return Conversation{}, err
	}
	return s.describeAt(tx, viewer, c, at)
}

// describeAt is describe of a conversation whose place in the list is known.
func (s *slice) describeAt(tx feature.Tx, viewer protocol.Account, c feature.Conversation, at stand) (Conversation, error) {
	standing, err := s.StandingOf(tx, viewer, c)
	if err != nil {
		return Conversation{}, err
	}
	out := Conversation{ID: c.Log, Kind: c.Kind, Contact: standing.State, UpdatedAt: at.updated, Order: at.order, gone: at.gone}
	if out.Name, _, err = s.TitleOf(tx, viewer, c, standing); err != nil {
		return Conversation{}, err
	}
	if out.Unread, err = s.UnreadOf(tx, viewer, c); err != nil {
		return Conversation{}, err
	}
	if out.Mentions, err = s.MentionsOf(tx, viewer, c); err != nil {
		return Conversation{}, err
	}
	if out.Flags, err = s.flags(tx, viewer, at, out.Unread); err != nil {
		return Conversation{}, err
	}
	if at.found {
		if out.Last, err = s.last(tx, viewer, c, at.newest); err != nil {
			return Conversation{}, err
		}
	}
	if !c.Group() {
		out.With = c.Other(viewer)
		reach := s.ReachOf(tx, out.With)
		out.Node = &reach
		if out.Presence, err = s.PresenceOf(tx, viewer, out.With); err != nil {
			return Conversation{}, err
		}
		return out, nil
	}
	if out.Group, err = s.group(tx, viewer, c); err != nil {
		return Conversation{}, err
	}
	sync, err := s.Groups.Sync(tx, c.Log)
	out.Sync = &sync
	return out, err
}

// group describes what only groups have.
func (s *slice) group(tx feature.Tx, viewer protocol.Account, c feature.Conversation) (*Group, error) {
	standing, err := s.Groups.Standing(tx, c.Log, viewer)
	if err != nil {
		return nil, err
	}
	out := &Group{State: string(standing)}
	if deleted, err := s.isDeleted(tx, c.Log); err != nil {
		return nil, err
	} else if deleted {
		out.State = "deleted"
	}
	if c.State == nil {
		return out, nil
	}
	p := c.State.Policy()
	out.Visibility, out.Policy = visibilityName(p.Visibility), showPolicy(p)
	out.Role, out.Members = feature.RoleOf(c.State.Role(viewer)), c.State.Len()
	face, err := s.face(tx, c)
	out.Description, out.Rules, out.Picture = face.Description, face.Rules, feature.PictureURL(face.Picture)
	return out, err
}

// last describes the newest message.
func (s *slice) last(tx feature.Tx, viewer protocol.Account, c feature.Conversation, e feature.Entry) (*Last, error) {
	text, err := s.TextOf(tx, e)
	if err != nil {
		return nil, err
	}
	reading, err := s.ReadingOf(tx, viewer, c)
	if err != nil {
		return nil, err
	}
	status, err := s.StatusOf(tx, reading, e)
	if err != nil {
		return nil, err
	}
	out := &Last{ID: e.ID, Author: e.Author, Text: feature.First(markup.Plain(text), lastText), SentAt: protocol.Time(e.HLC, e.Received), State: status.State}
	if c.Group() {
		out.AuthorName = s.NameIn(tx, viewer, c.Log, e.Author)
	}
	return out, nil
}

// newestShown finds the newest message that is not hidden from the viewer.
func (s *slice) newestShown(tx feature.Tx, viewer protocol.Account, c feature.Conversation) (feature.Entry, bool, error) {
	veil, err := s.VeilOf(tx, viewer, c)
	if err != nil {
		return feature.Entry{}, false, err
	}
	r := feature.Range{Before: feature.End, After: veil.After, Kinds: []string{event.MessageSent{}.Kind()}, Limit: 1}
	if c.Group() {
		r.For = viewer
	}
	for range 2 {
		page, err := s.Timeline.Page(tx, c.Log, r)
		if err != nil || len(page) == 0 {
			return feature.Entry{}, false, err
		}
		if !page[len(page)-1].Thread().IsZero() {
			return s.newestRow(tx, c, veil, r.For)
		}
		for i := len(page) - 1; i >= 0; i-- {
			if !veil.Hides(page[i]) && !page[i].Erased() && page[i].Thread().IsZero() {
				return page[i], true, nil
			}
		}
		r.Before, r.Limit = page[0].Place(), lastLooked
	}
	return feature.Entry{}, false, nil
}

// newestRow is newestShown where the newest messages are said in threads, however many of those there are.
func (s *slice) newestRow(tx feature.Tx, c feature.Conversation, veil feature.Veil, reader protocol.Account) (feature.Entry, bool, error) {
	ranks, err := s.Timeline.Ranks(tx, c.Log)
	if err != nil {
		return feature.Entry{}, false, err
	}
	for i := len(ranks) - 1; i >= max(0, len(ranks)-lastLooked); i-- {
		behind := ranks[i].Place()
		if behind.Compare(veil.After) <= 0 {
			break
		}
		behind.HLC++
		page, err := s.Timeline.Page(tx, c.Log, feature.Range{Before: behind, Limit: 1, For: reader})
		if err != nil || len(page) == 0 {
			return feature.Entry{}, false, err
		}
		e := page[0]
		if e.Kind == (event.MessageSent{}).Kind() && feature.RankOf(e.Place()) == ranks[i] && !e.Erased() && !veil.Hides(e) {
			return e, true, nil
		}
	}
	return feature.Entry{}, false, nil
}
