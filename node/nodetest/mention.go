package nodetest

import (
	"context"
	"fmt"
	"slices"
)

// Mention says something that means people, or everyone.
func (p *Person) Mention(ctx context.Context, conversation, text string, all bool, who ...*Person) (message string, err error) {
	req := map[string]any{"text": text, "all": all}
	var accounts []string
	for _, w := range who {
		accounts = append(accounts, w.Acct)
	}
	if len(accounts) > 0 {
		req["mentions"] = accounts
	}
	var out struct {
		ID string `json:"id"`
	}
	err = p.call(ctx, "POST", "/api/v1/conversations/"+conversation+"/messages", req, &out)
	return out.ID, err
}

// Mentioned waits until so many unread messages of a conversation mention a person.
func (p *Person) Mentioned(ctx context.Context, conversation string, count int) error {
	got := -1
	err := Await(ctx, fmt.Sprintf("%s has %d unread mentions", p.Name, count), func() (bool, error) {
		var c struct {
			Mentions int `json:"mentions"`
		}
		err := p.call(ctx, "GET", "/api/v1/conversations/"+conversation, nil, &c)
		got = c.Mentions
		return got == count, err
	})
	if err != nil {
		return fmt.Errorf("%d unread mentions: %w", got, err)
	}
	return nil
}

// Inbox waits until these texts mention a person, the newest first.
func (p *Person) Inbox(ctx context.Context, want ...string) error {
	var got []string
	err := Await(ctx, p.Name+" has mentions", func() (bool, error) {
		var page struct {
			Items []Message `json:"items"`
		}
		err := p.call(ctx, "GET", "/api/v1/mentions", nil, &page)
		got = nil
		for _, m := range page.Items {
			got = append(got, m.Text)
		}
		return slices.Equal(got, want), err
	})
	if err != nil {
		return fmt.Errorf("%q in place of %q: %w", got, want, err)
	}
	return nil
}

// Read says that a message and all before it was read.
func (p *Person) Read(ctx context.Context, conversation, message string) error {
	return p.call(ctx, "PUT", "/api/v1/conversations/"+conversation+"/read", map[string]string{"message": message}, nil)
}
