package nodetest

import (
	"context"
	"fmt"
	"strings"
)

// Ask sends a poll to a conversation.
func (p *Person) Ask(ctx context.Context, conversation, question string, options ...string) (message string, err error) {
	var out struct {
		ID string `json:"id"`
	}
	req := map[string]any{"text": question, "poll": map[string]any{"options": options, "named": true}}
	return out.ID, p.call(ctx, "POST", "/api/v1/conversations/"+conversation+"/messages", req, &out)
}

// Vote chooses options of a poll; none takes the vote back.
func (p *Person) Vote(ctx context.Context, conversation, message string, options ...int) error {
	req := map[string]any{"options": append([]int{}, options...)}
	return p.call(ctx, "POST", "/api/v1/conversations/"+conversation+"/messages/"+message+"/votes", req, nil)
}

// EndPoll ends a poll.
func (p *Person) EndPoll(ctx context.Context, conversation, message string) error {
	return p.call(ctx, "POST", "/api/v1/conversations/"+conversation+"/messages/"+message+"/close", nil, nil)
}

// SeesPoll waits until a poll stands so, "soup 2, bread 0" or "soup 2, bread 0, over".
func (p *Person) SeesPoll(ctx context.Context, conversation, message, want string) error {
	last := ""
	err := Await(ctx, p.Name+" sees "+want, func() (bool, error) {
		var page struct {
			Items []struct {
				ID   string `json:"id"`
				Poll struct {
					Options []struct {
						Text  string `json:"text"`
						Count int    `json:"count"`
					} `json:"options"`
					Closed bool `json:"closed"`
				} `json:"poll"`
			} `json:"items"`
		}
		err := p.call(ctx, "GET", "/api/v1/conversations/"+conversation+"/messages?limit=50", nil, &page)
		for _, m := range page.Items {
			if m.ID != message {
				continue
			}
			var got []string
			for _, o := range m.Poll.Options {
				got = append(got, fmt.Sprintf("%s %d", o.Text, o.Count))
			}
			if m.Poll.Closed {
				got = append(got, "over")
			}
			last = strings.Join(got, ", ")
			return last == want, err
		}
		return false, err
	})
	if err != nil {
		return fmt.Errorf("%w; the last seen: %q", err, last)
	}
	return nil
}
