package nodetest

import (
	"context"
	"time"
)

// SendLater has a message sent at a moment.
func (p *Person) SendLater(ctx context.Context, conversation, text string, at time.Time) (id string, err error) {
	var out struct {
		ID string `json:"id"`
	}
	err = p.call(ctx, "POST", "/api/v1/conversations/"+conversation+"/scheduled", map[string]any{"text": text, "at": at.UTC().Format(time.RFC3339Nano)}, &out)
	return out.ID, err
}

// Scheduled returns the texts that are to be sent later, each with its state.
func (p *Person) Scheduled(ctx context.Context) (all []string, err error) {
	var out struct {
		Items []struct {
			Text  string `json:"text"`
			State string `json:"state"`
		} `json:"items"`
	}
	err = p.call(ctx, "GET", "/api/v1/scheduled", nil, &out)
	for _, m := range out.Items {
		all = append(all, m.Text+" "+m.State)
	}
	return all, err
}

// Gets waits for a message of this text, and returns how many there are.
func (p *Person) Gets(ctx context.Context, conversation, text string) (count int, err error) {
	err = Await(ctx, p.Name+" gets "+text, func() (bool, error) {
		all, _, err := p.Messages(ctx, conversation)
		count = 0
		for _, m := range all {
			if m.Text == text {
				count++
			}
		}
		return count > 0, err
	})
	return count, err
}
