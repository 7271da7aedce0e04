package nodetest

import (
	"context"
	"fmt"
	"io"
	"net/http"
)

// SendPicture sends a picture, given as a data URL, with a text.
func (p *Person) SendPicture(ctx context.Context, conversation, text, data string) (message string, err error) {
	var out struct {
		ID string `json:"id"`
	}
	body := map[string]any{"text": text, "picture": map[string]any{"data": data, "alt": "what is to be seen"}}
	err = p.call(ctx, "POST", "/api/v1/conversations/"+conversation+"/messages", body, &out)
	return out.ID, err
}

// Picture asks for the picture of a message, and returns it with the headers that it is served with.
func (p *Person) Picture(ctx context.Context, conversation, message string) (content []byte, headers http.Header, err error) {
	return p.served(ctx, "/api/v1/conversations/"+conversation+"/messages/"+message+"/picture")
}

// served asks for what is served as it is.
func (p *Person) served(ctx context.Context, path string) (content []byte, headers http.Header, err error) {
	r, err := http.NewRequestWithContext(ctx, "GET", p.site.base+path, nil)
	if err != nil {
		return nil, nil, err
	}
	r.Header.Set("Authorization", "Bearer "+p.Token)
	answer, err := p.site.client.Do(r)
	if err != nil {
		return nil, nil, err
	}
	defer answer.Body.Close()
	content, err = io.ReadAll(io.LimitReader(answer.Body, maxAnswer))
	if err == nil && answer.StatusCode != http.StatusOK {
		err = fmt.Errorf("picture: %d %s", answer.StatusCode, content)
	}
	return content, answer.Header, err
}
