package nodetest

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"time"
)

// Passphrase opens every account of a cast.
const Passphrase = "correct horse battery staple"

// Person is somebody with an account and a session.
type Person struct {
	Name  string // of the account
	Acct  string
	Token string // of the session
	site  *Site
}

// opened is what opens a session.
type opened struct {
	Token   string `json:"token"`
	Account struct {
		Acct string `json:"acct"`
		Name string `json:"name"`
	} `json:"account"`
}

// Founder makes the first account of a node, which owns it.
func (s *Site) Founder(ctx context.Context, setupToken, name, display string) (*Person, error) {
	return s.create(ctx, map[string]string{"setup_token": setupToken}, name, display)
}

// Invite makes an account for somebody whom the owner of a node invited.
func (p *Person) Invite(ctx context.Context, name, display string) (*Person, error) {
	var invite struct {
		Token string `json:"token"`
	}
	if err := p.call(ctx, "POST", "/api/v1/admin/invites", map[string]int{"max_uses": 1}, &invite); err != nil {
		return nil, err
	}
	return p.site.create(ctx, map[string]string{"invite": invite.Token}, name, display)
}

func (s *Site) create(ctx context.Context, right map[string]string, name, display string) (*Person, error) {
	right["name"], right["passphrase"] = name, Passphrase
	if display != "" {
		right["display_name"] = display
	}
	var out opened
	if err := s.call(ctx, "", "", "POST", "/api/v1/accounts", right, &out); err != nil {
		return nil, err
	}
	return &Person{Name: out.Account.Name, Acct: out.Account.Acct, Token: out.Token, site: s}, nil
}

// LogIn opens another session of an account.
func (s *Site) LogIn(ctx context.Context, name, passphrase string) (*Person, error) {
	var out opened
	if err := s.call(ctx, "", "", "POST", "/api/v1/sessions", map[string]string{"name": name, "passphrase": passphrase}, &out); err != nil {
		return nil, err
	}
	return &Person{Name: out.Account.Name, Acct: out.Account.Acct, Token: out.Token, site: s}, nil
}

// Moved is the same person after the node came back at another address.
func (p *Person) Moved(to *Site) *Person {
	moved := *p
	moved.site = to
	return &moved
}

// Home is the node that the person uses.
func (p *Person) Home() *Site { return p.site }

func (p *Person) call(ctx context.Context, method, path string, req, res any) error {
	return p.site.call(ctx, p.Token, "", method, path, req, res)
}

// Call puts one request of the API as the person; nil for no body and for an answer that is not read.
func (p *Person) Call(ctx context.Context, method, path string, req, res any) error {
	return p.call(ctx, method, path, req, res)
}

// Link is the person's contact link.
func (p *Person) Link(ctx context.Context) (string, error) {
	var me struct {
		Link string `json:"contact_link"`
	}
	err := p.call(ctx, "GET", "/api/v1/me", nil, &me)
	return me.Link, err
}

// Meet takes up the contact link of another person and returns the conversation of the two.
func (p *Person) Meet(ctx context.Context, link string) (conversation string, err error) {
	var contact struct {
		Acct string `json:"acct"`
	}
	if err := p.call(ctx, "POST", "/api/v1/contacts", map[string]string{"link": link}, &contact); err != nil {
		return "", err
	}
	return p.Conversation(ctx, contact.Acct)
}

// Conversation returns the direct conversation with a contact, and begins it where there is none.
func (p *Person) Conversation(ctx context.Context, with string) (string, error) {
	var out struct {
		ID string `json:"id"`
	}
	err := p.call(ctx, "POST", "/api/v1/conversations", map[string]string{"kind": "direct", "with": with}, &out)
	return out.ID, err
}

// Conversations returns the ids of all conversations.
func (p *Person) Conversations(ctx context.Context) ([]string, error) {
	var out struct {
		Items []struct {
			ID string `json:"id"`
		} `json:"items"`
	}
	err := p.call(ctx, "GET", "/api/v1/conversations", nil, &out)
	ids := make([]string, len(out.Items))
	for i, c := range out.Items {
		ids[i] = c.ID
	}
	return ids, err
}

// Knows tells whether a conversation is open on this side.
func (p *Person) Knows(ctx context.Context, conversation string) (bool, error) {
	all, err := p.Conversations(ctx)
	return slices.Contains(all, conversation), err
}

// Send says something. With a key that is not "" it may be called again until it succeeds, and the text is sent once.
func (p *Person) Send(ctx context.Context, conversation, text, key string) (message string, err error) {
	var out struct {
		ID string `json:"id"`
	}
	err = p.site.call(ctx, p.Token, key, "POST", "/api/v1/conversations/"+conversation+"/messages", map[string]string{"text": text}, &out)
	return out.ID, err
}

// Message is a message as one of the two sees it.
type Message struct {
	ID     string    `json:"id"`
	Author string    `json:"author"`
	Text   string    `json:"text"`
	State  string    `json:"state"`
	Kind   string    `json:"kind"`
	Gap    bool      `json:"gap"`
	SentAt time.Time `json:"sent_at"`
}

// Messages returns all messages of a conversation that people wrote, oldest first, and how many cannot be read.
func (p *Person) Messages(ctx context.Context, conversation string) (all []Message, unreadable int, err error) {
	before := ""
	for {
		var page struct {
			Items []Message `json:"items"`
			Next  string    `json:"next"`
		}
		path := "/api/v1/conversations/" + conversation + "/messages?limit=200"
		if before != "" {
			path += "&before=" + url.QueryEscape(before)
		}
		if err := p.call(ctx, "GET", path, nil, &page); err != nil {
			return nil, 0, err
		}
		var texts []Message
		for _, m := range page.Items {
			switch m.Kind {
			case "text":
				texts = append(texts, m)
			case "notice":
			default:
				unreadable++
			}
		}
		all = append(texts, all...)
		if page.Next == "" {
			return all, unreadable, nil
		}
		before = page.Next
	}
}

// Sees waits until a message is among the newest of a conversation.
func (p *Person) Sees(ctx context.Context, conversation, message string) error {
	return Await(ctx, p.Name+" sees a message", func() (bool, error) {
		var page struct {
			Items []Message `json:"items"`
		}
		err := p.call(ctx, "GET", "/api/v1/conversations/"+conversation+"/messages?limit=50", nil, &page)
		return slices.ContainsFunc(page.Items, func(m Message) bool { return m.ID == message }), err
	})
}

// Has waits until a conversation holds so many messages that people wrote.
func (p *Person) Has(ctx context.Context, conversation string, count int) error {
	return Await(ctx, fmt.Sprintf("%s has %d messages", p.Name, count), func() (bool, error) {
		all, _, err := p.Messages(ctx, conversation)
		return len(all) >= count, err
	})
}
