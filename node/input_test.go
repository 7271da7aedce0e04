package node_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"conclave/node"
	"conclave/node/feature"
	"conclave/node/nodetest"
	"conclave/protocol"
	"conclave/storage"
)

const canary = "canary-4f1d93"

// house is a node with people: an owner, who talks with a victim, and a plain member who also talks with the owner.
type house struct {
	*nodetest.Home
	owner, member, victim person
	talk                  string // of the owner and the member
	said                  string // a message in it
	hidden, secret        string // the conversation of owner and victim, and a message in it
	circle, door          string // a group of the member and the owner, and an invitation to it
	ring                  string // a group of the victim
	hers                  string // a session of the victim
	invite                string
	revoked, suspended    string // tokens that opened a session once
}

type person struct{ acct, token string }

// request is one call. Empty parts stand for none.
type request struct {
	method, path, token, kind string
	body                      []byte
	header                    http.Header
}

func (h *house) send(r request) *httptest.ResponseRecorder {
	in := httptest.NewRequest(r.method, "http://localhost"+r.path, bytes.NewReader(r.body))
	in.RemoteAddr = "127.0.0.1:1"
	maps.Copy(in.Header, r.header)
	if r.token != "" {
		in.Header.Set("Authorization", "Bearer "+r.token)
	}
	if r.kind != "" {
		in.Header.Set("Content-Type", r.kind)
	}
	out := httptest.NewRecorder()
	h.Bridge.Handler().ServeHTTP(out, in)
	return out
}

// ask makes a call that has to succeed.
func (h *house) ask(t *testing.T, token, method, path string, body any) map[string]any {
	t.Helper()
	r := request{method: method, path: "/api/v1" + path, token: token}
	if body != nil {
		raw, err := json.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}
		r.body, r.kind = raw, "application/json"
	}
	w := h.send(r)
	if w.Code >= 300 {
		t.Fatalf("%s %s: got %d %s", method, path, w.Code, w.Body)
	}
	out := map[string]any{}
	if w.Body.Len() > 0 {
		if err := json.Unmarshal(w.Body.Bytes(), &out); err != nil {
			t.Fatalf("%s %s: %v", method, path, err)
		}
	}
	return out
}

func text(v map[string]any, path ...string) string {
	for _, p := range path[:len(path)-1] {
		v, _ = v[p].(map[string]any)
	}
	s, _ := v[path[len(path)-1]].(string)
	return s
}

func (h *house) join(t *testing.T, right, token, name string) person {
	t.Helper()
	out := h.ask(t, "", "POST", "/accounts", map[string]string{"name": name, "passphrase": nodetest.Passphrase, right: token})
	return person{text(out, "account", "acct"), text(out, "token")}
}

func newHouse(t *testing.T) *house {
	t.Helper()
	home, err := nodetest.Start(t.Context(), node.Config{Listen: []string{}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := home.Close(); err != nil {
			t.Error(err)
		}
	})
	h := &house{Home: home}
	h.owner = h.join(t, "setup_token", h.SetupToken(), "olga")
	invite := h.ask(t, h.owner.token, "POST", "/admin/invites", map[string]int{"max_uses": 10})
	h.invite = text(invite, "id")
	h.member = h.join(t, "invite", text(invite, "token"), "mia")
	h.victim = h.join(t, "invite", text(invite, "token"), "vic")
	sue := h.join(t, "invite", text(invite, "token"), "sue")

	link := text(h.ask(t, h.owner.token, "GET", "/me", nil), "contact_link")
	talk := func(p person) (conversation, message string) {
		contact := h.ask(t, p.token, "POST", "/contacts", map[string]string{"link": link})
		c := text(contact, "conversation")
		return c, text(h.ask(t, p.token, "POST", "/conversations/"+c+"/messages", map[string]string{"text": "hello"}), "id")
	}
	h.talk, h.said = talk(h.member)
	h.hidden, h.secret = talk(h.victim)
	group := func(p person, name string, others ...string) string {
		return text(h.ask(t, p.token, "POST", "/conversations", map[string]any{"kind": "group", "name": name, "members": append([]string{}, others...)}), "id")
	}
	h.circle, h.ring = group(h.member, "Circle", h.owner.acct), group(h.victim, "Ring")
	h.door = text(h.ask(t, h.member.token, "POST", "/conversations/"+h.circle+"/invites", map[string]any{}), "id")
	sessions := h.ask(t, h.victim.token, "GET", "/sessions", nil)["items"].([]any)
	h.hers = text(sessions[0].(map[string]any), "id")

	again := h.ask(t, "", "POST", "/sessions", map[string]string{"name": "mia", "passphrase": nodetest.Passphrase})
	h.revoked = text(again, "token")
	h.ask(t, h.revoked, "DELETE", "/sessions/current", nil)
	h.ask(t, h.owner.token, "PUT", "/admin/accounts/"+sue.acct+"/suspended", map[string]any{"suspended": true})
	h.suspended = sue.token
	h.settle(t)
	return h
}

// settle waits until what follows the commits is committed too.
func (h *house) settle(t *testing.T) {
	t.Helper()
	link := h.hidden
	err := nodetest.Await(t.Context(), "both contacts are answered", func() (bool, error) {
		out := h.ask(t, h.owner.token, "GET", "/conversations/"+link+"/messages", nil)
		own := h.ask(t, h.owner.token, "GET", "/conversations/"+h.talk+"/messages", nil)
		ring := h.ask(t, h.victim.token, "GET", "/conversations/"+h.ring+"/messages", nil)
		names := 0
		for key := range h.rows(t) {
			if key[0] == byte(storage.Profile) {
				names++
			}
		}
		// A name stands with each of the four accounts, twice in both direct conversations, twice in the circle and once in the ring.
		return names == 4+2*2+2+1 && len(out["items"].([]any)) == 3 && len(own["items"].([]any)) == 3 && len(ring["items"].([]any)) == 1, nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func (h *house) rows(t *testing.T) map[string][32]byte {
	t.Helper()
	rows, err := h.Rows()
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// refused sends a request and wants a problem with one of the statuses, and an unchanged store.
func (h *house) refused(t *testing.T, name string, r request, want ...int) {
	t.Helper()
	before := h.rows(t)
	w := h.send(r)
	var p struct {
		Type, Title, Detail, Code string
		Status                    int
	}
	err := json.Unmarshal(w.Body.Bytes(), &p)
	switch {
	case !slices.Contains(want, w.Code):
		t.Errorf("%s: got %d %s, want %v", name, w.Code, w.Body, want)
	case err != nil || w.Header().Get("Content-Type") != "application/problem+json":
		t.Errorf("%s: got %q %s, want a problem", name, w.Header().Get("Content-Type"), w.Body)
	case p.Status != w.Code || p.Code == "" || p.Detail == "" || p.Title == "" || p.Type != "about:blank":
		t.Errorf("%s: got the problem %s with status %d, want all of its fields", name, w.Body, w.Code)
	case strings.Contains(w.Body.String(), canary):
		t.Errorf("%s: the problem repeats what was sent: %s", name, w.Body)
	case w.Header().Get("Content-Security-Policy") == "" || w.Header().Get("X-Content-Type-Options") != "nosniff" || w.Header().Get("Cache-Control") != "no-store" ||
		w.Header().Get("Referrer-Policy") != "no-referrer" || w.Header().Get("Access-Control-Allow-Origin") != "":
		t.Errorf("%s: got the headers %v, want those that every answer of the API has", name, w.Header())
	case w.Header().Get("Set-Cookie") != "":
		t.Errorf("%s: a refusal sets the cookie %s", name, w.Header().Get("Set-Cookie"))
	}
	if after := h.rows(t); !maps.Equal(before, after) {
		t.Errorf("%s: the store changed: %s", name, difference(before, after))
	}
}

func difference(before, after map[string][32]byte) string {
	var out []string
	for k := range after {
		if old, was := before[k]; !was {
			out = append(out, fmt.Sprintf("new row in table %d", k[0]))
		} else if old != after[k] {
			out = append(out, fmt.Sprintf("other row in table %d", k[0]))
		}
	}
	return fmt.Sprintf("%d rows before, %d after: %s", len(before), len(after), strings.Join(out, ", "))
}

// shape is what is wanted of an operation's request, read from its type.
type shape struct {
	feature.Operation
	params, query []reflect.StructField
	fields        []reflect.StructField // of the body
}

func shapeOf(op feature.Operation) shape {
	s := shape{Operation: op}
	for _, f := range reflect.VisibleFields(op.Request) {
		switch {
		case f.Anonymous || !f.IsExported():
		case f.Tag.Get("path") != "":
			s.params = append(s.params, f)
		case f.Tag.Get("query") != "":
			s.query = append(s.query, f)
		default:
			s.fields = append(s.fields, f)
		}
	}
	return s
}

func nameOf(f reflect.StructField) string {
	name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
	return name
}

func optional(f reflect.StructField) bool { return strings.Contains(f.Tag.Get("json"), ",omitempty") }

// kindOf is what a field holds, behind a pointer or not.
func kindOf(f reflect.StructField) reflect.Kind {
	if f.Type.Kind() == reflect.Pointer {
		return f.Type.Elem().Kind()
	}
	return f.Type.Kind()
}

// valid is a body that passes validation.
func (h *house) valid(s shape) map[string]any {
	body := map[string]any{}
	for _, f := range s.fields {
		switch {
		case f.Type == reflect.TypeFor[[]protocol.Account]():
			body[nameOf(f)] = []string{h.owner.acct}
		case f.Type == reflect.TypeFor[[]protocol.Log]():
			body[nameOf(f)] = []string{h.talk}
		case f.Type == reflect.TypeFor[*time.Time]():
			body[nameOf(f)] = "2026-01-02T03:04:05Z"
		case f.Type == reflect.TypeFor[time.Time]():
			body[nameOf(f)] = time.Now().Add(time.Hour).Format(time.RFC3339)
		case nameOf(f) == "folders" || nameOf(f) == "hours" || nameOf(f) == "options":
			body[nameOf(f)] = []string{}
		case nameOf(f) == "picture" && kindOf(f) == reflect.String:
			body[nameOf(f)] = "data:image/gif;base64,R0lGODlhAQABAAAAACw="
		case f.Type == reflect.TypeFor[protocol.Account]():
			body[nameOf(f)] = h.owner.acct
		case f.Type == reflect.TypeFor[protocol.Log]():
			body[nameOf(f)] = h.talk
		case f.Type == reflect.TypeFor[protocol.EventID]():
			body[nameOf(f)] = h.said
		case kindOf(f) == reflect.Struct && optional(f): // what a message may be sent with besides its text
		case f.Tag.Get("enum") != "":
			body[nameOf(f)], _, _ = strings.Cut(f.Tag.Get("enum"), ",")
		case kindOf(f) == reflect.Bool:
			body[nameOf(f)] = true
		case kindOf(f) == reflect.Int, kindOf(f) == reflect.Float64:
			body[nameOf(f)] = 1
		default:
			body[nameOf(f)] = canary
		}
	}
	return body
}

// token is that of somebody who may call.
func (h *house) token(op feature.Operation) string {
	switch op.Access {
	case feature.Public:
		return ""
	case feature.Owner:
		return h.owner.token
	}
	return h.member.token
}

// own are the ids that the caller may name.
func (h *house) own(s shape) string {
	path := s.Path
	for _, p := range s.params {
		path = strings.ReplaceAll(path, "{"+p.Tag.Get("path")+"}", h.ids(s, p)[0])
	}
	return path
}

// ids are a parameter's values: one that the caller may name, then those of others and of none.
func (h *house) ids(s shape, p reflect.StructField) []string {
	none := strings.Repeat("A", 43)
	bad := []string{"x", "%00", "..", "%ff", "a%2Fb", strings.Repeat("a", 5000), h.talk + "A", strings.ToUpper(h.talk)}
	switch {
	case p.Type == reflect.TypeFor[protocol.Log]() && ofGroup(s):
		return append([]string{h.circle, h.ring, protocol.Log{9}.String(), h.said, h.owner.acct}, bad...)
	case p.Type == reflect.TypeFor[protocol.Log]():
		return append([]string{h.talk, h.hidden, protocol.Log{9}.String(), h.said, h.owner.acct}, bad...)
	case p.Type == reflect.TypeFor[protocol.EventID]():
		return append([]string{h.said, h.secret, protocol.EventID{9}.String(), h.talk, h.owner.acct}, bad...)
	case p.Type == reflect.TypeFor[protocol.Account]() && s.Access == feature.Owner:
		return append([]string{h.member.acct, protocol.Account{9}.String(), h.talk, h.said}, bad...)
	case p.Type == reflect.TypeFor[protocol.Account]() && strings.HasPrefix(s.Name, "member."):
		return append([]string{h.owner.acct, h.victim.acct, protocol.Account{9}.String(), h.talk}, bad...)
	case p.Type == reflect.TypeFor[protocol.Account]() && s.Access == feature.Session:
		return append([]string{h.owner.acct, h.victim.acct, h.member.acct, protocol.Account{9}.String(), h.talk}, bad...)
	case p.Tag.Get("path") == "emoji":
		return append([]string{"%F0%9F%91%8D", "%F0%9F%91%8D%F0%9F%91%8D", ":party:", "ok"}, bad...)
	case s.Name == "session.close":
		return append([]string{"current", h.hers, strings.Repeat("0", 32), h.owner.acct}, bad...)
	case s.Name == "link.revoke":
		return append([]string{h.door, strings.Repeat("0", 32), h.hers}, bad...)
	case s.Name == "invite.delete":
		return append([]string{h.invite, strings.Repeat("0", 32), h.hers}, bad...)
	}
	return append([]string{none, none}, bad...) // where nothing is hidden: what is not there
}

// ofGroup tells whether an operation is about a group only.
func ofGroup(s shape) bool {
	return s.Method == http.MethodPatch || slices.ContainsFunc([]string{"/members", "/invites", "/requests", "/policy", "/transfer"}, func(part string) bool {
		return strings.Contains(s.Path, part)
	})
}

// nothing is the answer for what is not there, and for what is there for others only.
const nothing = `{"type":"about:blank","title":"Not Found","status":404,"detail":"There is nothing here that you can see.","code":"not_found"}`

func encode(t *testing.T, v any) []byte {
	t.Helper()
	raw, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func TestWrongInputIsRefusedAndChangesNothing(t *testing.T) {
	h := newHouse(t)
	ops := h.Registry().Operations()
	if len(ops) < 30 {
		t.Fatalf("got %d operations, want those of all slices", len(ops))
	}
	for _, op := range ops {
		t.Run(op.Name, func(t *testing.T) {
			s := shapeOf(op)
			h.wrongBodies(t, s)
			h.wrongFields(t, s)
			h.wrongQueries(t, s)
			h.wrongPeople(t, s)
			h.wrongIDs(t, s)
		})
	}
}

func (h *house) wrongBodies(t *testing.T, s shape) {
	t.Helper()
	r := request{method: s.Method, path: h.route(s), token: h.token(s.Operation), kind: "application/json"}
	good := encode(t, h.valid(s))
	with := func(body string) request { r := r; r.body = []byte(body); return r }
	for _, body := range []string{"{", "}", "[]", `"x"`, "1", "nul", "{} {}", string(good) + "x", `{"a":1,}`, "{'a':1}", "\xef\xbb\xbf" + string(good), "\x00"} {
		h.refused(t, fmt.Sprintf("body %.20q", body), with(body), 400)
	}
	more := h.valid(s)
	more["unheard_of"] = canary
	h.refused(t, "an unknown field", with(string(encode(t, more))), 400)
	h.refused(t, "a field in capitals", with(strings.ToUpper(string(encode(t, more)))), 400)
	h.refused(t, "nested too deep", with(strings.Repeat("[", 10_000)+strings.Repeat("]", 10_000)), 400)
	h.refused(t, "deep in a field", with(`{"a":`+strings.Repeat("[", 10_000)+strings.Repeat("]", 10_000)+"}"), 400)
	h.refused(t, "1 MiB and 1", with(`{"a":"`+strings.Repeat("a", 1<<20+1-8)+`"}`), 413)
	for _, kind := range []string{"", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x",
		"application/json; charset=latin1", "application/jsonp", "application/json, text/plain", ";"} {
		r := with(string(good))
		r.kind = kind
		h.refused(t, fmt.Sprintf("content type %q", kind), r, 415)
	}
	zipped := with(string(good))
	zipped.header = http.Header{"Content-Encoding": {"gzip"}}
	h.refused(t, "a zipped body", zipped, 415)
	if len(s.fields) == 0 {
		h.refused(t, "a body where none is wanted", with(`{"a":1}`), 400)
		return
	}
	if slices.ContainsFunc(s.fields, func(f reflect.StructField) bool { return !optional(f) }) {
		h.refused(t, "an empty object", with("{}"), 400)
		none := with("")
		none.kind = ""
		h.refused(t, "no body", none, 400)
	}
}

func (h *house) wrongFields(t *testing.T, s shape) {
	t.Helper()
	r := request{method: s.Method, path: h.route(s), token: h.token(s.Operation), kind: "application/json"}
	for _, f := range s.fields {
		name := nameOf(f)
		try := func(what string, value any, want ...int) {
			t.Helper()
			body := h.valid(s)
			body[name] = value
			r := r
			r.body = encode(t, body)
			h.refused(t, name+": "+what, r, want...)
		}
		raw := func(what, value string, want ...int) {
			t.Helper()
			body := h.valid(s)
			body[name] = "@"
			r := r
			r.body = bytes.Replace(encode(t, body), []byte(`"@"`), []byte(value), 1)
			h.refused(t, name+": "+what, r, want...)
		}
		try("null", nil, 400)
		try("a list", []any{canary}, 400)
		try("an object", map[string]any{"a": canary}, 400)
		if kindOf(f) != reflect.Int && kindOf(f) != reflect.Float64 {
			try("a number", 7, 400)
		}
		if kindOf(f) != reflect.Bool {
			try("a boolean", true, 400)
		}
		if kindOf(f) == reflect.Int {
			try("a fraction", 1.5, 400)
			try("negative", -1, 400)
			raw("huge", "1e400", 400)
			raw("out of range", "99999999999999999999", 400)
		}
		if kindOf(f) == reflect.Float64 { // the only ones are places on the earth
			try("out of range", 181, 400)
			raw("huge", "1e400", 400)
			raw("no number", "NaN", 400)
		}
		if k := kindOf(f); k == reflect.Int || k == reflect.Bool || k == reflect.Float64 {
			try("a text", canary, 400)
		} else {
			try("60,001 bytes", strings.Repeat("x", protocol.MaxText+1), 400, 413)
			raw("no UTF-8", "\"\xff\xfe\"", 400)
			raw("half a pair", `"\ud800"`, 400)
			raw("a raw line end", "\"a\nb\"", 400)
		}
		if f.Tag.Get("enum") != "" || f.Type.Kind() == reflect.Array {
			try("another word", canary, 400)
			try("empty", "", 400)
		}
		raw("twice", fmt.Sprintf(`"a",%q:"b"`, name), 400)
		raw("twice, once as \\u", fmt.Sprintf(`"a","\u%04x%s":"b"`, name[0], name[1:]), 400)
		if !optional(f) {
			body := h.valid(s)
			delete(body, name)
			r := r
			r.body = encode(t, body)
			h.refused(t, name+": missing", r, 400)
		}
	}
}

// path is under the API's prefix unless it says otherwise.
func (h *house) route(s shape) string { return under(h.own(s)) }

func under(path string) string {
	if strings.HasPrefix(path, "/api/") || strings.HasPrefix(path, "/.well-known/") {
		return path
	}
	return "/api/v1" + path
}

// good is a call that is valid in all but what a case changes.
func (h *house) good(t *testing.T, s shape) request {
	r := request{method: s.Method, path: h.route(s), token: h.token(s.Operation)}
	if len(s.fields) > 0 {
		r.kind, r.body = "application/json", encode(t, h.valid(s))
	}
	return r
}

func (h *house) wrongQueries(t *testing.T, s shape) {
	t.Helper()
	queries := []string{"unheard_of=" + canary, "a=1&a=2", "%zz", "a;b", "since=1"}
	for _, q := range s.query {
		name := q.Tag.Get("query")
		queries = append(queries, name+"=1&"+name+"=1", name+"="+strings.Repeat("x", 5000), name+"=%ff", name+"=%00")
		if name != "query" { // which is any text
			queries = append(queries, name+"="+canary)
		}
		if q.Type.Kind() == reflect.Int {
			queries = append(queries, name+"=", name+"=0", name+"=-1", name+"=201", name+"=1.5", name+"=99999999999999999999")
		}
	}
	for _, q := range queries {
		r := h.good(t, s)
		r.path += "?" + q
		h.refused(t, fmt.Sprintf("query %.40q", q), r, 400)
	}
}

func (h *house) wrongPeople(t *testing.T, s shape) {
	t.Helper()
	foreign := h.good(t, s)
	foreign.header = http.Header{"Sec-Fetch-Site": {"cross-site"}, "Origin": {"https://evil.example"}}
	if s.Method != http.MethodGet {
		h.refused(t, "from another site", foreign, 403)
	}
	other := h.good(t, s)
	other.method = http.MethodTrace
	h.refused(t, "TRACE", other, 405)
	other.method, other.header = http.MethodOptions, http.Header{"Origin": {"https://evil.example"}, "Access-Control-Request-Method": {s.Method}}
	h.refused(t, "OPTIONS", other, 403, 405)
	if s.Access == feature.Public {
		return
	}
	for name, token := range map[string]string{
		"no session": "", "garbage": canary, "a long token": strings.Repeat("a", 8000), "a revoked session": h.revoked,
		"a suspended account": h.suspended, "the id of a session": h.hers, "another case": strings.ToUpper(h.member.token),
	} {
		r := h.good(t, s)
		r.token = token
		h.refused(t, name, r, 401)
		r.body, r.kind = []byte("{"), "application/json"
		h.refused(t, name+" and no JSON", r, 401)
	}
	if s.Access == feature.Owner {
		r := h.good(t, s)
		r.token = h.member.token
		h.refused(t, "a plain member", r, 403)
		r.body, r.kind = []byte("{"), "application/json"
		h.refused(t, "a plain member and no JSON", r, 403)
	}
}

func (h *house) wrongIDs(t *testing.T, s shape) {
	t.Helper()
	for _, p := range s.params {
		param := "{" + p.Tag.Get("path") + "}"
		for _, id := range h.ids(s, p)[1:] {
			path := s.Path
			for _, other := range s.params {
				value := h.ids(s, other)[0]
				if other.Name == p.Name {
					value = id
				}
				path = strings.ReplaceAll(path, "{"+other.Tag.Get("path")+"}", value)
			}
			if strings.Contains(path, "..") {
				continue // the router cleans it away before any operation
			}
			r := h.good(t, s)
			r.path = under(path)
			h.refused(t, fmt.Sprintf("%s = %.30s", param, id), r, 404)
			if got := h.send(r).Body.String(); got != nothing {
				t.Errorf("%s = %.30s: got %s, want what is answered for all that is not there", param, id, got)
			}
		}
	}
	for _, f := range s.fields {
		var ids []string
		switch f.Type {
		case reflect.TypeFor[protocol.Account]():
			ids = []string{h.victim.acct, protocol.Account{9}.String()}
			if s.Name == "member.add" {
				ids = ids[1:] // people of one node may add one another
			}
		case reflect.TypeFor[protocol.EventID]():
			ids = []string{h.secret, protocol.EventID{9}.String()}
		}
		for _, id := range ids {
			body := h.valid(s)
			body[nameOf(f)] = id
			r := h.good(t, s)
			r.body = encode(t, body)
			h.refused(t, fmt.Sprintf("%s = %.30s", nameOf(f), id), r, 404)
		}
	}
}

// TestRefusalsByState is about requests that are right in form, and wrong for who asks or for what is.
func TestRefusalsByState(t *testing.T) {
	h := newHouse(t)
	messages := "/api/v1/conversations/" + h.talk + "/messages"
	pass := nodetest.Passphrase
	invite := h.ask(t, h.owner.token, "POST", "/admin/invites", map[string]int{"max_uses": 1})
	link := text(h.ask(t, h.member.token, "GET", "/me", nil), "contact_link")
	keyed := http.Header{"Idempotency-Key": {"a key with spaces"}}
	for _, c := range []struct {
		name, method, path, token string
		body                      any
		header                    http.Header
		status                    int
		code                      string
	}{
		{"an empty text", "POST", messages, h.member.token, map[string]string{"text": ""}, nil, 400, "text_empty"},
		{"60,001 bytes", "POST", messages, h.member.token, map[string]string{"text": strings.Repeat("x", protocol.MaxText+1)}, nil, 413, "text_too_long"},
		{"60,001 bytes in 20,001 characters", "POST", messages, h.member.token, map[string]string{"text": strings.Repeat("€", 20_000) + "x"}, nil, 413, "text_too_long"},
		{"a key with spaces", "POST", messages, h.member.token, map[string]string{"text": canary}, keyed, 400, "bad_request"},
		{"a text for others", "POST", "/api/v1/conversations/" + h.hidden + "/messages", h.member.token, map[string]string{"text": canary}, nil, 404, "not_found"},
		{"a retry of what did not fail", "POST", messages + "/" + h.said + "/retry", h.member.token, nil, nil, 404, "not_found"},
		{"a conversation with oneself", "POST", "/api/v1/conversations", h.member.token, map[string]string{"kind": "direct", "with": h.member.acct}, nil, 409, "conflict"},
		{"a contact with oneself", "POST", "/api/v1/contacts", h.member.token, map[string]string{"link": link}, nil, 409, "yourself"},
		{"link and address", "POST", "/api/v1/contacts", h.member.token, map[string]string{"link": link, "address": "a@b"}, nil, 400, "bad_request"},
		{"no link", "POST", "/api/v1/contacts", h.member.token, map[string]string{"link": canary}, nil, 400, "not_a_link"},
		{"accepting a contact's own request", "POST", "/api/v1/contacts/" + h.victim.acct + "/accept", h.member.token, nil, nil, 404, "not_found"},
		{"a set-up token too late", "POST", "/api/v1/accounts", "", map[string]string{"name": "new", "passphrase": pass, "setup_token": canary}, nil, 409, "already_claimed"},
		{"no invitation", "POST", "/api/v1/accounts", "", map[string]string{"name": "new", "passphrase": pass}, nil, 403, "invite_invalid"},
		{"a wrong invitation", "POST", "/api/v1/accounts", "", map[string]string{"name": "new", "passphrase": pass, "invite": canary}, nil, 403, "invite_invalid"},
		{"the id of an invitation", "POST", "/api/v1/accounts", "", map[string]string{"name": "new", "passphrase": pass, "invite": h.invite}, nil, 403, "invite_invalid"},
		{"a name that is taken", "POST", "/api/v1/accounts", "", map[string]string{"name": "vic", "passphrase": pass, "invite": text(invite, "token")}, nil, 409, "name_taken"},
		{"a name with capitals", "POST", "/api/v1/accounts", "", map[string]string{"name": "Vic", "passphrase": pass, "invite": text(invite, "token")}, nil, 400, "bad_request"},
		{"a weak passphrase", "POST", "/api/v1/accounts", "", map[string]string{"name": "new", "passphrase": "password", "invite": text(invite, "token")}, nil, 400, "passphrase_weak"},
		{"129 characters", "POST", "/api/v1/accounts", "", map[string]string{"name": "new", "passphrase": strings.Repeat("aö", 64) + "b", "invite": text(invite, "token")}, nil, 400, "passphrase_weak"},
		{"a display name with a line end", "POST", "/api/v1/accounts", "", map[string]string{"name": "new", "passphrase": pass, "display_name": "a\nb", "invite": text(invite, "token")}, nil, 400, "bad_request"},
		{"a wrong passphrase", "POST", "/api/v1/sessions", "", map[string]string{"name": "vic", "passphrase": canary}, nil, 401, "wrong_credentials"},
		{"an unknown name", "POST", "/api/v1/sessions", "", map[string]string{"name": "nobody", "passphrase": pass}, nil, 401, "wrong_credentials"},
		{"a suspended account", "POST", "/api/v1/sessions", "", map[string]string{"name": "sue", "passphrase": pass}, nil, 403, "suspended"},
		{"a suspended account and a wrong passphrase", "POST", "/api/v1/sessions", "", map[string]string{"name": "sue", "passphrase": canary}, nil, 401, "wrong_credentials"},
		{"no recovery key", "POST", "/api/v1/recoveries", "", map[string]string{"name": "vic", "recovery_key": canary, "passphrase": pass}, nil, 401, "recovery_key_wrong"},
		{"a wrong old passphrase", "PUT", "/api/v1/me/passphrase", h.member.token, map[string]string{"old": canary, "new": "something else 1"}, nil, 401, "wrong_credentials"},
		{"a weak new passphrase", "PUT", "/api/v1/me/passphrase", h.member.token, map[string]string{"old": pass, "new": "short"}, nil, 400, "passphrase_weak"},
		{"sealing with a wrong passphrase", "PUT", "/api/v1/me/sealed", h.member.token, map[string]any{"sealed": true, "passphrase": canary}, nil, 401, "wrong_credentials"},
		{"the recovery key with a wrong passphrase", "POST", "/api/v1/me/recovery-key", h.member.token, map[string]string{"passphrase": canary}, nil, 401, "wrong_credentials"},
		{"a group of a key that was not shown", "PUT", "/api/v1/me/recovery-key", h.member.token, map[string]any{"group": 1, "text": "AAAA"}, nil, 400, "recovery_group_wrong"},
		{"the last owner", "PUT", "/api/v1/admin/accounts/" + h.owner.acct + "/suspended", h.owner.token, map[string]any{"suspended": true}, nil, 409, "last_owner"},
		{"no such call", "GET", "/api/v1/nothing", h.member.token, nil, nil, 404, "not_found"},
		{"another version", "GET", "/api/v2/me", h.member.token, nil, nil, 404, "not_found"},
		{"a method that is none", "BREW", "/api/v1/me", h.member.token, nil, nil, 405, "method_not_allowed"},
	} {
		r := request{method: c.method, path: c.path, token: c.token, header: c.header}
		if c.body != nil {
			r.body, r.kind = encode(t, c.body), "application/json"
		}
		h.refused(t, c.name, r, c.status)
		if got := h.send(r); !strings.Contains(got.Body.String(), `"code":"`+c.code+`"`) {
			t.Errorf("%s: got %s, want the code %s", c.name, got.Body, c.code)
		}
	}
}

func TestOneKeyIsOneMessage(t *testing.T) {
	h := newHouse(t)
	r := request{method: "POST", path: "/api/v1/conversations/" + h.talk + "/messages", token: h.member.token, kind: "application/json",
		body: []byte(`{"text":"once"}`), header: http.Header{"Idempotency-Key": {"k1"}}}
	first := h.send(r)
	if first.Code != 202 {
		t.Fatalf("got %d %s, want 202", first.Code, first.Body)
	}
	before := h.rows(t)
	if again := h.send(r); again.Code != 202 || again.Body.String() != first.Body.String() {
		t.Errorf("sent again: got %d %s, want the same message as %s", again.Code, again.Body, first.Body)
	}
	if after := h.rows(t); !maps.Equal(before, after) {
		t.Errorf("sent again, the store changed: %s", difference(before, after))
	}
	other := r
	other.body = []byte(`{"text":"twice"}`)
	h.refused(t, "another text under the key", other, 409)
	elsewhere := r
	elsewhere.path = "/api/v1/conversations/" + h.hidden + "/messages"
	h.refused(t, "a conversation of others under the key", elsewhere, 404)
}
