package tokenhttp_test

import (
	"net/http"
	"testing"

	"github.com/devrev/scim/services/internal/access"
	"github.com/devrev/scim/services/internal/audit"
)

// staff sends a request of a member of DevRev's staff.
func (a *api) staff(method, path, body string) answer {
	a.t.Helper()
	claims := a.idp.Claims("", access.Operator)
	delete(claims, "org")
	claims["staff"], claims["sub"] = true, "on-call"
	return a.as("Bearer "+a.idp.Sign(a.t, claims), method, path, body)
}

func TestStaffReadsEveryOrganisationAndChangesNone(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	a.organisation("org-a")
	a.organisation("org-b")
	for range 3 {
		a.staff("GET", "/api/v1/organisations/org-a/scim", "").want(http.StatusOK)
	}
	a.staff("GET", "/api/v1/organisations/nowhere/scim", "").wantProblem(http.StatusNotFound, "organisation-unknown")
	for _, change := range []struct{ method, path, body string }{
		{"PUT", "", `{"sso":{"enabled":false}}`}, {"POST", "/scim/disable", ""}, {"POST", "/scim/tokens", `{"name":"mine"}`}, {"PATCH", "/scim/settings", `{"strict":true}`},
	} {
		a.staff(change.method, "/api/v1/organisations/org-a"+change.path, change.body).wantProblem(http.StatusForbidden, "forbidden")
	}
	seen := 0
	for _, e := range a.export("") {
		if e.Action == audit.ActionStaff {
			seen++
			if e.Caller.Subject != "on-call" || e.Result != audit.ResultNoted {
				t.Errorf("a read by staff is recorded as %+v", e)
			}
		}
	}
	if seen != 1 {
		t.Errorf("three looks within the hour have %d entries, want 1", seen)
	}
	for rule, spoil := range map[string]func(map[string]any){
		"without the claim staff": func(c map[string]any) { delete(c, "staff") },
		"without the role":        func(c map[string]any) { c["roles"] = []string{access.ScimAdmin} },
		"staff as a text":         func(c map[string]any) { c["staff"] = "true" },
	} {
		claims := a.idp.Claims("", access.Operator)
		delete(claims, "org")
		claims["staff"] = true
		spoil(claims)
		if got := a.as("Bearer "+a.idp.Sign(t, claims), "GET", "/api/v1/organisations", ""); got.status != http.StatusUnauthorized {
			t.Errorf("%s: %d %s", rule, got.status, got.body)
		}
	}
	claims := a.idp.Claims("org-a", access.Operator)
	claims["staff"] = true
	a.as("Bearer "+a.idp.Sign(t, claims), "GET", "/api/v1/organisations/org-b", "").wantProblem(http.StatusForbidden, "forbidden")
}

func TestOrganisationsAreListed(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	for _, org := range []string{"org-c", "org-a", "other", "org-b"} {
		a.platform("PUT", "/api/v1/organisations/"+org, `{"sso":{"enabled":true}}`).want(http.StatusCreated)
	}
	a.admin("org-b", "POST", "/api/v1/organisations/org-b/scim/enable", "").want(http.StatusCreated)
	list := func(query string) (ids, next string) {
		t.Helper()
		var got struct {
			Organisations []struct {
				ID, State  string
				LiveTokens int
				SCIM       struct{ Enabled bool }
			}
			Next string
		}
		a.staff("GET", "/api/v1/organisations"+query, "").want(http.StatusOK).into(&got)
		for _, o := range got.Organisations {
			ids += o.ID + " "
			if on := o.ID == "org-b"; o.SCIM.Enabled != on || (o.LiveTokens == 1) != on || (o.State == "waiting") != on {
				t.Errorf("%s: %+v", query, o)
			}
		}
		return ids, got.Next
	}
	for query, want := range map[string]string{
		"": "org-a org-b org-c other ", "?q=ORG": "org-a org-b org-c ", "?state=waiting": "org-b ", "?state=failing": "", "?after=org-a&limit=1": "org-b ", "?limit=0": "",
	} {
		if got, _ := list(query); got != want {
			t.Errorf("%s lists %q, want %q", query, got, want)
		}
	}
	var met string
	for next, pages := "", 0; pages == 0 || next != ""; pages++ {
		var ids string
		if ids, next = list("?limit=3&after=" + next); pages > 3 {
			t.Fatal("the list does not end")
		}
		met += ids
	}
	if met != "org-a org-b org-c other " {
		t.Errorf("page by page: %q", met)
	}
	for query, kind := range map[string]string{"?state=fine": "invalid-value", "?status=off": "malformed-request", "?limit=x": "invalid-value"} {
		a.staff("GET", "/api/v1/organisations"+query, "").wantProblem(http.StatusBadRequest, kind)
	}
	a.admin("org-a", "GET", "/api/v1/organisations", "").wantProblem(http.StatusForbidden, "forbidden")
}

func TestATokenIsRenamedAndNoTwoAreCalledAlikeByThemselves(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	const scim = "/api/v1/organisations/org-a/scim"
	a.platform("PUT", "/api/v1/organisations/org-a", `{"sso":{"enabled":true}}`).want(http.StatusCreated)
	var first struct{ Token tokenView }
	a.admin("org-a", "POST", scim+"/enable", "").want(http.StatusCreated).into(&first)
	var second, third tokenView
	a.admin("org-a", "POST", scim+"/tokens/rotate", `{"current":"`+first.Token.ID+`"}`).want(http.StatusCreated).into(&second)
	a.admin("org-a", "POST", scim+"/tokens/rotate", `{"current":"`+second.ID+`"}`).want(http.StatusCreated).into(&third)
	if first.Token.Name != "Issued when SCIM was enabled" || second.Name != first.Token.Name+" (2)" || third.Name != first.Token.Name+" (3)" {
		t.Errorf("they are called %q, %q and %q", first.Token.Name, second.Name, third.Name)
	}
	var renamed tokenView
	a.admin("org-a", "PATCH", scim+"/tokens/"+third.ID, `{"name":"Okta 2027"}`).want(http.StatusOK).into(&renamed)
	if renamed.Name != "Okta 2027" || !a.accepts(third) {
		t.Errorf("it is called %q", renamed.Name)
	}
	last := a.export("")
	if e := last[len(last)-1]; e.Action != audit.ActionRename || e.TokenID != third.ID || e.Changes[0] != (audit.Change{Member: "name", Before: third.Name, After: "Okta 2027"}) {
		t.Errorf("the audit has %+v", e)
	}
	a.admin("org-a", "PATCH", scim+"/tokens/"+third.ID, `{"name":" "}`).wantProblem(http.StatusBadRequest, "invalid-value")
	a.admin("org-a", "PATCH", scim+"/tokens/0123456789ab", `{"name":"x"}`).wantProblem(http.StatusNotFound, "token-unknown")
}

func TestEnableWhereSCIMIsOnAndSingleSignOnWentOff(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	const org, scim = "/api/v1/organisations/org-a", "/api/v1/organisations/org-a/scim"
	a.platform("PUT", org, `{"sso":{"enabled":true}}`).want(http.StatusCreated)
	var first struct{ Token tokenView }
	a.admin("org-a", "POST", scim+"/enable", "").want(http.StatusCreated).into(&first)
	a.platform("PUT", org, `{"sso":{"enabled":false}}`).want(http.StatusOK)
	a.admin("org-a", "POST", scim+"/enable", "").wantProblem(http.StatusConflict, "already-enabled")
	a.admin("org-a", "DELETE", scim+"/tokens/"+first.Token.ID, "").want(http.StatusNoContent)
	a.admin("org-a", "POST", scim+"/enable", "").want(http.StatusCreated)
	a.admin("org-a", "POST", scim+"/disable", "").want(http.StatusOK)
	a.admin("org-a", "POST", scim+"/enable", "").wantProblem(http.StatusConflict, "sso-off")
}
