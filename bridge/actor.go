package bridge

import (
	"net/http"
	"unicode/utf8"

	"conclave/node/feature"
)

// maxToken is the longest token worth looking up, maxClient how much of a User-Agent is kept. Bytes.
const (
	maxToken  = 512
	maxClient = 200
)

// admit finds who calls, whether they may, and whether not too often.
func (b *Bridge) admit(w http.ResponseWriter, r *http.Request, op feature.Operation) (feature.Actor, error) {
	remote := b.remote(r)
	if op.Access == feature.Public {
		actor := feature.Actor{Client: clientOf(r), Remote: remote.String()}
		return actor, b.limits.take(w, anonymous(op.Bucket), addressKey(remote))
	}
	token, _ := b.token(r)
	actor, err := b.authenticate(w, r, token)
	if err != nil {
		return feature.Actor{}, err
	}
	if op.Access == feature.Owner && !actor.Owner {
		return feature.Actor{}, feature.ErrForbidden
	}
	return actor, b.limits.take(w, ruleOf(op.Bucket), sessionKey(actor, op.Bucket))
}

// authenticate finds the session of a token. Who has none draws from the limit of the address.
func (b *Bridge) authenticate(w http.ResponseWriter, r *http.Request, token string) (feature.Actor, error) {
	remote := b.remote(r)
	if token == "" || len(token) > maxToken {
		if err := b.limits.take(w, ruleAnonymous, addressKey(remote)); err != nil {
			return feature.Actor{}, err
		}
		return feature.Actor{}, feature.ErrNoSession
	}
	actor, err := b.Registry.Authenticate(r.Context(), token)
	if err != nil {
		if limited := b.limits.take(w, ruleAnonymous, addressKey(remote)); limited != nil {
			return feature.Actor{}, limited
		}
		return feature.Actor{}, err
	}
	actor.Client, actor.Remote = clientOf(r), remote.String()
	return actor, nil
}

func clientOf(r *http.Request) string {
	agent := r.UserAgent()
	if len(agent) > maxClient {
		agent = agent[:maxClient]
	}
	if !utf8.ValidString(agent) {
		return ""
	}
	return agent
}
