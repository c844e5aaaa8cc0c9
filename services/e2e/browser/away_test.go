package browser

import (
	"net/http"
	"strings"
	"testing"

	"gotest.tools/v3/assert"

	"github.com/devrev/scim/services/e2e/harness"
	"github.com/devrev/scim/services/local/demo"
	"github.com/devrev/scim/services/local/devstack"
)

// TestAServiceThatIsAway: on the production wiring, a page shows what the other service returns and
// says what is missing, or is 503 whole; a form is not lost.
func TestAServiceThatIsAway(t *testing.T) {
	s := harness.StartStack(t, devstack.Config{Console: true})
	org := s.Ready.Orgs[0]
	okta := demo.Okta{BaseURL: s.Ready.SCIMBaseURL, Token: org.Token}
	answer, err := okta.Assign(t.Context(), demo.Person{ExternalID: "00u1", UserName: "ann@example.com", GivenName: "Ann", LastName: "Lee"})
	user := "users/" + sent(t, answer, err, http.StatusCreated)
	b := open(t, strings.TrimSuffix(s.Ready.ConsoleURL, "/console/"), look{})
	b.signIn(org.Org)
	b.want("Overview", "Organisation "+org.Org)
	to := func(page string) { b.visit("/console/o/" + org.Org + "/" + page) }

	const silent = "does not answer. Try again in a few seconds."
	to(user + "/display-name")
	b.fill("Display name", "Ann of Sales")
	assert.NilError(t, s.Scimd.Stop())
	b.press("Change")
	b.want("Not available at the moment", "Send it again in a few seconds.")
	b.check("a form whose page is away as well")
	assert.NilError(t, s.Scimd.Start(t.Context()))
	b.press("Try again")
	b.want("The display name is changed.", "Ann of Sales")

	assert.NilError(t, s.Scimd.Stop())
	to("")
	b.want("Overview", silent)
	b.check("the overview without scimd")
	b.press("Rehearse")
	b.want("Nothing that you typed is lost.", silent)
	b.check("a rehearsal without scimd")
	to("security")
	b.want("SCIM base URL", "Rotate")
	for _, page := range []string{"users", user, "groups", "activity"} {
		to(page)
		b.want("Not available at the moment", silent)
		b.check(page + " without scimd")
	}
	assert.NilError(t, s.Scimd.Start(t.Context()))

	assert.NilError(t, s.Tokend.Stop())
	for _, page := range []string{"security", "settings", "settings/audit"} {
		to(page)
		b.want(silent)
		b.check(page + " without tokend")
	}
	to("users")
	b.want("Ann of Sales")
}
