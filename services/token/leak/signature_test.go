package leak_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/devrev/scim/services/token/leak"
	"github.com/devrev/scim/services/token/leak/leaktest"
)

// TestGitHubsOwnExample has a report, its signature and the test key as in GitHub's documentation.
func TestGitHubsOwnExample(t *testing.T) {
	t.Parallel()
	const (
		body      = `[{"token":"some_token","type":"some_type","url":"some_url","source":"some_source"}]`
		id        = "f9525bf080f75b3506ca1ead061add62b8633a346606dc5fe544e29231c6ee0d"
		signature = "MEUCIFLZzeK++IhS+y276SRk2Pe5LfDrfvTXu6iwKKcFGCrvAiEAhHN2kDOhy2I6eGkOFmxNkOJ+L2y8oQ9A2T9GGJo6WJY="
		key       = `-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEsz9ugWDj5jK5ELBK42ynytbo38gP\n` +
			`HzZFI03Exwz8Lh/tCfL3YxwMdLjB+bMznsanlhK0RwcGP3IDb34kQDIo3Q==\n-----END PUBLIC KEY-----\n`
	)
	github := leaktest.New(t)
	github.Serve(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"public_keys":[{"key_identifier":"`+id+`","key":"`+key+`","is_current":true}]}`)
	})
	if err := judge(t, github.Keys(t, time.Now), id, signature, []byte(body)); err != nil {
		t.Errorf("got %v", err)
	}
}

// TestEveryOtherBodyAndSignatureIsRefused changes each byte of a report, and each character of its
// headers.
func TestEveryOtherBodyAndSignatureIsRefused(t *testing.T) {
	t.Parallel()
	github := leaktest.New(t)
	k, key := github.Keys(t, time.Now), github.Current()
	body := leaktest.Body(t, leaktest.Found{Token: "some_token", Type: "devrev", URL: "https://github.com/example", Source: "commit"})
	signature := key.Sign(t, body)
	if err := judge(t, k, key.ID, signature, body); err != nil {
		t.Fatalf("the report as it is: %v", err)
	}
	refused := 0
	want := func(rule, id, signature string, body []byte) {
		t.Helper()
		err := judge(t, k, id, signature, body)
		if !errors.Is(err, leak.ErrSignature) || errors.Is(err, leak.ErrUnavailable) {
			t.Errorf("%s: got %v", rule, err)
		}
		refused++
	}
	for i := range body {
		for _, bit := range []byte{1, 0x80} {
			other := bytes.Clone(body)
			other[i] ^= bit
			want(fmt.Sprintf("body, byte %d", i), key.ID, signature, other)
		}
		want(fmt.Sprintf("body, cut at %d", i), key.ID, signature, body[:i])
	}
	for i, c := range []byte(signature) {
		for _, other := range []byte("Aa0+/= \r\n-") {
			if c != other {
				want(fmt.Sprintf("signature, %q at %d", other, i), key.ID, signature[:i]+string(other)+signature[i+1:], body)
			}
			want(fmt.Sprintf("signature, %q before %d", other, i), key.ID, signature[:i]+string(other)+signature[i:], body)
		}
		want(fmt.Sprintf("signature, cut at %d", i), key.ID, signature[:i], body)
	}
	for i := range key.ID {
		want(fmt.Sprintf("key id, cut at %d", i), key.ID[:i], signature, body)
	}
	other := github.Rotate(t) // not listed in the keys that k has
	for rule, s := range map[string]struct {
		id, signature string
		body          []byte
	}{
		"more behind the body":          {key.ID, signature, append(bytes.Clone(body), '\n')},
		"replayed with another body":    {key.ID, signature, []byte(`[]`)},
		"no body":                       {key.ID, signature, nil},
		"of another key, under this id": {key.ID, other.Sign(t, body), body},
		"under another id":              {other.ID, signature, body},
		"on another curve":              {key.ID, github.AddP384(t).Sign(t, body), body},
		"the key id in capitals":        {strings.ToUpper(key.ID), signature, body},
		"a key id without end":          {strings.Repeat("k", 1<<20), signature, body},
		"a signature without end":       {key.ID, strings.Repeat("A", 1<<20), body},
		"nothing":                       {"", "", nil},
	} {
		want(rule, s.id, s.signature, s.body)
	}
	t.Logf("%d of %d refused", refused, refused)
}

// judge has the keys judge a report as it came: its headers, then its body.
func judge(t *testing.T, k *leak.Keys, keyID, signature string, body []byte) error {
	t.Helper()
	s, err := k.Signature(t.Context(), keyID, signature)
	if err != nil {
		return err
	}
	return s.Verify(body)
}
