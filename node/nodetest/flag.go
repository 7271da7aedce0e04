package nodetest

import (
	"context"
	"net/http"
	"time"
)

// Kept is how a person's list shows a conversation.
type Kept struct {
	ID     string `json:"id"`
	Order  string `json:"order"`
	Unread int    `json:"unread"`
	Flags  struct {
		Pinned       int       `json:"pinned"`
		Archived     bool      `json:"archived"`
		Hidden       bool      `json:"hidden"`
		MutedUntil   time.Time `json:"muted_until"`
		MarkedUnread bool      `json:"marked_unread"`
		Favourite    bool      `json:"favourite"`
		Folders      []string  `json:"folders"`
		Notify       string    `json:"notify"`
	} `json:"flags"`
}

// Keep changes how the person keeps a conversation.
func (p *Person) Keep(ctx context.Context, conversation string, flags map[string]any) (out Kept, err error) {
	err = p.call(ctx, http.MethodPatch, "/api/v1/conversations/"+conversation+"/flags", flags, &out)
	return out, err
}

// List returns the person's list of conversations, in its order.
func (p *Person) List(ctx context.Context) ([]Kept, error) {
	var out struct{ Items []Kept }
	err := p.call(ctx, http.MethodGet, "/api/v1/conversations", nil, &out)
	return out.Items, err
}

// Folder makes a folder.
func (p *Person) Folder(ctx context.Context, name string) (id string, err error) {
	var out struct{ ID string }
	err = p.call(ctx, http.MethodPost, "/api/v1/folders", map[string]string{"name": name}, &out)
	return out.ID, err
}
