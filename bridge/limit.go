package bridge

import (
	"fmt"
	"math"
	"net/http"
	"strconv"
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"golang.org/x/time/rate"

	"conclave/node/feature"
)

// rule is one rate limit: so many calls in a time, and so many at once.
type rule struct {
	name  string
	calls int
	per   time.Duration
	burst int
}

// The limits of the API (docs/features.md, 13.11). Messages and API count by session, anonymous by address; authentication
// by address, or by account where there is a session.
var (
	ruleMessages  = rule{"messages", 60, time.Minute, 30}
	ruleAPI       = rule{"api", 1200, time.Minute, 200}
	ruleAnonymous = rule{"anonymous", 100, time.Minute, 30}
	rulePreviews  = rule{"previews", 20, time.Minute, 8}
	ruleAuth      = rule{"auth", 10, 15 * time.Minute, 10}
)

// counted is how many callers the limiter remembers; those who were not seen for longest start afresh.
const counted = 16384

// limiter holds the token buckets of all callers. Safe for concurrent use.
type limiter struct {
	on  bool
	now func() time.Time

	mu      sync.Mutex // makes finding and adding a bucket one step
	buckets *lru.Cache[string, *rate.Limiter]
}

func newLimiter(on bool, now func() time.Time) *limiter {
	c, err := lru.New[string, *rate.Limiter](counted)
	if err != nil {
		panic(err) // the size is a constant
	}
	return &limiter{on: on, now: now, buckets: c}
}

// take draws one call and writes the rate limit headers.
func (l *limiter) take(w http.ResponseWriter, ru rule, key string) error {
	if !l.on {
		return nil
	}
	b, now := l.bucket(ru, key), l.now()
	ok := b.AllowN(now, 1)
	tokens := math.Max(0, b.TokensAt(now))
	h := w.Header()
	h.Set("RateLimit-Limit", strconv.Itoa(ru.calls))
	h.Set("RateLimit-Policy", fmt.Sprintf("%d;w=%d;burst=%d", ru.calls, int(ru.per.Seconds()), ru.burst))
	h.Set("RateLimit-Remaining", strconv.Itoa(int(tokens)))
	h.Set("RateLimit-Reset", strconv.Itoa(seconds(float64(ru.burst)-tokens, b.Limit())))
	if ok {
		return nil
	}
	refused := *feature.ErrTooMany
	refused.Retry = time.Duration(max(1, seconds(1-tokens, b.Limit()))) * time.Second
	return &refused
}

func (l *limiter) bucket(ru rule, key string) *rate.Limiter {
	key = ru.name + " " + key
	l.mu.Lock()
	defer l.mu.Unlock()
	b, ok := l.buckets.Get(key)
	if !ok {
		b = rate.NewLimiter(rate.Limit(float64(ru.calls)/ru.per.Seconds()), ru.burst)
		l.buckets.Add(key, b)
	}
	return b
}

// seconds is how long it takes until so many tokens are back.
func seconds(tokens float64, per rate.Limit) int { return int(math.Ceil(tokens / float64(per))) }

// ruleOf is the limit of somebody with a session.
func ruleOf(b feature.Bucket) rule {
	switch b {
	case feature.BucketMessages:
		return ruleMessages
	case feature.BucketPreviews:
		return rulePreviews
	case feature.BucketAuth:
		return ruleAuth
	default:
		return ruleAPI
	}
}

// anonymous is the limit of an address.
func anonymous(b feature.Bucket) rule {
	if b == feature.BucketAuth {
		return ruleAuth
	}
	return ruleAnonymous
}

// sessionKey counts guesses of a passphrase by account, so that a new session does not give new ones.
func sessionKey(a feature.Actor, b feature.Bucket) string {
	if b == feature.BucketAuth {
		return a.Account.String()
	}
	return a.Account.String() + " " + a.Session
}
