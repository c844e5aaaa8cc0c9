package main

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gotest.tools/v3/assert"

	"github.com/devrev/scim/services/internal/apiclient"
)

func TestSettingsThatChangedMeanwhile(t *testing.T) {
	changed := apiclient.Problem{Type: "urn:devrev:scim:problem:changed", Title: "The settings have changed", Status: http.StatusPreconditionFailed}
	for rule, c := range map[string]struct {
		now  map[string]any // what they are after the refusal
		want exitCode
	}{
		"by somebody else is the service's refusal":        {map[string]any{"strict": false, "hideValues": true}, refused},
		"by this command, whose answer was lost, are done": {map[string]any{"strict": true, "hideValues": false}, done},
		"to what is not said is the service's refusal":     {map[string]any{"hideValues": true}, refused},
	} {
		var version, media string
		f := serve(t, func(n int, w http.ResponseWriter, r *http.Request) {
			switch {
			case n == 0:
				w.Header().Set("ETag", `"v1"`)
				answerWith(w, http.StatusOK, map[string]any{"strict": false})
			case r.Method == http.MethodPatch:
				version, media = r.Header.Get("If-Match"), r.Header.Get("Content-Type")
				refuseWith(w, changed)
			default:
				answerWith(w, http.StatusOK, c.now)
			}
		})
		got := invoke(t, "settings", "set", "strict=true", "hideValues=false")
		if got.code != c.want || (c.want == refused) != strings.Contains(got.stderr, changed.Title) {
			t.Errorf("%s: it ended with %+v, want code %d", rule, got, c.want)
		}
		if version != `"v1"` || media != "application/merge-patch+json" {
			t.Errorf("%s: it asked %v for version %s in %s", rule, f.asked(), version, media)
		}
	}
}

// What a newer service says goes through as it came, at any depth.
func TestJSONIsTheServicesOwn(t *testing.T) {
	const unknown = `"unknown":{"of":["any",1.50,"shape"]}`
	serve(t, func(_ int, w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if strings.HasSuffix(r.URL.Path, "/enable") {
			_, _ = w.Write([]byte(`{"token":{"id":"1","token":"` + testSecret + `",` + unknown + `}}`))
			return
		}
		_, _ = w.Write([]byte(`{` + unknown + `,"id":"1","passed":true,"reached":true,"users":[{` + unknown + `}],"groups":[{` + unknown + `}],` +
			`"activity":[{` + unknown + `}],"attempts":[{` + unknown + `}],"problems":[{` + unknown + `}],"audit":[{` + unknown + `}],` +
			`"tokens":[{"state":"live",` + unknown + `}],"token":"` + testSecret + `"}`))
	})
	request := filepath.Join(t.TempDir(), "request.json")
	assert.NilError(t, os.WriteFile(request, []byte("{}"), 0o600))
	const one = 8 // in one answer
	for command, times := range map[string]int{
		"users": one, "user 019bd6a1-5d7e-7c2a-9a57-3f0c1d2e4b5a": 3 * one, "why ann": one, "groups": one, "waiting": one, "waiting 1 -q a": one, "activity": one,
		"doctor": one, "doctor rehearse okta": one, "doctor reach": one, "try -f " + request: one, "settings": one,
		"status": one, "disable": one, "list": one, "list --live": one, "show k3J9xQ2mZr7B": one, "revoke k3J9xQ2mZr7B": one, "audit list": one,
		"enable": 1, "issue --name Okta": one, "issue --name Okta --secret-file " + filepath.Join(t.TempDir(), "token"): one,
	} {
		got := invoke(t, append(strings.Fields(command), "-o", "json")...)
		if text := strings.Join(strings.Fields(got.stdout), ""); got.code != done || strings.Count(text, unknown) != times {
			t.Errorf("%s: it ended with %+v", command, got)
		}
		if strings.Contains(got.stdout, `"deleted"`) || strings.Contains(got.stdout, testSecret) && strings.Contains(command, "--secret-file") {
			t.Errorf("%s: it adds members: %s", command, got.stdout)
		}
	}
}

func TestJSONOfARefusalIsTheServicesOwn(t *testing.T) {
	serve(t, func(_ int, w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/problem+json")
		w.WriteHeader(http.StatusConflict)
		_, _ = w.Write([]byte(`{"title":"No","status":409,"unknown":{"of":1.50}}`))
	})
	want := `{"error":"No","exit":1,"problem":{"title":"No","status":409,"unknown":{"of":1.50}}}` + "\n"
	if got := invoke(t, "list", "-o", "json"); got.code != refused || got.stderr != want {
		t.Errorf("it ended with %+v, want %s", got, want)
	}
}

// A service at two addresses is asked at the right one.
func TestTheDirectoryHasAnAddressOfItsOwn(t *testing.T) {
	directory := serve(t, func(_ int, w http.ResponseWriter, _ *http.Request) {
		answerWith(w, http.StatusOK, map[string]any{"users": []any{}})
	})
	t.Setenv("SCIMCTL_DIRECTORY_URL", directory.URL+"/api/v1")
	t.Setenv("SCIMCTL_URL", "http://127.0.0.1:1/api/v1")
	if got := invoke(t, "users"); got.code != done || got.stdout != "There are no such users.\n" {
		t.Errorf("it ended with %+v", got)
	}
}
