package nodetest

import (
	"context"
	"strings"
)

// SetEmoji gives a name of the pack of a conversation a picture, given as a data URL.
func (p *Person) SetEmoji(ctx context.Context, conversation, name, data string) error {
	return p.call(ctx, "PUT", "/api/v1/conversations/"+conversation+"/emoji/"+name, map[string]any{"picture": data}, nil)
}

// RenameEmoji gives a custom emoji another name.
func (p *Person) RenameEmoji(ctx context.Context, conversation, name, to string) error {
	return p.call(ctx, "POST", "/api/v1/conversations/"+conversation+"/emoji/"+name+"/rename", map[string]any{"to": to}, nil)
}

// RemoveEmoji takes a custom emoji away.
func (p *Person) RemoveEmoji(ctx context.Context, conversation, name string) error {
	return p.call(ctx, "DELETE", "/api/v1/conversations/"+conversation+"/emoji/"+name, nil, nil)
}

// SeesEmoji waits until the pack of a conversation has exactly these names, "party wave".
func (p *Person) SeesEmoji(ctx context.Context, conversation, want string) error {
	return Await(ctx, p.Name+" sees the emoji "+want, func() (bool, error) {
		var out struct {
			Items []struct {
				Name string `json:"name"`
			} `json:"items"`
		}
		err := p.call(ctx, "GET", "/api/v1/conversations/"+conversation+"/emoji", nil, &out)
		var names []string
		for _, e := range out.Items {
			names = append(names, e.Name)
		}
		return strings.Join(names, " ") == want, err
	})
}

// EmojiNamed returns the name of the picture that a custom emoji has, empty for no such emoji.
func (p *Person) EmojiNamed(ctx context.Context, conversation, name string) (picture string, err error) {
	var out struct {
		Items []struct {
			Name    string `json:"name"`
			Picture string `json:"picture"`
		} `json:"items"`
	}
	err = p.call(ctx, "GET", "/api/v1/conversations/"+conversation+"/emoji", nil, &out)
	for _, e := range out.Items {
		if e.Name == name {
			picture = e.Picture
		}
	}
	return picture, err
}

// EmojiPicture asks for the picture of a custom emoji.
func (p *Person) EmojiPicture(ctx context.Context, conversation, name string) ([]byte, error) {
	content, _, err := p.served(ctx, "/api/v1/conversations/"+conversation+"/emoji/"+name+"/picture")
	return content, err
}
