package nodetest

import "context"

// Edit gives an own message another text.
func (p *Person) Edit(ctx context.Context, conversation, message, text string) error {
	return p.call(ctx, "PUT", "/api/v1/conversations/"+conversation+"/messages/"+message, map[string]string{"text": text}, nil)
}

// Reads waits until a message says this.
func (p *Person) Reads(ctx context.Context, conversation, message, text string) error {
	return Await(ctx, p.Name+" reads "+text, func() (bool, error) {
		all, _, err := p.Messages(ctx, conversation)
		for _, m := range all {
			if m.ID == message {
				return m.Text == text, err
			}
		}
		return false, err
	})
}

// Versions returns the texts that a message had, oldest first.
func (p *Person) Versions(ctx context.Context, conversation, message string) (texts []string, err error) {
	var out struct {
		Items []struct {
			Text string `json:"text"`
		} `json:"items"`
	}
	err = p.call(ctx, "GET", "/api/v1/conversations/"+conversation+"/messages/"+message+"/edits", nil, &out)
	for _, v := range out.Items {
		texts = append(texts, v.Text)
	}
	return texts, err
}

// Reply says something in answer to a message.
func (p *Person) Reply(ctx context.Context, conversation, to, text string) (message string, err error) {
	var out struct {
		ID string `json:"id"`
	}
	err = p.call(ctx, "POST", "/api/v1/conversations/"+conversation+"/messages", map[string]string{"text": text, "reply_to": to}, &out)
	return out.ID, err
}

// Quoted waits for a message and returns what it quotes.
func (p *Person) Quoted(ctx context.Context, conversation, message string) (text string, deleted bool, err error) {
	if err := p.Sees(ctx, conversation, message); err != nil {
		return "", false, err
	}
	var page struct {
		Items []struct {
			ID    string `json:"id"`
			Reply struct {
				Text    string `json:"text"`
				Deleted bool   `json:"deleted"`
			} `json:"reply_to"`
		} `json:"items"`
	}
	err = p.call(ctx, "GET", "/api/v1/conversations/"+conversation+"/messages?limit=50", nil, &page)
	for _, m := range page.Items {
		if m.ID == message {
			text, deleted = m.Reply.Text, m.Reply.Deleted
		}
	}
	return text, deleted, err
}
