package feature

import "context"

// Key is what a caller sent so that repeating a call does not repeat its effect. A Repeatable operation keeps, per account, the
// value with the digest and its result in the transaction of the effect, for a day: the same value and digest get the same
// result, the same value with another digest gets ErrKeyMismatch.
type Key struct {
	Value  string   // 1 to 255 visible characters
	Digest [32]byte // SHA-256 of the call, so that another call under the same value is noticed
}

// ErrKeyMismatch says that the key came with another request before.
var ErrKeyMismatch = &Error{Status: 409, Code: "idempotency_mismatch", Detail: "This idempotency key was used for another request."}

type keyKey struct{}

// WithKey returns a context that carries the key of a call.
func WithKey(ctx context.Context, k Key) context.Context { return context.WithValue(ctx, keyKey{}, k) }

// KeyOf returns the key of a call; false where the caller sent none.
func KeyOf(ctx context.Context) (Key, bool) {
	k, ok := ctx.Value(keyKey{}).(Key)
	return k, ok
}
