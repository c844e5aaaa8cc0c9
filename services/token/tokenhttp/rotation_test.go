package tokenhttp_test

import (
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/devrev/scim/services/internal/access/accesstest"
)

const rotationTokens = "/api/v1/organisations/org-a/scim/tokens"

// rotatable returns an API with an organisation and its token, which is in use.
func rotatable(t *testing.T) (*api, tokenView) {
	t.Helper()
	a := newAPI(t)
	a.organisation("org-a")
	first := a.enable("org-a")
	a.use(first)
	return a, first
}

func (a *api) rotate(body string) answer {
	a.t.Helper()
	return a.admin("org-a", "POST", rotationTokens+"/rotate", body)
}

func (a *api) token(id string) (t tokenView) {
	a.t.Helper()
	a.admin("org-a", "GET", rotationTokens+"/"+id, "").want(http.StatusOK).into(&t)
	return t
}

func TestATokenIsRotated(t *testing.T) {
	t.Parallel()
	a, first := rotatable(t)
	rotated := a.rotate(`{"current":"` + first.ID + `"}`).want(http.StatusCreated)
	var second tokenView
	rotated.into(&second)
	if !a.accepts(second) || !a.accepts(first) || second.Replaces != first.ID || second.Name != first.Name+" (2)" || second.State != "live" {
		t.Errorf("got %s; want a token in the place of %s, and both alive", rotated.body, first.ID)
	}
	if rotated.header.Get("Location") != rotationTokens+"/"+second.ID || rotated.header.Get("Cache-Control") != "no-store" {
		t.Errorf("got %v", rotated.header)
	}
	old := a.token(first.ID)
	if old.ExpiresAt == nil || time.Until(*old.ExpiresAt).Round(time.Minute) != 24*time.Hour {
		t.Errorf("without a word about it the overlap is a day: got %+v", old)
	}
	if v := old.Verdict; v == nil || v.Safe || v.Successor != second.ID || v.Reasons[0] != "The new token has not been used yet." {
		t.Errorf("verdict on the old token: %+v", v)
	}
	if v := a.token(second.ID).Verdict; v == nil || v.Safe || v.Successor != "" || len(v.Reasons) == 0 {
		t.Errorf("verdict on the new token: %+v", v)
	}

	var third tokenView
	a.rotate(`{"current":"` + second.ID + `","overlapHours":1,"name":"renamed","expiresAt":"2126-01-31T12:00:00Z"}`).want(http.StatusCreated).into(&third)
	if a.accepts(second) || !a.accepts(first) || third.Name != "renamed" || third.ExpiresAt == nil || third.Replaces != first.ID {
		t.Errorf("got %+v; want it to replace the second, which was never used", third)
	}
	stale := a.rotate(`{"current":"`+first.ID+`"}`).wantProblem(http.StatusConflict, "not-current")
	if !strings.Contains(stale.body, "The current one is "+third.ID) {
		t.Errorf("the current one is not named: %s", stale.body)
	}

	a.use(third)
	overlap := a.rotate(`{"current":"`+third.ID+`"}`).wantProblem(http.StatusConflict, "overlapping")
	if !strings.Contains(overlap.body, first.ID+", is live until "+old.ExpiresAt.UTC().Format(time.RFC3339)) {
		t.Errorf("the end is not named: %s", overlap.body)
	}
	var fourth tokenView
	a.rotate(`{"current":"` + third.ID + `","force":true,"overlapHours":0}`).want(http.StatusCreated).into(&fourth)
	if a.accepts(first) || a.accepts(third) || !a.accepts(fourth) {
		t.Error("by force and without an overlap the new token alone is live")
	}
	a.admin("org-a", "DELETE", rotationTokens+"/"+fourth.ID, "").want(http.StatusNoContent)
	none := a.rotate(`{"current":"`+fourth.ID+`"}`).wantProblem(http.StatusConflict, "not-current")
	if !strings.Contains(none.body, "no live token") {
		t.Errorf("without any live token: %s", none.body)
	}
}

func TestAReplacedTokenIsEndedEarly(t *testing.T) {
	t.Parallel()
	a, first := rotatable(t)
	var second, ended tokenView
	a.rotate(`{"current":"` + first.ID + `"}`).want(http.StatusCreated).into(&second)
	a.admin("org-a", "POST", rotationTokens+"/"+second.ID+"/end", "").wantProblem(http.StatusConflict, "not-replaced")
	for range 2 { // the second one finds nothing to do
		a.admin("org-a", "POST", rotationTokens+"/"+first.ID+"/end", "{}").want(http.StatusOK).into(&ended)
		if ended.ID != first.ID || ended.State != "revoked" || ended.RevokedAt == nil || a.accepts(first) || !a.accepts(second) {
			t.Errorf("got %+v", ended)
		}
	}

	var restored tokenView
	a.admin("org-a", "POST", rotationTokens+"/"+first.ID+"/restore", "").want(http.StatusOK).into(&restored)
	if restored.ID != first.ID || restored.State != "live" || restored.RevokedAt != nil || !a.accepts(first) {
		t.Errorf("got %+v", restored)
	}
}

func TestARotationIsCancelled(t *testing.T) {
	t.Parallel()
	a, first := rotatable(t)
	var second, back tokenView
	a.rotate(`{"current":"` + first.ID + `"}`).want(http.StatusCreated).into(&second)
	for range 2 {
		a.admin("org-a", "POST", rotationTokens+"/rotate/cancel", `{"current":"`+second.ID+`"}`).want(http.StatusOK).into(&back)
		if back.ID != first.ID || back.State != "live" || back.ExpiresAt != nil || a.accepts(second) || !a.accepts(first) {
			t.Errorf("got %+v", back)
		}
	}
	a.admin("org-a", "POST", rotationTokens+"/rotate/cancel", `{"current":"`+first.ID+`"}`).wantProblem(http.StatusConflict, "no-rotation")
}

func TestARevokedTokenIsRestored(t *testing.T) {
	t.Parallel()
	a, first := rotatable(t)
	var restored tokenView
	a.admin("org-a", "DELETE", rotationTokens+"/"+first.ID, "").want(http.StatusNoContent)
	for range 2 {
		a.admin("org-a", "POST", rotationTokens+"/"+first.ID+"/restore", "").want(http.StatusOK).into(&restored)
		if restored.State != "live" || !a.accepts(first) {
			t.Errorf("got %+v", restored)
		}
	}
	a.admin("org-a", "DELETE", rotationTokens+"/"+first.ID, "").want(http.StatusNoContent)
	for range 2 {
		a.admin("org-a", "POST", rotationTokens, `{"name":"okta"}`).want(http.StatusCreated)
	}
	a.admin("org-a", "POST", rotationTokens+"/"+first.ID+"/restore", "").wantProblem(http.StatusConflict, "too-many-tokens")
	a.admin("org-a", "POST", "/api/v1/organisations/org-a/scim/disable", "").want(http.StatusOK)
	tooLate := a.admin("org-a", "POST", rotationTokens+"/"+first.ID+"/restore", "").wantProblem(http.StatusConflict, "too-late")
	if !strings.Contains(tooLate.body, "for 10 minutes") {
		t.Errorf("the time is not named: %s", tooLate.body)
	}
}

func TestALeakedTokenIsNotRestored(t *testing.T) {
	t.Parallel()
	a, first := rotatable(t)
	if _, err := a.file.Tokens().RevokeLeaked(t.Context(), "org-a", first.ID, time.Now()); err != nil {
		t.Fatal(err)
	}
	a.admin("org-a", "POST", rotationTokens+"/"+first.ID+"/restore", "").wantProblem(http.StatusConflict, "leaked")
	var token struct{ LeakedAt, RevokedAt *time.Time }
	a.admin("org-a", "GET", rotationTokens+"/"+first.ID, "").want(http.StatusOK).into(&token)
	if token.LeakedAt == nil || token.RevokedAt == nil || a.accepts(first) {
		t.Errorf("got %+v", token)
	}
}

func TestARequestIsDoneOnce(t *testing.T) {
	t.Parallel()
	a, first := rotatable(t)
	ask := func(path, body, key string) answer {
		return a.send("POST", rotationTokens+path, body, map[string]string{
			"Authorization": accesstest.Platform(), "Content-Type": "application/json", "Idempotency-Key": key,
		})
	}
	rotate := `{"current":"` + first.ID + `"}`
	var second tokenView
	answered := ask("/rotate", rotate, "8e03978e-40d5-43dd-bc93-6894a57f9324").want(http.StatusCreated)
	answered.into(&second)
	for path, body := range map[string]string{"/rotate": rotate, "": `{"name":"okta"}`} {
		again := ask(path, body, "8e03978e-40d5-43dd-bc93-6894a57f9324").wantProblem(http.StatusConflict, "repeated")
		if !strings.Contains(again.body, second.ID) || again.header.Get("Location") != answered.header.Get("Location") {
			t.Errorf("the token of the request is not named: %v %s", again.header, again.body)
		}
		if _, secret, _ := strings.Cut(second.Token[len("dvscim_"):], "_"); strings.Contains(again.body, secret) {
			t.Error("the answer has the secret")
		}
	}
	ask("/rotate", `{"current":"`+second.ID+`"}`, `"another key"`).wantProblem(http.StatusBadRequest, "invalid-value")
	ask("/rotate", `{"current":"`+second.ID+`"}`, strings.Repeat("k", 101)).wantProblem(http.StatusBadRequest, "invalid-value")
	ask("/rotate", `{"current":"`+second.ID+`"}`, strings.Repeat("k", 100)).want(http.StatusCreated)
	if r := ask("", `{"name":"okta"}`, "clé"); r.status != http.StatusBadRequest {
		t.Errorf("a key that is not ASCII: got %d %s", r.status, r.body)
	}
}

func TestOfParallelRotationsOneIsAnswered(t *testing.T) {
	t.Parallel()
	a, first := rotatable(t)
	authorization := accesstest.Platform()
	var won, lost atomic.Int32
	var wg sync.WaitGroup
	for range 64 {
		wg.Go(func() {
			switch r := a.as(authorization, "POST", rotationTokens+"/rotate", `{"current":"`+first.ID+`"}`); r.status {
			case http.StatusCreated:
				won.Add(1)
			case http.StatusConflict:
				lost.Add(1)
			default:
				t.Errorf("status %d: %s", r.status, r.body)
			}
		})
	}
	wg.Wait()
	if won.Load() != 1 || lost.Load() != 63 {
		t.Errorf("%d times 201 and %d times 409, want 1 and 63", won.Load(), lost.Load())
	}
}
