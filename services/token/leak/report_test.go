package leak_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/devrev/scim/libs/token"
	"github.com/devrev/scim/services/token/leak"
	"github.com/devrev/scim/services/token/leak/leaktest"
)

func TestDecodeFindsTokens(t *testing.T) {
	t.Parallel()
	good, mistyped := token.New(token.NewTag()), token.New(token.NewTag()).Reveal()
	mistyped = mistyped[:len(mistyped)-1] + string(mistyped[len(mistyped)-1]^1)
	matches, err := leak.Decode(leaktest.Body(
		t,
		leaktest.Found{Token: good.Reveal(), Type: "devrev_scim", URL: "https://github.com/example/r/blob/0123456/a.txt", Source: "content"},
		leaktest.Found{Token: mistyped, Type: "devrev_scim"},
	))
	if err != nil || len(matches) != 2 {
		t.Fatalf("got %d matches, %v", len(matches), err)
	}
	if !matches[0].Token.Equal(good) || matches[0].Source != "content https://github.com/example/r/blob/0123456/a.txt" || matches[0].Type != "devrev_scim" {
		t.Errorf("got %+v", matches[0])
	}
	if matches[1].Token.ID() != "" || matches[1].Source != "unknown" {
		t.Errorf("mistyped: got %+v", matches[1])
	}
	for i, text := range []string{good.Reveal(), mistyped} {
		if sum := sha256.Sum256([]byte(text)); matches[i].Hash != hex.EncodeToString(sum[:]) {
			t.Errorf("match %d has the hash %s", i, matches[i].Hash)
		}
	}
}

func TestDecodeRefuses(t *testing.T) {
	t.Parallel()
	list := func(n int) string { return "[" + strings.TrimSuffix(strings.Repeat(`{},`, n), ",") + "]" }
	for _, tt := range []struct {
		rule, body string
		want       error
	}{
		{"the most", list(leak.MaxMatches), nil},
		{"nothing found", `[]`, nil},
		{"unknown members", `[{"token":"t","new":{"a":[1]}}]`, nil},
		{"one more than the most", list(leak.MaxMatches + 1), leak.ErrTooMany},
		{"no body", ``, leak.ErrMalformed},
		{"an object", `{"token":"t"}`, leak.ErrMalformed},
		{"null", `null`, leak.ErrMalformed},
		{"a token that is not a string", `[{"token":7}]`, leak.ErrMalformed},
		{"a match that is not an object", `["secret"]`, leak.ErrMalformed},
		{"an array without end", `[{"token":"secret"}`, leak.ErrMalformed},
		{"more behind the array", `[] []`, leak.ErrMalformed},
	} {
		_, err := leak.Decode([]byte(tt.body))
		if !errors.Is(err, tt.want) {
			t.Errorf("%s: got %v, want %v", tt.rule, err, tt.want)
		}
		if err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: the error quotes the report: %v", tt.rule, err)
		}
	}
}

func TestSourceHoldsNothingToBeAfraidOf(t *testing.T) {
	t.Parallel()
	text := token.New(token.NewTag()).Reveal()
	for _, tt := range []struct{ rule, kind, url, want string }{
		{"a file", "Content", "https://github.com/example/r/blob/0123456/dir/a%20b.txt", "content https://github.com/example/r/blob/0123456/dir/a%20b.txt"},
		{"no URL, as GitHub may have it", "npm", "", "npm"},
		{"an unknown kind", "<script>", "https://github.com/e", "unknown https://github.com/e"},
		{"query and fragment go", "commit", "https://github.com/e?secret=1#secret", "commit https://github.com/e"},
		{"credentials go", "commit", "https://user:secret@github.com/e", "commit https://github.com/e"},
		{"other letters are escaped", "commit", "https://github.com/größe\"<", "commit https://github.com/gr%C3%B6%C3%9Fe%22%3C"},
		{"not of the web", "commit", "javascript:alert(1)", "commit"},
		{"a host with other letters", "commit", "https://gıthub.com/e", "commit"},
		{"a line break", "commit", "https://github.com/e\nx", "commit"},
		{"no URL at all", "commit", "some_url", "commit"},
		{"a token in it", "commit", "https://github.com/e/" + text, "commit"},
		{"a token in it, escaped", "commit", "https://github.com/e/%64" + text[1:], "commit"},
		{"too long", "commit", "https://github.com/" + strings.Repeat("e", 400), "commit"},
	} {
		matches, err := leak.Decode(leaktest.Body(t, leaktest.Found{Source: tt.kind, URL: tt.url}))
		if err != nil || matches[0].Source != tt.want {
			t.Errorf("%s: got %+v, %v; want %q", tt.rule, matches, err, tt.want)
		}
	}
}

func FuzzDecode(f *testing.F) {
	text := token.New(token.NewTag()).Reveal()
	for _, seed := range []string{
		`[]`, `[{}]`, `[{"token":"t","type":"t","url":"https://github.com/e","source":"commit"}]`, `[{"token":"` + text + `"}]`, `[[[[`, `{"a":`, "[{\"token\":\"\xff\"}]",
		`[{"url":"https://a/%2f%zz?q#f"}]`, `[{"url":"http://[::1]/"}]`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		before := bytes.Clone(body)
		matches, err := leak.Decode(body)
		if !bytes.Equal(before, body) {
			t.Fatal("the body was changed")
		}
		if err != nil {
			if matches != nil || !errors.Is(err, leak.ErrMalformed) && !errors.Is(err, leak.ErrTooMany) {
				t.Fatalf("got %d matches and %v", len(matches), err)
			}
			return
		}
		var all []json.RawMessage
		if err := json.Unmarshal(body, &all); err != nil || len(all) != len(matches) {
			t.Fatalf("%d matches of %d: %v", len(matches), len(all), err)
		}
		for _, m := range matches {
			if len(m.Hash) != 2*sha256.Size {
				t.Fatalf("hash %q", m.Hash)
			}
			printable := func(r rune) bool { return r >= ' ' && r <= '~' }
			if m.Source == "" || len(m.Source) > 512 || strings.TrimFunc(m.Source, printable) != "" || strings.ContainsAny(m.Source, `"<>?#\`) {
				t.Fatalf("source %q", m.Source)
			}
		}
	})
}
