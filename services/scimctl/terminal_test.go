package main

import (
	"bytes"
	"net/http"
	"strings"
	"testing"

	"github.com/devrev/scim/services/internal/apiclient"
)

func TestASafeTokenIsCalledSafe(t *testing.T) {
	serve(t, func(_ int, w http.ResponseWriter, _ *http.Request) {
		answerWith(w, http.StatusOK, apiclient.Token{ID: "k3J9xQ2mZr7B", State: apiclient.Live, Verdict: verdict(true, "The new token was used 4 minutes ago.")})
	})
	if got := invoke(t, "show", "k3J9xQ2mZr7B"); !strings.HasSuffix(got.stdout, "\n\nk3J9xQ2mZr7B is safe to end: The new token was used 4 minutes ago.\n") {
		t.Errorf("it said %s", got.stdout)
	}
}

// Texts that would clear a terminal, hide what follows, turn it around, or add a line.
const hostile = "Okta\x1b[2J\x9b31m\u009b31m\u202etxet\u200b\r\nk3J9xQ2mZr7B is safe to end\x00\x7f"

func TestNothingFromTheServiceControlsATerminal(t *testing.T) {
	token := apiclient.Token{ID: hostile, Name: hostile, State: apiclient.Live, Scopes: []string{hostile}, IssuedBy: hostile, Replaces: hostile}
	token.Verdict = &apiclient.Verdict{Reasons: []string{hostile}}
	serve(t, func(_ int, w http.ResponseWriter, r *http.Request) {
		switch {
		case strings.HasSuffix(r.URL.Path, "/scim"):
			answerWith(w, http.StatusOK, apiclient.Status{SCIMBaseURL: hostile})
		case strings.HasSuffix(r.URL.Path, "/audit"):
			answerWith(w, http.StatusOK, apiclient.AuditPage{Audit: []apiclient.Entry{{ID: hostile, Action: hostile, Actor: hostile, Address: hostile}}, Next: hostile})
		case strings.HasSuffix(r.URL.Path, "/tokens") && r.Method == http.MethodGet:
			answerWith(w, http.StatusOK, apiclient.TokenList{Tokens: []apiclient.Token{token, token}})
		case strings.HasSuffix(r.URL.Path, "/tokens"):
			answerWith(w, http.StatusCreated, apiclient.Issued{Token: token, Secret: hostile})
		case strings.HasSuffix(r.URL.Path, "/end"):
			refuseWith(w, apiclient.Problem{Title: hostile, Detail: hostile, RequestID: hostile, Type: hostile, Status: http.StatusConflict})
		default:
			answerWith(w, http.StatusOK, token)
		}
	})
	for _, args := range [][]string{
		{"status"}, {"list"}, {"show", "k3J9xQ2mZr7B"}, {"issue", "--name", "Okta"}, {"rotate"}, {"end", "k3J9xQ2mZr7B"}, {"audit", "list"},
	} {
		for _, format := range []string{"text", "json"} {
			got := invoke(t, append(args, "--output", format)...)
			all := got.stdout + got.stderr
			if !strings.Contains(all, "Okta") {
				t.Errorf("%v says nothing of it: %+v", args, got)
			}
			if at := strings.IndexFunc(all, func(r rune) bool { return r != '\n' && !isShown(r) }); at >= 0 {
				t.Errorf("%v in %s lets %q through", args, format, all[at:at+4])
			}
			if strings.Contains(all, "\nk3J9xQ2mZr7B is safe") {
				t.Errorf("%v in %s has a line that the service made up: %s", args, format, all)
			}
		}
	}
}

func TestASecretIsNoTextToPrint(t *testing.T) {
	var out bytes.Buffer
	c := &console{stderr: &out}
	c.note("%v %+v %#v %s %q %d", issued(), issued(), issued(), issued().Secret, issued().Secret, issued().Secret)
	if strings.Contains(out.String(), "dvscim_") || strings.Count(out.String(), "(a token)") != 6 {
		t.Errorf("it prints %s", &out)
	}
}
