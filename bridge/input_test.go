package bridge_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"conclave/protocol"
)

func TestWrongInputIsRefusedAndChangesNothing(t *testing.T) {
	n := newNode(t)
	mine := n.addNote(t, "ana", "first")
	deep := strings.Repeat(`[`, 100_000)
	unknown := protocol.EventID{1}.String()
	post := func(body string, h ...string) request { return request{"POST", "/api/v1/notes", body, as("ana", h...)} }
	for name, c := range map[string]struct {
		request
		status int
		code   string
	}{
		"no body":                  {post(``), 400, "bad_request"},
		"not JSON":                 {post(`text`), 400, "bad_request"},
		"cut off":                  {post(`{"text":"a"`), 400, "bad_request"},
		"something behind":         {post(`{"text":"a"} {}`), 400, "bad_request"},
		"a comma behind":           {post(`{"text":"a"},`), 400, "bad_request"},
		"a list":                   {post(`["text"]`), 400, "bad_request"},
		"null":                     {post(`null`), 400, "bad_request"},
		"empty object":             {post(`{}`), 400, "bad_request"},
		"unknown field":            {post(`{"text":"a","extra":1}`), 400, "bad_request"},
		"other spelling":           {post(`{"TEXT":"a"}`), 400, "bad_request"},
		"both spellings":           {post(`{"text":"a","Text":"b"}`), 400, "bad_request"},
		"doubled key":              {post(`{"text":"a","text":"b"}`), 400, "bad_request"},
		"doubled by escape":        {post(`{"text":"a","te\u0078t":"b"}`), 400, "bad_request"},
		"number for text":          {post(`{"text":1}`), 400, "bad_request"},
		"null for text":            {post(`{"text":null}`), 400, "bad_request"},
		"null for an optional":     {post(`{"text":"a","level":null}`), 400, "bad_request"},
		"null in a list":           {post(`{"text":"a","tags":["a",null]}`), 400, "bad_request"},
		"null within":              {post(`{"text":"a","where":{"lat":null}}`), 400, "bad_request"},
		"object for text":          {post(`{"text":{}}`), 400, "bad_request"},
		"fraction for int":         {post(`{"text":"a","level":1.5}`), 400, "bad_request"},
		"huge int":                 {post(`{"text":"a","level":1e999}`), 400, "bad_request"},
		"int out of bounds":        {post(`{"text":"a","level":10}`), 400, "bad_request"},
		"not of the enum":          {post(`{"text":"a","color":"green"}`), 400, "bad_request"},
		"too many items":           {post(`{"text":"a","tags":["a","b","c","d"]}`), 400, "bad_request"},
		"too long an item":         {post(`{"text":"a","tags":["abcdef"]}`), 400, "bad_request"},
		"unknown nested field":     {post(`{"text":"a","where":{"lat":1,"x":2}}`), 400, "bad_request"},
		"nested twice":             {post(`{"text":"a","where":{"lat":1,"lat":2}}`), 400, "bad_request"},
		"invalid UTF-8":            {post("{\"text\":\"\xff\"}"), 400, "not_utf8"},
		"overlong UTF-8":           {post("{\"text\":\"\xc0\xaf\"}"), 400, "not_utf8"},
		"half a surrogate":         {post(`{"text":"\ud83d"}`), 400, "not_utf8"},
		"halves the wrong way":     {post(`{"text":"\ude00\ud83d"}`), 400, "not_utf8"},
		"half, then an escape":     {post(`{"text":"\ud83d\u0041"}`), 400, "not_utf8"},
		"raw control character":    {post("{\"text\":\"a\nb\"}"), 400, "bad_request"},
		"byte order mark":          {post("\ufeff{\"text\":\"a\"}"), 400, "bad_request"},
		"very deep":                {post(deep), 400, "bad_request"},
		"deep in a field":          {post(`{"text":"a","tags":` + strings.Repeat(`[`, 40) + strings.Repeat(`]`, 40) + `}`), 400, "bad_request"},
		"over a mebibyte":          {post(`{"text":"` + strings.Repeat("a", 1<<20) + `"}`), 413, "too_large"},
		"over-long text":           {post(`{"text":"` + strings.Repeat("a", 60_001) + `"}`), 413, "text_too_long"},
		"form":                     {post(`text=a`, "Content-Type", "application/x-www-form-urlencoded"), 415, "unsupported_media_type"},
		"text/plain":               {post(`{"text":"a"}`, "Content-Type", "text/plain"), 415, "unsupported_media_type"},
		"no type":                  {post(`{"text":"a"}`, "Content-Type", ""), 415, "unsupported_media_type"},
		"other charset":            {post(`{"text":"a"}`, "Content-Type", "application/json; charset=latin1"), 415, "unsupported_media_type"},
		"compressed":               {post(`{"text":"a"}`, "Content-Encoding", "gzip"), 415, "unsupported_media_type"},
		"long idempotency key":     {post(`{"text":"a"}`, "Idempotency-Key", strings.Repeat("k", 256)), 400, "bad_request"},
		"idempotency key of words": {post(`{"text":"a"}`, "Idempotency-Key", "a b"), 400, "bad_request"},
		"body where none is taken": {request{"POST", "/api/v1/notes/" + mine + "/touch", `{"x":1}`, as("ana")}, 400, "bad_request"},
		"unknown parameter":        {request{"GET", "/api/v1/notes?limits=1", "", as("ana")}, 400, "bad_request"},
		"parameter twice":          {request{"GET", "/api/v1/notes?limit=1&limit=2", "", as("ana")}, 400, "bad_request"},
		"parameter of wrong type":  {request{"GET", "/api/v1/notes?limit=many", "", as("ana")}, 400, "bad_request"},
		"parameter out of bounds":  {request{"GET", "/api/v1/notes?limit=201", "", as("ana")}, 400, "bad_request"},
		"limit of nothing":         {request{"GET", "/api/v1/notes?limit=0", "", as("ana")}, 400, "bad_request"},
		"id as parameter":          {request{"GET", "/api/v1/notes?before=m_x", "", as("ana")}, 400, "bad_request"},
		"bad escape in the query":  {request{"GET", "/api/v1/notes?limit=%zz", "", as("ana")}, 400, "bad_request"},
		"semicolon in the query":   {request{"GET", "/api/v1/notes?limit=1;all=true", "", as("ana")}, 400, "bad_request"},
		"id that is none":          {request{"GET", "/api/v1/notes/m_short", "", as("ana")}, 404, "not_found"},
		"id of another kind":       {request{"GET", "/api/v1/notes/" + protocol.Account{1}.String(), "", as("ana")}, 404, "not_found"},
		"unknown id":               {request{"GET", "/api/v1/notes/" + unknown, "", as("ana")}, 404, "not_found"},
		"foreign id":               {request{"GET", "/api/v1/notes/" + mine, "", as("ben")}, 404, "not_found"},
		"foreign id to change":     {request{"PUT", "/api/v1/notes/" + mine, `{"text":"mine"}`, as("ben")}, 404, "not_found"},
		"traversal":                {request{"GET", "/api/v1/notes/..%2f..%2fetc%2fpasswd", "", as("ana")}, 404, "not_found"},
		"NUL in the path":          {request{"GET", "/api/v1/notes/%00", "", as("ana")}, 404, "not_found"},
		"unknown path":             {request{"GET", "/api/v1/nothing", "", as("ana")}, 404, "not_found"},
		"unknown version":          {request{"GET", "/api/v2/notes", "", as("ana")}, 404, "not_found"},
		"no session":               {request{"POST", "/api/v1/notes", `{"text":"a"}`, nil}, 401, "no_session"},
		"unknown token":            {request{"POST", "/api/v1/notes", `{"text":"a"}`, head("Authorization", "Bearer nobody")}, 401, "no_session"},
		"very long token":          {request{"POST", "/api/v1/notes", `{"text":"a"}`, head("Authorization", "Bearer "+strings.Repeat("a", 9000))}, 401, "no_session"},
		"basic authentication":     {request{"POST", "/api/v1/notes", `{"text":"a"}`, head("Authorization", "Basic YTpi")}, 401, "no_session"},
		"not the owner":            {request{"DELETE", "/api/v1/admin/notes", "", as("ben")}, 403, "forbidden"},
		"no session for the owner": {request{"DELETE", "/api/v1/admin/notes", "", nil}, 401, "no_session"},
		"short passphrase":         {request{"POST", "/api/v1/sessions", `{"name":"ana","passphrase":"short"}`, nil}, 400, "bad_request"},
		"wrong passphrase":         {request{"POST", "/api/v1/sessions", `{"name":"ana","passphrase":"wrong horse"}`, nil}, 401, "wrong_credentials"},
	} {
		t.Run(name, func(t *testing.T) {
			before := n.state()
			n.refused(t, c.request, c.status, c.code)
			if after := n.state(); after != before {
				t.Errorf("the state changed from %s to %s", before, after)
			}
		})
	}
}

func TestWrongMethodsAreToldWhichAreRight(t *testing.T) {
	n := newNode(t)
	for path, want := range map[string]string{
		"/api/v1/notes": "GET, HEAD, POST", "/api/v1/sessions": "POST", "/api/v1/live": "GET, HEAD", "/api/openapi.json": "GET, HEAD", "/livez": "GET, HEAD", "/": "GET, HEAD",
	} {
		for _, method := range []string{"PATCH", "OPTIONS", "TRACE", "BREW"} {
			n.refused(t, request{method, path, "", as("ana")}, 405, "method_not_allowed")
			res, _ := n.do(t, request{method, path, "", as("ana")})
			if got := res.Header.Get("Allow"); got != want {
				t.Errorf("%s %s: got Allow %q, want %q", method, path, got, want)
			}
		}
	}
}

func TestProblemsSayWhatIsWrongWhere(t *testing.T) {
	n := newNode(t)
	p := n.refused(t, request{"POST", "/api/v1/notes", `{"text":"a","level":10,"where":{"lat":"x"}}`, as("ana")}, 400, "bad_request")
	got := map[string]bool{}
	for _, e := range p.Errors {
		got[e.Location] = e.Message != ""
	}
	if !got["body.level"] || !got["body.where.lat"] || len(got) != 2 {
		t.Errorf("got errors %v, want body.level and body.where.lat", p.Errors)
	}
	p = n.refused(t, request{"GET", "/api/v1/notes?limit=0", "", as("ana")}, 400, "bad_request")
	if len(p.Errors) != 1 || p.Errors[0].Location != "query.limit" {
		t.Errorf("got errors %v, want query.limit", p.Errors)
	}
}

func TestTextIsKeptByteForByte(t *testing.T) {
	n := newNode(t)
	for _, text := range []string{" spaces ", "tab\tnewline\ncarriage\r", "\x00\x01\x1f\x7f", "é e\u0301 \u202e \ufeff", "😀 \ufffd", "<script>&amp;\u2028", `\ud83d in words`} {
		id := n.addNote(t, "ana", text)
		var got Note
		if err := json.Unmarshal([]byte(n.ok(t, request{"GET", "/api/v1/notes/" + id, "", as("ana")}, 200)), &got); err != nil {
			t.Fatal(err)
		}
		if got.Text != text {
			t.Errorf("got %q, want %q", got.Text, text)
		}
	}
	n.ok(t, request{"POST", "/api/v1/notes", `{"text":"\ud83d\ude00 \\ud83d"}`, as("ana")}, 201)
}

func TestAnswersHaveOneForm(t *testing.T) {
	n := newNode(t)
	if got, want := n.ok(t, request{"GET", "/api/v1/notes", "", as("ben")}, 200), `{"items":[]}`; got != want {
		t.Errorf("got an empty list %s, want %s", got, want)
	}
	id := n.addNote(t, "ana", "a")
	body := n.ok(t, request{"GET", "/api/v1/notes/" + id, "", as("ana")}, 200)
	if !strings.Contains(body, `"tags":[]`) || !strings.Contains(body, `"at":"2023-11-14T22:13:20.123Z"`) {
		t.Errorf("got %s, want a list and a time in UTC with milliseconds", body)
	}
	if got := n.ok(t, request{"PUT", "/api/v1/notes/" + id, `{"text":"b"}`, as("ana")}, 200); !strings.Contains(got, id) {
		t.Errorf("got %s, want the id %s", got, id)
	}
	if got := n.ok(t, request{"POST", "/api/v1/notes/" + id + "/touch", ``, as("ana")}, 204); got != "" {
		t.Errorf("got a body %q with a 204", got)
	}
	n.ok(t, request{"POST", "/api/v1/notes/" + id + "/touch", `{}`, as("ana")}, 204)
	res, body := n.do(t, request{"HEAD", "/api/v1/notes/" + id, "", as("ana")})
	if res.StatusCode != http.StatusOK || body != "" {
		t.Errorf("HEAD: got %d %q, want 200 without a body", res.StatusCode, body)
	}
}
