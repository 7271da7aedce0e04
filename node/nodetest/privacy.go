package nodetest

import (
	"context"
)

// Types says that somebody writes in a conversation.
func (p *Person) Types(ctx context.Context, conversation string) error {
	return p.call(ctx, "POST", "/api/v1/conversations/"+conversation+"/typing", nil, nil)
}

// Chooses sets privacy settings.
func (p *Person) Chooses(ctx context.Context, settings map[string]any) error {
	return p.call(ctx, "PATCH", "/api/v1/settings/privacy", settings, nil)
}

// ChoosesFor sets privacy settings for one conversation.
func (p *Person) ChoosesFor(ctx context.Context, conversation string, settings map[string]any) error {
	return p.call(ctx, "PATCH", "/api/v1/conversations/"+conversation+"/privacy", settings, nil)
}
