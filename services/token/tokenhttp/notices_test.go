package tokenhttp_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/devrev/scim/services/internal/audit"
	"github.com/devrev/scim/services/token/issuer"
)

func TestNoticesAreForThePlatformToDeliver(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	type answer struct {
		Notices []audit.Line
		Next    string
	}
	ask := func(query string) (got answer) {
		t.Helper()
		a.platform("GET", "/api/v1/notices"+query, "").want(http.StatusOK).into(&got)
		return got
	}
	none := ask("")
	if none.Notices == nil || len(none.Notices) > 0 || none.Next == "" {
		t.Errorf("of nothing: got %+v", none)
	}
	for _, org := range []string{"org-a", "org-b", "org-c"} {
		a.organisation(org)
		a.enable(org)
		soon := time.Now().Add(72 * time.Hour).UTC().Format(time.RFC3339)
		a.admin(org, "POST", "/api/v1/organisations/"+org+"/scim/tokens", `{"name":"okta","expiresAt":"`+soon+`"}`).want(http.StatusCreated)
	}
	if _, err := issuer.NewExpiries(a.issuer).Round(t.Context()); err != nil {
		t.Fatal(err)
	}
	all := ask("?after=" + none.Next)
	var orgs []string
	for _, n := range all.Notices {
		orgs = append(orgs, n.Organisation)
		if n.Action != audit.ActionExpiring || n.TokenID == "" || n.Actor != "system" || n.Result != audit.ResultNoted {
			t.Errorf("got %+v", n)
		}
	}
	slices.Sort(orgs)
	if !slices.Equal(orgs, []string{"org-a", "org-b", "org-c"}) {
		t.Errorf("got notices of %v", orgs)
	}
	first := ask("?limit=2")
	rest := ask("?limit=2&after=" + first.Next)
	again := ask("?after=" + rest.Next)
	if len(first.Notices) != 2 || len(rest.Notices) != 1 || rest.Notices[0].ID != all.Notices[2].ID || len(again.Notices) != 3 {
		t.Errorf("in pages: %d, then %d, and from the end %d", len(first.Notices), len(rest.Notices), len(again.Notices))
	}
	for _, query := range []string{"?after=x", "?after=" + none.Next + ".x", "?limit=x"} {
		if r := a.platform("GET", "/api/v1/notices"+query, "").wantProblem(http.StatusBadRequest, "invalid-value"); !strings.Contains(r.body, "The parameter ") {
			t.Errorf("%s: %s", query, r.body)
		}
	}
}
