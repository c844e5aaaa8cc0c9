package door

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/devrev/scim/services/internal/access/accesstest"
)

// FuzzRequest holds what is true of every answer, whatever the request: no fault of ours (5xx),
// JSON of its kind, the two fixed headers, and the same status on the embedded file as on Redis and
// MongoDB.
//
// head is a request line and header lines, which may be broken by LF alone; placeholders such as
// {token} and {user} stand for what a wiring has. Where neither Content-Length nor
// Transfer-Encoding is among the headers, the length of body is added.
func FuzzRequest(f *testing.F) {
	for _, seed := range seeds(f) {
		f.Add(seed.head, []byte(seed.body), seed.strict)
	}
	idp := accesstest.New(f)
	both := wirings(f, idp)
	organisations, asked := 0, 0
	furnished := map[bool]bool{}
	ids := map[bool][]map[string]string{}
	f.Fuzz(func(t *testing.T, head string, body []byte, strict bool) {
		if !furnished[strict] {
			organisations++
			ids[strict] = nil
			for _, w := range both {
				w.furnish(t, idp, "org-"+strconv.Itoa(organisations), fmt.Sprintf(`{"strict":%t}`, strict))
				ids[strict] = append(ids[strict], w.ids)
			}
			furnished[strict] = true
		}
		asked++
		var answers []*httptest.ResponseRecorder
		for i, w := range both {
			r := request(head, body, ids[strict][i])
			if r == nil {
				t.Skip("net/http refuses it")
			}
			r.RemoteAddr = fmt.Sprintf("10.%d.%d.%d:443", asked>>16&255, asked>>8&255, asked&255) // who guesses is stopped by address
			method, path := r.Method, r.URL.Path
			answer := httptest.NewRecorder()
			w.serve.ServeHTTP(answer, r.WithContext(t.Context()))
			if problem := wrong(method, path, answer); problem != "" {
				t.Fatalf("%s: %s\n%s\n%s\n\n%d %v\n%s", w.name, problem, head, body, answer.Code, answer.Header(), answer.Body)
			}
			answers = append(answers, answer)
			if method != http.MethodGet && method != http.MethodHead && answer.Code < http.StatusBadRequest {
				furnished[strict] = false // the next request finds what this one found
			}
		}
		if one, other := answers[0], answers[1]; one.Code != other.Code && one.Code != http.StatusTooManyRequests && other.Code != http.StatusTooManyRequests {
			t.Fatalf("%s\n%s\n\n%s: %d %s\n%s: %d %s", head, body, both[0].name, one.Code, one.Body, both[1].name, other.Code, other.Body)
		}
	})
}

// request reads a request as net/http's server does; nil if that answers itself.
func request(head string, body []byte, ids map[string]string) *http.Request {
	for name, id := range ids {
		head = strings.ReplaceAll(head, name, id)
		body = bytes.ReplaceAll(body, []byte(name), []byte(id))
	}
	head = strings.ReplaceAll(strings.ReplaceAll(strings.TrimRight(head, "\r\n"), "\r\n", "\n"), "\n", "\r\n") + "\r\nHost: scim.example.com\r\n"
	if lower := strings.ToLower(head); !strings.Contains(lower, "\r\ncontent-length:") && !strings.Contains(lower, "\r\ntransfer-encoding:") {
		head += "Content-Length: " + strconv.Itoa(len(body)) + "\r\n"
	}
	r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(head + "\r\n" + string(body))))
	if err != nil || r.ProtoMajor != 1 || len(r.Header) > 100 {
		return nil
	}
	for _, values := range r.Header {
		if slices.ContainsFunc(values, func(v string) bool {
			return strings.ContainsFunc(v, func(c rune) bool { return c < 128 && unicode.IsControl(c) && c != '\t' })
		}) {
			return nil
		}
	}
	return r
}

// wrong returns what is wrong with an answer, "" if nothing is.
func wrong(method, path string, a *httptest.ResponseRecorder) string {
	api := strings.HasPrefix("/"+strings.TrimLeft(path, "/"), "/api/v1")
	notImplemented := a.Code == http.StatusNotImplemented && !api && strings.Trim(path, "/") == "scim/v2/Me" // RFC 7644 section 3.11
	if a.Code >= http.StatusInternalServerError && !notImplemented {
		return "a fault of ours"
	}
	for name, want := range map[string]string{"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"} {
		if got := a.Header().Get(name); got != want {
			return name + " is " + got
		}
	}
	if a.Code == http.StatusNoContent || a.Code == http.StatusNotModified || method == http.MethodHead {
		if a.Body.Len() > 0 {
			return "a body where none may be"
		}
		return ""
	}
	kind := a.Header().Get("Content-Type")
	switch {
	case api && a.Code >= http.StatusBadRequest && kind != "application/problem+json",
		api && a.Code < http.StatusBadRequest && kind != "application/json; charset=utf-8" && kind != "application/x-ndjson",
		!api && kind != "application/scim+json; charset=utf-8":
		return "the Content-Type is " + kind
	case kind == "application/x-ndjson":
		for line := range bytes.Lines(a.Body.Bytes()) {
			if !json.Valid(line) {
				return "a line that is not JSON"
			}
		}
		return ""
	}
	var document map[string]any
	if err := json.Unmarshal(a.Body.Bytes(), &document); err != nil {
		return "the body is not a JSON object: " + err.Error()
	}
	if a.Code >= http.StatusBadRequest && document["status"] == nil {
		return "an error without its status"
	}
	return ""
}

// seed is one request of the corpus.
type seed struct {
	head, body string
	strict     bool
}

// seeds returns the corpus: every request of the dialogues, and what a client could do wrong, each
// in an organisation that is lenient and in one that is strict.
func seeds(tb testing.TB) []seed {
	tb.Helper()
	var all []seed
	add := func(head, body string) { all = append(all, seed{head, body, false}, seed{head, body, true}) }
	files, err := filepath.Glob("../testdata/*/*.txtar")
	if err != nil || len(files) == 0 {
		tb.Fatalf("no dialogues: %v", err)
	}
	known := strings.NewReplacer("<id1>", "{user}", "<id2>", "{group}", "<id3>", "{group}", "<token>", "{token}")
	seen := map[string]bool{}
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		must(tb, err)
		for _, section := range archive.Files {
			request := known.Replace(string(section.Data))
			if section.Name != "request" || seen[request] {
				continue
			}
			seen[request] = true
			head, body, _ := strings.Cut(request, "\n\n")
			method, rest, _ := strings.Cut(head, " ")
			path, headers, _ := strings.Cut(rest, "\n")
			head = method + " /scim/v2" + path + " HTTP/1.1\n" + headers
			if !strings.Contains(headers, "Authorization:") {
				head += "\nAuthorization: Bearer {token}"
			}
			add(head, strings.TrimSpace(body))
		}
	}
	for _, s := range hostile {
		for _, target := range s.targets {
			head := s.method + " " + target + " HTTP/1.1\n" + s.headers
			add(head, s.body)
		}
	}
	return all
}
