package bridge

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"conclave/node/feature"
	"conclave/node/live"
)

// document is the description of the API while it is put together.
type document struct {
	schemas huma.Registry
	doc     *huma.OpenAPI
}

func newDocument() *document {
	setUp()
	schemas := huma.NewMapRegistry(schemaPrefix, newNames().name)
	return &document{schemas: schemas, doc: &huma.OpenAPI{
		OpenAPI: "3.1.0",
		Info: &huma.Info{
			Title: "Conclave", Version: "1",
			Description: "The API of a Conclave node. Requests are decoded strictly: unknown fields and parameters are refused with 400. " +
				"Answers may get further fields. Times are RFC 3339 in UTC with milliseconds. Errors are problem details (RFC 9457) with a stable code.",
		},
		Components: &huma.Components{Schemas: schemas, SecuritySchemes: map[string]*huma.SecurityScheme{
			"bearer": {Type: "http", Scheme: "bearer", Description: "The token of a session."},
			"cookie": {Type: "apiKey", In: "cookie", Name: "__Host-conclave", Description: "Set by log-in for pages; the name ends with a dash and the first 8 characters of the node's peer id."},
		}},
		Security: []map[string][]string{{"bearer": {}}, {"cookie": {}}},
	}}
}

// encode completes the document and returns its JSON, the same for the same slices.
func (d *document) encode(routes []*route, frames []feature.FrameType, added []feature.Added) []byte {
	problem := d.schemas.Schema(reflect.TypeFor[Problem](), true, "")
	for _, rt := range routes {
		d.doc.AddOperation(d.operation(rt, problem))
	}
	d.live(frames, problem)
	d.message(added)
	d.open(routes)
	raw, err := json.Marshal(d.doc)
	if err != nil {
		panic(fmt.Sprintf("bridge: the description of the API cannot be encoded: %v", err))
	}
	var out bytes.Buffer
	if err := json.Indent(&out, raw, "", "  "); err != nil {
		panic(fmt.Sprintf("bridge: the description of the API is not JSON: %v", err))
	}
	out.WriteByte('\n')
	return out.Bytes()
}

// message gives the schema of messages the fields that slices add.
func (d *document) message(added []feature.Added) {
	s := d.resolve(d.schemas.Schema(reflect.TypeFor[feature.Message](), true, ""))
	for _, a := range added {
		s.Properties[a.Field] = d.schemas.Schema(a.Type, true, "")
	}
}

func (d *document) operation(rt *route, problem *huma.Schema) *huma.Operation {
	op := &huma.Operation{
		OperationID: rt.Name, Method: rt.Method, Path: rt.path, Summary: rt.Doc, Tags: []string{rt.Slice},
		Responses: map[string]*huma.Response{"default": failure(problem)},
	}
	if rt.Access == feature.Public {
		op.Security = []map[string][]string{}
	}
	for _, p := range rt.input.path {
		op.Parameters = append(op.Parameters, p.describe("path"))
	}
	for _, p := range rt.input.query {
		op.Parameters = append(op.Parameters, p.describe("query"))
	}
	if rt.Repeat {
		one, most := 1, 255
		op.Parameters = append(op.Parameters, &huma.Param{
			Name: "Idempotency-Key", In: "header", Schema: &huma.Schema{Type: huma.TypeString, MinLength: &one, MaxLength: &most},
			Description: "Repeating the call with the same key and body within a day has no further effect and gets the same answer; another body gets 409 idempotency_mismatch.",
		})
	}
	if rt.input.body != nil {
		op.RequestBody = &huma.RequestBody{Required: rt.input.wanted, Content: map[string]*huma.MediaType{"application/json": {Schema: rt.input.body}}}
	}
	res := &huma.Response{Description: http.StatusText(rt.Status)}
	if rt.Status != http.StatusNoContent && rt.Response != reflect.TypeFor[feature.Nothing]() {
		res.Content = d.content(rt)
	}
	op.Responses[strconv.Itoa(rt.Status)] = res
	if rt.Response.Implements(reflect.TypeFor[feature.Statuser]()) && rt.Status == http.StatusCreated {
		op.Responses["200"] = &huma.Response{Description: "It existed", Content: res.Content}
	}
	return op
}

// content describes what a successful operation answers.
func (d *document) content(rt *route) map[string]*huma.MediaType {
	if rt.Response == reflect.TypeFor[feature.Served]() {
		return map[string]*huma.MediaType{"image/*": {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}}
	}
	s := d.schemas.Schema(rt.Response, true, goName(rt.Name)+"Response")
	return map[string]*huma.MediaType{"application/json": {Schema: s}}
}

func (p *param) describe(in string) *huma.Param {
	return &huma.Param{Name: p.name, In: in, Required: p.required, Schema: p.schema, Description: p.field.Tag.Get("doc")}
}

func failure(problem *huma.Schema) *huma.Response {
	return &huma.Response{Description: "A problem", Content: map[string]*huma.MediaType{"application/problem+json": {Schema: problem}}}
}

// live describes the frames, and the two ways to get them.
func (d *document) live(frames []feature.FrameType, problem *huma.Schema) {
	one := func(name, doc string, data *huma.Schema) *huma.Schema {
		s := &huma.Schema{
			Type: huma.TypeObject, Description: doc, Required: []string{"seq", "type", "data"},
			Properties: map[string]*huma.Schema{
				"seq":  {Type: huma.TypeInteger, Format: "int64", Description: "goes into ?since= to resume after this frame"},
				"type": {Type: huma.TypeString, Const: name},
				"data": data,
			},
		}
		d.schemas.Map()[goName(name)+"Frame"] = s
		return &huma.Schema{Ref: schemaPrefix + goName(name) + "Frame"}
	}
	nothing := &huma.Schema{Type: huma.TypeObject}
	all := &huma.Schema{Description: "What live connections send.", Discriminator: &huma.Discriminator{PropertyName: "type", Mapping: map[string]string{}}}
	list := []feature.FrameType{
		{Name: "hello", Doc: "The first frame: from here on nothing is missed."},
		{Name: "resync", Doc: "What was missed is not known any more: fetch again."},
		{Name: "restart", Doc: "The node restarts: the connection is closed next. Connect again after the delay.", Data: reflect.TypeFor[live.Return]()},
	}
	sorted := slices.Clone(frames)
	slices.SortFunc(sorted, func(a, b feature.FrameType) int { return strings.Compare(a.Name, b.Name) })
	for _, f := range append(list, sorted...) {
		data := nothing
		if f.Data != nil {
			data = d.schemas.Schema(f.Data, true, goName(f.Name)+"Data")
		}
		ref := one(f.Name, f.Doc, data)
		all.OneOf = append(all.OneOf, ref)
		all.Discriminator.Mapping[f.Name] = ref.Ref
	}
	d.schemas.Map()["LiveFrame"] = all
	frame := &huma.Schema{Ref: schemaPrefix + "LiveFrame"}
	since := &huma.Param{Name: "since", In: "query", Schema: &huma.Schema{Type: huma.TypeInteger, Format: "int64"}, Description: "number of the last frame that was seen"}
	d.doc.AddOperation(&huma.Operation{
		OperationID: "live.connect", Method: http.MethodGet, Path: livePath, Tags: []string{"live"}, Parameters: []*huma.Param{since},
		Summary:     "WebSocket of live frames, each a text message.",
		Description: "Close codes: 4401 the session was revoked, 4008 the client reads too slowly, 1012 the node restarts and said when to come back.",
		Responses: map[string]*huma.Response{
			"101":     {Description: "Switching Protocols", Content: map[string]*huma.MediaType{"application/json": {Schema: frame}}},
			"default": failure(problem),
		},
	})
	d.doc.AddOperation(&huma.Operation{
		OperationID: "live.events", Method: http.MethodGet, Path: eventsPath, Tags: []string{"live"}, Parameters: []*huma.Param{since},
		Summary:     "The same frames as server-sent events; Last-Event-ID resumes.",
		Description: "Before the stream ends an event named close tells the code in its data.",
		Responses: map[string]*huma.Response{
			"200":     {Description: "OK", Content: map[string]*huma.MediaType{"text/event-stream": {Schema: frame}}},
			"default": failure(problem),
		},
	})
}

func (b *Bridge) serveOpenAPI(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(b.openapi)
}
