package nodetest

import (
	"context"
	"fmt"
	"strings"
)

// Thread is a page of a thread as somebody is shown it.
type Thread struct {
	ID       string    `json:"id"`
	Root     *Message  `json:"root"`
	Items    []Message `json:"items"`
	Followed bool      `json:"followed"`
	Unread   int       `json:"unread"`
}

func threadPath(conversation, root string) string {
	return "/api/v1/conversations/" + conversation + "/messages/" + root + "/thread"
}

// Answer says something in the thread of a message.
func (p *Person) Answer(ctx context.Context, conversation, root, text string, mentions ...*Person) (message string, err error) {
	req := map[string]any{"text": text, "thread": root}
	var accounts []string
	for _, m := range mentions {
		accounts = append(accounts, m.Acct)
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

// Thread returns the newest page of a thread.
func (p *Person) Thread(ctx context.Context, conversation, root string) (t Thread, err error) {
	err = p.call(ctx, "GET", threadPath(conversation, root), nil, &t)
	return t, err
}

// SeesThread waits until a thread reads like this: its root, then what is said in it, and how much of it is unread.
func (p *Person) SeesThread(ctx context.Context, conversation, root, want string, unread int) error {
	var got string
	err := Await(ctx, p.Name+" sees a thread", func() (bool, error) {
		t, err := p.Thread(ctx, conversation, root)
		if err != nil {
			got = err.Error()
			return false, nil // it may still come
		}
		texts := make([]string, 0, len(t.Items))
		for _, m := range t.Items {
			if m.Kind == "deleted" {
				m.Text = "(deleted)"
			}
			texts = append(texts, m.Text)
		}
		got = "none"
		if t.Root != nil {
			got = t.Root.Text
		}
		got = fmt.Sprintf("%s: %s, %d", got, strings.Join(texts, "; "), t.Unread)
		return got == fmt.Sprintf("%s, %d", want, unread), nil
	})
	if err != nil {
		return fmt.Errorf("%q in place of %q: %w", got, want, err)
	}
	return nil
}

// ReadsThread says how far the person read a thread.
func (p *Person) ReadsThread(ctx context.Context, conversation, root, message string) error {
	return p.call(ctx, "PUT", threadPath(conversation, root)+"/read", map[string]string{"message": message}, nil)
}

// Threads returns the roots of the threads that the person follows, and how many of them have something unread.
func (p *Person) Threads(ctx context.Context) (roots []string, unread int, err error) {
	var out struct {
		Items []struct {
			Root struct {
				Text string `json:"text"`
			} `json:"root"`
		} `json:"items"`
		Unread int `json:"unread"`
	}
	err = p.call(ctx, "GET", "/api/v1/threads", nil, &out)
	for _, one := range out.Items {
		roots = append(roots, one.Root.Text)
	}
	return roots, out.Unread, err
}
