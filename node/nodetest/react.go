package nodetest

import (
	"context"
	"fmt"
	"net/url"
	"strings"
)

// React puts an emoji to a message, Unreact takes it away.
func (p *Person) React(ctx context.Context, conversation, message, emoji string) error {
	return p.call(ctx, "PUT", reactionPath(conversation, message, emoji), nil, nil)
}

// ReactWith puts a custom emoji to a message, by its name with colons and the name of its picture.
func (p *Person) ReactWith(ctx context.Context, conversation, message, emoji, picture string) error {
	return p.call(ctx, "PUT", reactionPath(conversation, message, emoji)+"?picture="+url.QueryEscape(picture), nil, nil)
}

// Unreact takes an own emoji from a message.
func (p *Person) Unreact(ctx context.Context, conversation, message, emoji string) error {
	return p.call(ctx, "DELETE", reactionPath(conversation, message, emoji), nil, nil)
}

func reactionPath(conversation, message, emoji string) string {
	return "/api/v1/conversations/" + conversation + "/messages/" + message + "/reactions/" + url.PathEscape(emoji)
}

// Pin pins a message, or takes the pin away.
func (p *Person) Pin(ctx context.Context, conversation, message string, on bool) error {
	method := "DELETE"
	if on {
		method = "PUT"
	}
	return p.call(ctx, method, "/api/v1/conversations/"+conversation+"/messages/"+message+"/pin", nil, nil)
}

// Pins returns the texts of the pinned messages, the newest pin first.
func (p *Person) Pins(ctx context.Context, conversation string) (texts []string, err error) {
	var out struct {
		Items []struct {
			Message struct {
				Text string `json:"text"`
			} `json:"message"`
		} `json:"items"`
	}
	err = p.call(ctx, "GET", "/api/v1/conversations/"+conversation+"/pins", nil, &out)
	for _, pin := range out.Items {
		texts = append(texts, pin.Message.Text)
	}
	return texts, err
}

// SeesReactions waits until a message has these reactions, "👍 2, 🎉 1".
func (p *Person) SeesReactions(ctx context.Context, conversation, message, want string) error {
	last := ""
	err := Await(ctx, p.Name+" sees "+want, func() (bool, error) {
		var page struct {
			Items []struct {
				ID        string `json:"id"`
				Reactions []struct {
					Emoji string `json:"emoji"`
					Count int    `json:"count"`
				} `json:"reactions"`
			} `json:"items"`
		}
		err := p.call(ctx, "GET", "/api/v1/conversations/"+conversation+"/messages?limit=50", nil, &page)
		for _, m := range page.Items {
			if m.ID != message {
				continue
			}
			var got []string
			for _, r := range m.Reactions {
				got = append(got, fmt.Sprintf("%s %d", r.Emoji, r.Count))
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
