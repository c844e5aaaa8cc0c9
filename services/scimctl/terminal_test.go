package main

import (
	"bytes"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gotest.tools/v3/assert"

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

// hostileAnswer is the answer to each call about the directory.
var hostileAnswer = func() map[string]any {
	user := map[string]any{"id": hostile, "userName": hostile, "displayName": hostile, "email": hostile, "externalId": hostile, "state": hostile}
	user["groups"] = []any{map[string]any{"displayName": hostile}}
	entry := map[string]any{"id": hostile, "name": hostile, "client": hostile, "requestId": hostile, "effect": hostile, "sentence": hostile, "credential": hostile}
	entry["refusal"] = map[string]any{"detail": hostile}
	waiting := map[string]any{"group": hostile, "value": hostile, "reason": hostile, "sentence": hostile}
	step := map[string]any{"id": hostile, "state": hostile, "sentence": hostile, "remedy": hostile}
	problem := map[string]any{"sentence": hostile, "remedy": hostile, "names": []any{hostile}}
	answer := maps.Clone(user)
	maps.Copy(answer, map[string]any{
		"users": []any{user}, "next": hostile, "found": user, "attempts": []any{entry}, "sentence": hostile, "remedy": hostile, "why": hostile,
		"timeline": []any{entry}, "activity": []any{entry}, "groups": []any{user}, "waiting": []any{waiting}, "verdict": hostile, "steps": []any{step}, "problems": []any{problem},
		"passed": true, "exchanges": []any{map[string]any{"step": hostile, "method": hostile, "path": hostile, "sentence": hostile}},
		"reached": true, "baseUrl": hostile, "checks": []any{step}, hostile: hostile,
		"change": entry, "body": map[string]any{hostile: hostile}, "basedOn": map[string]any{hostile: hostile},
	})
	return answer
}()

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
		case strings.HasSuffix(r.URL.Path, "/settings"):
			answerWith(w, http.StatusOK, map[string]any{"strict": true, "schemas": []any{hostile}})
		case strings.Contains(r.URL.Path, "/organisations/acme/scim/"):
			answerWith(w, http.StatusOK, token)
		default:
			answerWith(w, http.StatusOK, hostileAnswer)
		}
	})
	request := filepath.Join(t.TempDir(), "request.json")
	assert.NilError(t, os.WriteFile(request, []byte("{}"), 0o600))
	for _, args := range [][]string{
		{"status"},
		{"list"},
		{"show", "k3J9xQ2mZr7B"},
		{"issue", "--name", "Okta"},
		{"rotate"},
		{"end", "k3J9xQ2mZr7B"},
		{"audit", "list"},
		{"users"},
		{"user", "019bd6a1-5d7e-7c2a-9a57-3f0c1d2e4b5a"},
		{"why", "ann"},
		{"groups"},
		{"waiting"},
		{"activity"},
		{"doctor"},
		{"doctor", "rehearse", "okta"},
		{"doctor", "reach"},
		{"try", "-f", request},
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
