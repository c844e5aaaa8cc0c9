package browser

import (
	"net/http"
	"strings"
	"testing"

	"gotest.tools/v3/assert"

	"github.com/devrev/scim/services/e2e/harness"
	"github.com/devrev/scim/services/local/demo"
)

// TestTheStory is what the product is for, from the first sign-in of an administrator to the
// rotation of the token, by keyboard alone: with scripts, and without.
func TestTheStory(t *testing.T) {
	p := product(t)
	for name, l := range map[string]look{"scripts": {}, "no-scripts": {noScript: true}} {
		t.Run(name, func(t *testing.T) { tell(t, p, name, l) })
	}
	log, err := p.Log()
	assert.NilError(t, err)
	for _, secret := range append(secrets, "@example.com") {
		if strings.Contains(log, secret) {
			t.Errorf("the log holds %s: a token, or somebody's name", secret)
		}
	}
}

func platform(p *harness.AllInOne) harness.Client {
	return harness.Client{Base: p.Ready.APIBaseURL, Credential: p.Ready.PlatformCredential, MediaType: harness.JSON}
}

// announce makes an organisation with single sign-on, and SCIM off.
func announce(t *testing.T, p *harness.AllInOne, org string) {
	t.Helper()
	answer, err := platform(p).Send(t.Context(), http.MethodPut, "/organisations/"+org, `{"sso":{"enabled":true,"connection":"`+org+`-saml"}}`)
	if err != nil || answer.Status != http.StatusCreated {
		t.Fatalf("announce %s: %d %s, %v", org, answer.Status, answer.Body, err)
	}
}

// signIn goes through the local issuer's page as the administrator of org, who is announced and not
// among those that the page lists.
func (b *tab) signIn(org string) {
	b.t.Helper()
	b.visit("/")
	b.fill("Another organisation", org)
	b.press("Administrator of that organisation")
}

// sent fails the test unless the service answered so.
func sent(t *testing.T, answer demo.Answer, err error, status int) string {
	t.Helper()
	if err != nil || answer.Status != status {
		t.Fatalf("Okta is answered with %d %s, %v; want %d", answer.Status, answer.Detail, err, status)
	}
	return answer.ID
}

// secret returns the token that the page shows.
func (b *tab) secret() string {
	b.t.Helper()
	token := eval[string](b, `document.getElementById("token").textContent`)
	if !strings.HasPrefix(token, "dvscim_") {
		b.t.Fatalf("the page shows %q", token)
	}
	return token
}

func tell(t *testing.T, p *harness.AllInOne, org string, l look) {
	ctx := t.Context()
	announce(t, p, org)
	b := open(t, origin(p), l)

	// An administrator signs in, enables SCIM and copies the token.
	b.signIn(org)
	b.want("Not started: SCIM is off.")
	b.press("Security")
	b.press("Enable SCIM")
	b.want("This is the only time it is shown", "Waiting for the first use")
	okta := demo.Okta{BaseURL: p.Ready.SCIMBaseURL, Token: b.secret()}
	answer, err := okta.TestCredentials(ctx)
	sent(t, answer, err, http.StatusOK)
	if !l.noScript {
		b.await("the first use", `document.body.innerText.includes("Okta used it at")`)
	}
	b.press("I have stored the token")
	b.want("Provisioning over SCIM on", "Last used")
	b.askTheDoctor()

	// Okta assigns a person, who is shadow and then signs in.
	barbara := demo.Person{ExternalID: "00u1", UserName: "barbara.jensen@example.com", GivenName: "Barbara", LastName: "Jensen"}
	answer, err = okta.Assign(ctx, barbara)
	id := sent(t, answer, err, http.StatusCreated)
	b.press("Users")
	b.want("1 person", "Barbara Jensen", "shadow")
	signIn, err := platform(p).Send(ctx, http.MethodPost, "/organisations/"+org+"/sign-ins", map[string]string{"userName": barbara.UserName})
	if err != nil || signIn.Status != http.StatusOK {
		t.Fatalf("sign-in: %d, %v", signIn.Status, err)
	}
	b.press("Barbara Jensen")
	b.want("State active", "the person has signed in")

	// A group is pushed with her in it; then somebody unassigns her.
	answer, err = okta.PushGroup(ctx, "Tour Guides", id)
	sent(t, answer, err, http.StatusCreated)
	b.press("Groups")
	b.press("Tour Guides")
	b.want("Barbara Jensen", "active")
	answer, err = okta.Deactivate(ctx, id)
	sent(t, answer, err, http.StatusOK)
	b.press("Barbara Jensen")
	b.want("State deactivated", "by the identity provider", "assign them to the DevRev app")

	// Why is this person not in? Okta was refused, and the search says so.
	answer, err = okta.Assign(ctx, demo.Person{ExternalID: "00u2", UserName: "dana.white", GivenName: "Dana", LastName: "White"})
	sent(t, answer, err, http.StatusBadRequest)
	b.press("Users")
	b.fill("Name, user name, address or external id begins with", "dana")
	b.press("Search")
	b.want("No one with this name arrived", "was refused", "it must be an e-mail address")
	b.reach("Show all")
	b.next() // the refused attempt, whatever it is called
	b.want("The answer to your identity provider: userName: it must be an e-mail address")
	b.press("Overview")
	b.fill("User name", "dana.white")
	b.rehearse("not e-mail addresses", "set the application username format to Email")
	b.check("a rehearsal that fails")

	b.rotateWithoutOutage(okta, l)
	b.keepsSecrets()
}

// rehearse presses Rehearse, and wants these texts on the page that follows. A rehearsal that comes
// too early after the one before is asked for again: the form is still there.
func (b *tab) rehearse(texts ...string) {
	b.t.Helper()
	harness.Eventually(b.t, "a rehearsal has its turn", func() bool {
		b.press("Rehearse")
		return !strings.Contains(b.text(), "A rehearsal was run a moment ago")
	})
	b.want(texts...)
}

// askTheDoctor has Okta's dialogue rehearsed, and the base URL fetched from outside.
func (b *tab) askTheDoctor() {
	b.t.Helper()
	b.press("Overview")
	b.rehearse("Nothing of them was kept")
	b.check("a rehearsal that passes")
	b.press("Back to the overview")
	b.press("Check the base URL")
	b.want("nothing on the way changes what is sent")
	b.check("the base URL from outside")
}

// rotateWithoutOutage replaces the token while Okta goes on, and ends the old one.
func (b *tab) rotateWithoutOutage(old demo.Okta, l look) {
	t, ctx := b.t, b.t.Context()
	t.Helper()
	b.press("Security")
	name := eval[string](b, `document.querySelector("article h3").textContent.trim()`)
	b.press("Rotate " + name)
	b.fill("Name of the new token", "Okta, rotated")
	b.press("Rotate")
	rotated := demo.Okta{BaseURL: old.BaseURL, Token: b.secret()}
	answer, err := old.TestCredentials(ctx)
	sent(t, answer, err, http.StatusOK)
	answer, err = rotated.TestCredentials(ctx)
	sent(t, answer, err, http.StatusOK)
	if !l.noScript {
		b.await("the first use", `document.body.innerText.includes("Okta used it at")`)
	}
	b.press("I have stored the token")
	b.want("replaced by Okta, rotated", "Ending this token may stop something.")
	b.press("End early: " + name)
	b.press("End the token before: " + name)
	b.want("The token has ended. It can be restored for 10 minutes.")
	harness.Eventually(t, "the ended token is refused", func() bool {
		answer, err := old.TestCredentials(ctx)
		return err == nil && answer.Status == http.StatusUnauthorized
	})
	answer, err = rotated.TestCredentials(ctx)
	sent(t, answer, err, http.StatusOK)
	b.press("Restore " + name)
	b.press("Restore a token: " + name)
	b.want("The token works again.")
}
