package nodetest

import (
	"context"
	"fmt"
	"time"
)

// Types says that somebody writes in a conversation.
func (p *Person) Types(ctx context.Context, conversation string) error {
	return p.call(ctx, "POST", "/api/v1/conversations/"+conversation+"/typing", nil, nil)
}

// Chooses sets privacy settings.
func (p *Person) Chooses(ctx context.Context, settings map[string]any) error {
	return p.call(ctx, "PATCH", "/api/v1/settings/privacy", settings, nil)
}

// ChoosesFor sets privacy settings for one conversation.
func (p *Person) ChoosesFor(ctx context.Context, conversation string, settings map[string]any) error {
	return p.call(ctx, "PATCH", "/api/v1/conversations/"+conversation+"/privacy", settings, nil)
}

// Presence is whether somebody is there, as another is told.
type Presence struct {
	State    string    `json:"state"`
	Text     string    `json:"text"`
	Emoji    string    `json:"emoji"`
	LastSeen time.Time `json:"last_seen"`
}

// Presence tells whether a contact is there; nil where that is not told.
func (p *Person) Presence(ctx context.Context, of *Person) (*Presence, error) {
	var list struct {
		Items []struct {
			Acct     string    `json:"acct"`
			Presence *Presence `json:"presence"`
		} `json:"items"`
	}
	if err := p.call(ctx, "GET", "/api/v1/contacts", nil, &list); err != nil {
		return nil, err
	}
	for _, c := range list.Items {
		if c.Acct == of.Acct {
			return c.Presence, nil
		}
	}
	return nil, nil
}

// Shows chooses a state and a status.
func (p *Person) Shows(ctx context.Context, state, text, emoji string) error {
	return p.call(ctx, "PUT", "/api/v1/me/presence", map[string]any{"state": state, "text": text, "emoji": emoji}, nil)
}

// Acts says that somebody does something.
func (p *Person) Acts(ctx context.Context) error {
	return p.call(ctx, "POST", "/api/v1/me/activity", nil, nil)
}

// Work does a repeated work of the node now.
func (h *Home) Work(ctx context.Context, name string) error {
	for _, j := range h.Registry().Jobs() {
		if j.Name == name {
			return j.Run(ctx)
		}
	}
	return fmt.Errorf("there is no work %s", name)
}

// Marks says that a message and all before it was read.
func (p *Person) Marks(ctx context.Context, conversation, message string) error {
	return p.call(ctx, "PUT", "/api/v1/conversations/"+conversation+"/read", map[string]string{"message": message}, nil)
}

// Receipt is how far a message got to one person.
type Receipt struct {
	Account   string    `json:"account"`
	Name      string    `json:"name"`
	Delivered bool      `json:"delivered"`
	ReadAt    time.Time `json:"read_at"`
}

// Receipts tells who has an own message.
func (p *Person) Receipts(ctx context.Context, conversation, message string) ([]Receipt, error) {
	var list struct {
		Items []Receipt `json:"items"`
	}
	err := p.call(ctx, "GET", "/api/v1/conversations/"+conversation+"/messages/"+message+"/receipts", nil, &list)
	return list.Items, err
}
