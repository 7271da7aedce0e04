package nodetest

import "context"

// Delete takes a message away, for "me" or "everyone".
func (p *Person) Delete(ctx context.Context, conversation, message, whom string) error {
	return p.call(ctx, "DELETE", "/api/v1/conversations/"+conversation+"/messages/"+message+"?for="+whom, nil, nil)
}

// Tombstone waits until a message is shown as deleted, and returns who deleted it.
func (p *Person) Tombstone(ctx context.Context, conversation, message string) (by string, err error) {
	err = Await(ctx, p.Name+" is shown that a message was deleted", func() (bool, error) {
		var page struct {
			Items []struct {
				ID      string `json:"id"`
				Kind    string `json:"kind"`
				Text    string `json:"text"`
				Deleted struct {
					By string `json:"by"`
				} `json:"deleted"`
			} `json:"items"`
		}
		err := p.call(ctx, "GET", "/api/v1/conversations/"+conversation+"/messages?limit=50", nil, &page)
		for _, m := range page.Items {
			if m.ID == message && m.Kind == "deleted" && m.Text == "" {
				by = m.Deleted.By
				return true, err
			}
		}
		return false, err
	})
	return by, err
}

// Forward sends a message on to a conversation, with the name of who wrote it.
func (p *Person) Forward(ctx context.Context, conversation, message, to string) (id string, err error) {
	var out struct {
		Items []struct {
			ID     string `json:"id"`
			Detail string `json:"detail"`
		} `json:"items"`
	}
	req := map[string]any{"to": []string{to}, "attribution": true}
	err = p.call(ctx, "POST", "/api/v1/conversations/"+conversation+"/messages/"+message+"/forward", req, &out)
	if len(out.Items) == 1 {
		id = out.Items[0].ID
	}
	return id, err
}
