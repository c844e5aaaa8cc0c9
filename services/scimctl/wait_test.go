package main

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/devrev/scim/services/internal/apiclient"
)

// rotating is a service at which each look at the old token shows the next of these verdicts, the
// last one again and again. With a nil one the service is not there.
func rotating(t *testing.T, verdicts ...*apiclient.Verdict) *fake {
	t.Helper()
	return rotatingUntil(t, func(_ int, w http.ResponseWriter) bool {
		answerWith(w, http.StatusOK, apiclient.Token{ID: "old", State: "revoked"})
		return true
	}, verdicts...)
}

// rotatingUntil is rotating, with end's answer to the nth request to end the old token. It reports
// whether that ended.
func rotatingUntil(t *testing.T, end func(n int, w http.ResponseWriter) bool, verdicts ...*apiclient.Verdict) *fake {
	t.Helper()
	looks, ends, ended := atomic.Int64{}, atomic.Int64{}, atomic.Bool{}
	return serve(t, func(_ int, w http.ResponseWriter, r *http.Request) {
		old := apiclient.Token{ID: "old", State: apiclient.Live}
		switch r.Method + " " + r.URL.Path[len("/api/v1/organisations/acme/scim/tokens"):] {
		case "GET ":
			answerWith(w, http.StatusOK, apiclient.TokenList{Tokens: []apiclient.Token{old}})
		case "POST /rotate":
			fresh := issued()
			fresh.ID, fresh.Replaces = "new", "old"
			answerWith(w, http.StatusCreated, fresh)
		case "GET /new":
			answerWith(w, http.StatusOK, apiclient.Token{ID: "new", State: apiclient.Live, LastUsedAt: time.Now()})
		case "GET /old":
			old.Verdict = verdicts[min(int(looks.Add(1)), len(verdicts))-1]
			switch {
			case ended.Load():
				answerWith(w, http.StatusOK, apiclient.Token{ID: "old", State: "revoked"})
			case old.Verdict == nil:
				refuseWith(w, notNow)
			default:
				answerWith(w, http.StatusOK, old)
			}
		case "POST /old/end":
			ended.Store(end(int(ends.Add(1)), w))
		default:
			http.NotFound(w, r)
		}
	})
}

func verdict(safe bool, reasons ...string) *apiclient.Verdict {
	return &apiclient.Verdict{Safe: safe, Successor: "new", Reasons: reasons}
}

var waiting = []string{"rotate", "--current", "old", "--wait", "--poll", "1ms"}

func TestWaitEndsTheOldTokenWhenItIsSafe(t *testing.T) {
	f := rotating(t,
		verdict(false, "The new token has not been used yet.", "This one was used just now."),
		verdict(false, "The new token has not been used yet.", "This one was used 1 minute ago."),
		verdict(false, "The new token was used just now.", "This one was used 2 minutes ago.", "It expires in 23 hours."),
		verdict(false, "The new token was used 3 minutes ago.", "This one was used 117 minutes ago.", "It expires in 22 hours."),
		verdict(true, "The new token was used 4 minutes ago.", "This one has not been used for 2 hours."),
	)
	got := invoke(t, waiting...)
	if got.code != done || got.stdout != testSecret+"\n" {
		t.Fatalf("it ended with %+v", got)
	}
	asked := f.asked()
	if want := slices.Concat([]string{"POST /tokens/rotate"}, slices.Repeat([]string{"GET /tokens/old"}, 5), []string{"POST /tokens/old/end"}); !slices.Equal(asked, want) {
		t.Errorf("it asked %v, want %v", asked, want)
	}
	told := lines(got.stderr)[2:]
	want := []string{
		" old: The new token has not been used yet. This one was used just now.",
		" old: The new token was used just now. This one was used 2 minutes ago. It expires in 23 hours.",
		" old: The new token was used 4 minutes ago. This one has not been used for 2 hours.",
		" old has ended, and new is in its place.",
	}
	if len(told) != len(want) {
		t.Fatalf("it told:\n%s", got.stderr)
	}
	for n, line := range told {
		if !strings.HasSuffix(line, want[n]) {
			t.Errorf("line %d is %q, want it to end with %q", n, line, want[n])
		}
	}
}

func TestWaitClosesStdoutSoThatTheReaderOfAPipeGoesOn(t *testing.T) {
	rotating(t, verdict(true, "The new token was used just now."))
	if got := invoke(t, waiting...); got.code != done || !got.closed {
		t.Errorf("it ended with %+v", got)
	}
	if got := invoke(t, "rotate", "--current", "old"); got.code != done || got.closed {
		t.Errorf("without --wait it ended with %+v", got)
	}
}

func TestWaitOutlastsAServiceThatIsNotThere(t *testing.T) {
	f := rotating(t, nil, nil, nil, verdict(true, "The new token was used just now."))
	got := invoke(t, waiting...)
	if got.code != done || strings.Count(got.stderr, "Not possible at the moment. Going on.") != 1 {
		t.Errorf("it ended with %+v after %v", got, f.asked())
	}

	rotating(t, nil)
	got = invoke(t, append(waiting, "--wait-timeout", "500ms")...)
	if got.code != notSafe || !strings.Contains(got.stderr, "nothing was ended: old and new are as they were. Not possible at the moment") {
		t.Errorf("it ended with %+v", got)
	}
}

func TestWaitForAnEndWhoseAnswerIsLost(t *testing.T) {
	safe := verdict(true, "The new token was used just now.")
	rotatingUntil(t, func(_ int, w http.ResponseWriter) bool { refuseWith(w, notNow); return true }, safe)
	if got := invoke(t, waiting...); got.code != done || !strings.Contains(got.stderr, "old has ended (revoked), and new is in use.") {
		t.Errorf("it did end: %+v", got)
	}

	rotatingUntil(t, func(n int, w http.ResponseWriter) bool {
		if n == 1 {
			refuseWith(w, notNow)
		} else {
			answerWith(w, http.StatusOK, apiclient.Token{ID: "old", State: "revoked"})
		}
		return n > 1
	}, safe)
	if got := invoke(t, waiting...); got.code != done || !strings.Contains(got.stderr, "old has ended, and new is in its place.") {
		t.Errorf("it did not end at once: %+v", got)
	}

	rotatingUntil(t, func(_ int, w http.ResponseWriter) bool { refuseWith(w, notNow); return false }, safe)
	if got := invoke(t, append(waiting, "--wait-timeout", "500ms")...); got.code != notSafe || !strings.Contains(got.stderr, "whether old has ended is not known") {
		t.Errorf("nobody knows: %+v", got)
	}
}

func TestWaitEndsWithARefusal(t *testing.T) {
	rotatingUntil(t, func(_ int, w http.ResponseWriter) bool {
		refuseWith(w, apiclient.Problem{Title: "Not signed in", Status: http.StatusUnauthorized})
		return false
	}, verdict(true, "The new token was used just now."))
	if got := invoke(t, waiting...); got.code != notAllowed || !strings.HasSuffix(got.stderr, "scimctl: Not signed in; nothing was ended: old and new are as they were\n") {
		t.Errorf("it ended with %+v", got)
	}
}

func TestWaitThatIsInterruptedEndsNothing(t *testing.T) {
	ctx, interrupt := context.WithCancel(t.Context())
	f := rotating(t, verdict(false, "The new token has not been used yet."))
	var stdout pipe
	stderr := writer(func(said string) {
		if strings.Contains(said, "not been used yet") {
			interrupt()
		}
	})
	if code := run(ctx, waiting, &stdout, &stderr); code != interrupted {
		t.Errorf("it ended with code %d", code)
	}
	if slices.Contains(f.asked(), "POST /tokens/old/end") {
		t.Error("it ended the old token")
	}
}

func lines(s string) []string { return strings.Split(strings.TrimSuffix(s, "\n"), "\n") }

// writer hands on what is written.
type writer func(string)

func (w *writer) Write(p []byte) (int, error) { (*w)(string(p)); return len(p), nil }
