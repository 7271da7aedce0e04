package feature

import (
	"context"
	"fmt"
	"reflect"

	"conclave/protocol"
)

// Operation is one call of the API. The HTTP route, the OpenAPI description, the command line and tests all use the same value.
//
// Request structs name where their fields come from: `path:"conversation"`, `query:"before"`, else the JSON body by
// `json:"…"`. Bounds and texts are tags too: `maxLength`, `minLength`, `maximum`, `minimum`, `enum`, `doc`, `required`.
// A request type without body fields has no body. A response of type Nothing has status 204.
type Operation struct {
	Name     string // "message.send"
	Slice    string
	Method   string
	Path     string
	Doc      string
	Access   Access
	Status   int // of success: 200, 201, 202 or 204
	Bucket   Bucket
	Repeat   bool // honours Idempotency-Key
	Opens    bool // its response carries a new session's token: implements SessionOpener
	Request  reflect.Type
	Response reflect.Type
	call     func(context.Context, any) (any, error)
}

// Call runs the operation; req has the type Request. A disk that is full or has failed is ErrDiskFull or ErrReadOnly.
func (o Operation) Call(ctx context.Context, req any) (any, error) {
	res, err := o.call(ctx, req)
	return res, ofDisk(err)
}

// Access says who may call.
type Access int

// Who may call: anybody, an account with a session, the owner of the node.
const (
	Session Access = iota
	Public
	Owner
)

// Bucket names the rate limit that a call draws from.
type Bucket string

// Rate limits (feature 13.11).
const (
	BucketAPI      Bucket = "api"
	BucketMessages Bucket = "messages"
	BucketAuth     Bucket = "auth"
	BucketPreviews Bucket = "previews"
)

// Nothing is the response of an operation that only succeeds.
type Nothing struct{}

// List is a page of items; Next goes into ?before= for the page before it.
type List[T any] struct {
	Items []T    `json:"items" nullable:"false"`
	Next  string `json:"next,omitempty" doc:"goes into ?before= for the page before this one"`
	Newer string `json:"newer,omitempty" doc:"of lists that can be entered anywhere: goes into ?after= for the page behind this one"`
	Total int    `json:"total,omitempty" doc:"of lists whose items have an ordinal: how many ordinals there are"`
}

// SessionOpener is a response with a new session's token; the bridge sets the page's cookie from it.
type SessionOpener interface{ SessionToken() string }

// Statuser lets a response choose another status of success, as 200 for what existed where 201 is for what is new.
type Statuser interface{ Status() int }

// Option changes an operation.
type Option func(*Operation)

// ForAnybody makes an operation callable without a session.
func ForAnybody(o *Operation) { o.Access = Public }

// ForOwner makes an operation callable by the owner of the node only.
func ForOwner(o *Operation) { o.Access = Owner }

// Creates makes success a 201.
func Creates(o *Operation) { o.Status = 201 }

// Accepts makes success a 202: durable here, on its way.
func Accepts(o *Operation) { o.Status = 202 }

// Repeatable makes the operation honour an Idempotency-Key.
func Repeatable(o *Operation) { o.Repeat = true }

// Limited draws from another rate limit than the API's.
func Limited(b Bucket) Option { return func(o *Operation) { o.Bucket = b } }

// Handle registers an operation. The name is "noun.verb", the route "METHOD /path/{parameter}".
func Handle[Req, Res any](h *Host, name, route, doc string, fn func(context.Context, Req) (Res, error), opts ...Option) {
	method, path := split(route)
	op := Operation{
		Name: name, Slice: h.slice, Method: method, Path: path, Doc: doc, Status: 200, Bucket: BucketAPI,
		Request: typeOf[Req](), Response: typeOf[Res](),
		call: func(ctx context.Context, req any) (any, error) {
			r, ok := req.(Req)
			if !ok {
				return nil, fmt.Errorf("%s wants a %v, got a %T", name, typeOf[Req](), req)
			}
			return fn(ctx, r)
		},
	}
	if op.Response == typeOf[Nothing]() {
		op.Status = 204
	}
	op.Opens = op.Response.Implements(typeOf[SessionOpener]())
	for _, o := range opts {
		o(&op)
	}
	if _, taken := h.reg.Operation(name); taken {
		panic("feature: two operations are called " + name)
	}
	h.reg.operations = append(h.reg.operations, op)
}

// Actor is who calls an operation.
type Actor struct {
	Account protocol.Account
	Session string // id of the session, empty on the control socket
	Owner   bool
	Control bool   // the call came over the node's own control socket
	Client  string // what the caller says of itself, for the list of sessions
	Remote  string // network address of the caller
}

type actorKey struct{}

// WithActor returns a context that carries who calls.
func WithActor(ctx context.Context, a Actor) context.Context {
	return context.WithValue(ctx, actorKey{}, a)
}

// ActorOf returns who calls; the zero Actor for nobody.
func ActorOf(ctx context.Context) Actor {
	a, _ := ctx.Value(actorKey{}).(Actor)
	return a
}

// AuthFunc finds the session that a token opens.
type AuthFunc func(ctx context.Context, token string) (Actor, error)

// Authenticate registers how a token becomes an Actor. One slice does.
func Authenticate(h *Host, fn AuthFunc) { h.reg.auth = fn }

// Authenticate finds the session that a token opens; ErrNoSession where there is none.
func (r *Registry) Authenticate(ctx context.Context, token string) (Actor, error) {
	if r.auth == nil || token == "" {
		return Actor{}, ErrNoSession
	}
	return r.auth(ctx, token)
}
