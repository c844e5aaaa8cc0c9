package main

import (
	"bytes"
	"context"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"gotest.tools/v3/assert"

	"github.com/devrev/scim/services/internal/apiclient"
)

var repeated = apiclient.Problem{
	Type: "urn:devrev:scim:problem:repeated", Title: "The request was done before", Status: http.StatusConflict,
	Detail:    "A request with this Idempotency-Key has made the token k3J9xQ2mZr7B already, and a token is shown only once. If you never received it, rotate it.",
	RequestID: "GQWZ4PSH2NJ7A3RLTYXKMCVBUE",
}

func issued() apiclient.Issued {
	return apiclient.Issued{Token: apiclient.Token{ID: "k3J9xQ2mZr7B", Name: "Okta", State: apiclient.Live}, Secret: testSecret}
}

func TestALostAnswerMakesNoSecondToken(t *testing.T) {
	for command, args := range map[string][]string{
		"/tokens":        {"issue", "--name", "Okta"},
		"/tokens/rotate": {"rotate", "--current", "0J8sQ2mXc4Vb"},
	} {
		f := serve(t, func(n int, w http.ResponseWriter, _ *http.Request) {
			if n == 0 {
				hangUp(w)
			}
			refuseWith(w, repeated)
		})
		got := invoke(t, args...)
		if asked := f.asked(); len(asked) != 2 || asked[0] != "POST "+command || asked[1] != asked[0] {
			t.Errorf("%s: it asked %v, want the same twice", args[0], asked)
		}
		if keys := f.keys(); len(keys) != 1 || keys[0] == "" {
			t.Errorf("%s: the keys are %q, want one", args[0], keys)
		}
		if got.code != refused || got.stdout != "" || !strings.Contains(got.stderr, repeated.Detail) || !strings.Contains(got.stderr, repeated.RequestID) {
			t.Errorf("%s: it ended with %+v, want what the service says", args[0], got)
		}
	}
}

func TestEachInvocationHasAKeyOfItsOwn(t *testing.T) {
	f := serve(t, func(_ int, w http.ResponseWriter, _ *http.Request) { answerWith(w, http.StatusCreated, issued()) })
	invoke(t, "issue", "--name", "Okta")
	invoke(t, "issue", "--name", "Okta")
	if keys := f.keys(); len(keys) != 2 {
		t.Errorf("the keys are %q, want two", keys)
	}
}

func TestAnAnswerThatBreaksOffIsALostOne(t *testing.T) {
	f := serve(t, func(n int, w http.ResponseWriter, _ *http.Request) {
		if n == 0 {
			w.Header().Set("Content-Length", "1000")
			_, _ = w.Write([]byte(`{"enabled":true,`))
			return
		}
		answerWith(w, http.StatusOK, apiclient.Status{Enabled: true})
	})
	if got := invoke(t, "status"); got.code != done || len(f.asked()) != 2 {
		t.Errorf("it ended with %+v after %v", got, f.asked())
	}
}

func TestPatienceIsWhatTheServiceAsksFor(t *testing.T) {
	unavailableFor := func(w http.ResponseWriter, seconds string) {
		w.Header().Set("Retry-After", seconds)
		refuseWith(w, notNow)
	}
	f := serve(t, func(n int, w http.ResponseWriter, _ *http.Request) {
		if n < 2 {
			unavailableFor(w, "1")
			return
		}
		answerWith(w, http.StatusCreated, issued())
	})
	begun := time.Now()
	got := invoke(t, "issue", "--name", "Okta")
	if got.code != done || got.stdout != testSecret+"\n" || len(f.asked()) != 3 || len(f.keys()) != 1 {
		t.Errorf("it ended with %+v after %v", got, f.asked())
	}
	if took := time.Since(begun); took < 2*time.Second {
		t.Errorf("three attempts took %s, though the service asked for a second between them", took)
	}

	f = serve(t, func(_ int, w http.ResponseWriter, _ *http.Request) { unavailableFor(w, "60") })
	got = invoke(t, "status", "--timeout", "2s")
	if got.code != unavailable || len(f.asked()) != 1 || !strings.Contains(got.stderr, "Not possible at the moment") {
		t.Errorf("more patience than --timeout allows: it ended with %+v after %v", got, f.asked())
	}
}

func TestARefusalIsFinal(t *testing.T) {
	for status, want := range map[int]exitCode{
		400: refused, 401: notAllowed, 403: notAllowed, 404: refused, 409: refused, 413: refused, 429: refused, 500: unavailable, 503: unavailable,
	} {
		f := serve(t, func(_ int, w http.ResponseWriter, _ *http.Request) {
			if status == http.StatusTooManyRequests {
				w.Header().Set("Retry-After", "1")
			}
			refuseWith(w, apiclient.Problem{Title: "No", Status: status})
		})
		if got := invoke(t, "list"); got.code != want || len(f.asked()) != 1 || got.stderr != "scimctl: No\n" {
			t.Errorf("%d: it ended with %+v after %v, want code %d after one request", status, got, f.asked(), want)
		}
	}
}

func TestTheCredentialIsReadAnewForEveryRequest(t *testing.T) {
	path := filepath.Join(t.TempDir(), "credential")
	write := func(s string) {
		assert.NilError(t, os.WriteFile(path, []byte(s), 0o600))
	}
	var seen []string
	serve(t, func(n int, w http.ResponseWriter, r *http.Request) {
		seen = append(seen, r.Header.Get("Authorization"))
		write("second\n")
		if n == 0 {
			hangUp(w)
		}
		answerWith(w, http.StatusOK, apiclient.Status{})
	})
	write("first")
	t.Setenv(tokenVariable, "")
	t.Setenv(tokenFileVariable, path)
	if got := invoke(t, "status"); got.code != done || !slices.Equal(seen, []string{"Bearer first", "Bearer second"}) {
		t.Errorf("it ended with %+v and sent %q", got, seen)
	}
}

func TestAnInterruptedRequestHasAnUnknownFate(t *testing.T) {
	ctx, interrupt := context.WithCancel(t.Context())
	release := make(chan struct{})
	serve(t, func(int, http.ResponseWriter, *http.Request) { interrupt(); <-release })
	defer close(release)
	var stdout, stderr bytes.Buffer
	code := run(ctx, []string{"issue", "--name", "Okta"}, &stdout, &stderr)
	if code != interrupted || stdout.Len() != 0 || !strings.Contains(stderr.String(), "Whether a token was made is not known") {
		t.Errorf("it ended with code %d and said %s", code, &stderr)
	}
}

func TestAnExportThatFallsSilentEnds(t *testing.T) {
	release := make(chan struct{})
	serve(t, func(_ int, w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte("{}\n"))
		_ = http.NewResponseController(w).Flush()
		<-release
	})
	defer close(release)
	got := invoke(t, "audit", "export", filepath.Join(t.TempDir(), "audit.ndjson"), "--timeout", "200ms")
	if got.code != unavailable || got.stderr != "scimctl: no answer from the service in time\n" {
		t.Errorf("it ended with %+v", got)
	}
}
