package browser

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"gotest.tools/v3/assert"

	"github.com/devrev/scim/services/e2e/harness"
	"github.com/devrev/scim/services/local/demo"
)

// maxPage is the most that the HTML of a page may have, in bytes.
const maxPage = 50 << 10

// check holds the page against what all pages keep to.
func (b *tab) check(page string) {
	b.t.Helper()
	if size := eval[float64](b, `performance.getEntriesByType("navigation")[0].decodedBodySize`); size > maxPage {
		b.t.Errorf("%s has %.0f bytes, more than %d", page, size, maxPage)
	}
	if n := eval[float64](b, `document.querySelectorAll("h1").length`); n != 1 {
		b.t.Errorf("%s has %v headings of the first level", page, n)
	}
	b.accessible(page)
}

// full makes an organisation in which everything has happened, and returns the ids that its pages
// have in their paths.
func full(t *testing.T, p *harness.AllInOne, org string) (ids map[string]string) {
	t.Helper()
	token, err := p.Organisation(t.Context(), org, "email")
	assert.NilError(t, err)
	api := platform(p)
	api.Base += "/organisations/" + org
	stage := demo.Stage{
		Okta: demo.Okta{BaseURL: p.Ready.SCIMBaseURL, Token: token},
		SignIn: func(ctx context.Context, userName string) error {
			_, err := api.Send(ctx, http.MethodPost, "/sign-ins", map[string]string{"userName": userName})
			return err
		},
	}
	if _, err := stage.Open(t.Context()); err != nil {
		t.Fatal(err)
	}
	ids = map[string]string{}
	for name, path := range map[string]string{
		"users": "/users?limit=1&state=deactivated", "groups": "/groups?limit=1", "activity": "/activity?limit=1&effect=refused", "tokens": "/scim/tokens",
	} {
		answer, err := api.Send(t.Context(), http.MethodGet, path, nil)
		assert.NilError(t, err)
		list, _ := answer.Object()[name].([]any)
		if len(list) == 0 {
			t.Fatalf("%s: %d %s", path, answer.Status, answer.Body)
		}
		ids[name] = list[0].(map[string]any)["id"].(string)
	}
	return ids
}

// TestPages goes to every page in every state that it has without a fault of the services.
func TestPages(t *testing.T) {
	p := product(t)
	ids := full(t, p, "full")
	announce(t, p, "empty")
	answer, err := platform(p).Send(t.Context(), http.MethodPut, "/organisations/nosso", `{"sso":{"enabled":false}}`)
	if err != nil || answer.Status != http.StatusCreated {
		t.Fatalf("announce: %d, %v", answer.Status, err)
	}
	user, group, entry, token := "users/"+ids["users"], "groups/"+ids["groups"], "activity/"+ids["activity"], "security/tokens/"+ids["tokens"]
	lists := []string{"", "security", "users", "groups", "activity", "drift", "settings", "settings/audit", "settings/verify"}
	all := append([]string{
		user, user + "/email", user + "/display-name", user + "/erase", group, group + "?q=nobody", entry, token, token + "/rotate", token + "/rename", token + "/revoke", token + "/end",
		token + "/cancel", token + "/restore", "security/issue", "security/disable", "security/guard", "users?q=dana", "users?q=nobody", "users?state=deleted",
		"users?sort=-userName", "groups?q=nothing", "groups?state=deleted", "activity?effect=refused", "activity?id=NOSUCHREQUEST", "drift?kind=refused", "drift?kind=undone", "drift?kind=waiting", "drift/compare", "try", "try?entry=" + ids["activity"], "settings/audit?action=token.issue", "nothing",
	}, lists...)
	for _, who := range []struct {
		name, org, role string
		paths           []string
	}{
		{"an administrator", "full", "Administrator", all},
		{"an auditor", "full", "Auditor", all},
		{"an administrator of an organisation without anything", "empty", "Administrator", lists},
		{"an administrator of an organisation without single sign-on", "nosso", "Administrator", []string{"", "security"}},
		{"staff on call", "full", "Staff", append([]string{user, group, entry, token, "users?q=dana", "users?q=nobody"}, lists...)},
	} {
		t.Run(who.name, func(t *testing.T) {
			b := open(t, origin(p), look{})
			b.visit("/")
			b.accessible("the sign-in page of the local run")
			if who.role == "Staff" {
				b.press("Staff on call")
				for _, path := range []string{"staff", "staff?q=full", "staff?state=failing", "staff?q=nothing"} {
					b.visit("/console/" + path)
					b.check(path)
				}
			} else {
				b.fill("Another organisation", who.org)
				b.press(who.role + " of that organisation")
			}
			for _, path := range who.paths {
				b.visit("/console/o/" + who.org + "/" + path)
				b.check(path)
				if who.role != "Administrator" && eval[float64](b, `document.querySelectorAll("main form[method=post]:not([data-changes=nothing])").length`) > 0 {
					t.Errorf("%s offers %s a change", path, who.name)
				}
			}
		})
	}
	t.Run("an undo", func(t *testing.T) {
		api := platform(p)
		answer, err := api.Send(t.Context(), http.MethodGet, "/organisations/full/activity?limit=1&effect=deactivated&user="+ids["users"], nil)
		assert.NilError(t, err)
		list, _ := answer.Object()["activity"].([]any)
		if len(list) == 0 {
			t.Fatalf("%d %s", answer.Status, answer.Body)
		}
		b := open(t, origin(p), look{width: 400})
		b.signIn("full")
		b.visit("/console/o/full/activity/" + list[0].(map[string]any)["id"].(string))
		b.check("an entry that can be undone")
		ended := func(says string) { b.await("the end of the undo", `document.body.innerText.includes("`+says+`")`) }
		b.press("Undo this change")
		ended("Nothing is changed yet")
		b.want("Nothing is changed yet", "Okta still believes what it pushed.")
		b.check("what an undo would do")
		b.press("Take back 1 now")
		ended("Taken back")
		b.check("an undo")
	})
}

// TestPagesOfForms goes to the pages that only a form leads to.
func TestPagesOfForms(t *testing.T) {
	p := product(t)
	announce(t, p, "forms")
	b := open(t, origin(p), look{width: 400})
	b.signIn("forms")
	b.visit("/console/o/forms/security")
	b.press("Enable SCIM")
	b.check("a token shown once")
	b.press("I have stored the token")
	b.visit("/console/o/forms/")
	b.fill("User name", "ann")
	b.rehearse("not e-mail addresses", "set the application username format to Email")
	b.check("a rehearsal that fails")
	b.visit("/console/o/forms/")
	b.press("Check the base URL")
	b.want("nothing on the way changes what is sent")
	b.check("the base URL from outside")
	b.visit("/console/o/forms/")
	b.press("Check the base URL")
	b.want("once a minute is enough")
	b.check("a doctor who is asked too early")
	b.rehearse("Nothing of them was kept")
	b.check("a rehearsal that passes")
	b.visit("/console/o/forms/activity")
	b.press("Try a request")
	b.fill("Path", "/Users/1")
	b.press("Try it")
	b.want("The identity provider sent PATCH and was refused")
	b.check("a dry run")
	b.fill("Path", "Users")
	b.press("Try it")
	b.want("path must be what follows the SCIM base URL")
	b.check("a dry run that cannot be made")
	for _, export := range []struct{ content, says, page string }{
		{"userName,active\nann@example.com,perhaps\n", "Line 2: active is neither true nor false.", "an export that is broken"},
		{"User,Application login\nAnn,ann@example.com\n", "missing-here", "a comparison"},
	} {
		file := filepath.Join(t.TempDir(), "assignments.csv")
		assert.NilError(t, os.WriteFile(file, []byte(export.content), 0o600))
		b.visit("/console/o/forms/drift/compare")
		b.do(chromedp.SetUploadFiles("#file", []string{file}))
		b.press("Compare")
		b.want(export.says)
		b.check(export.page)
	}
	b.visit("/console/o/forms/security")
	b.press("Disable SCIM")
	b.fill("The organisation's name", "another")
	b.press("Disable SCIM")
	b.want("Type the name of the organisation")
	b.check("a form that is refused")
	if typed := eval[string](b, `document.getElementById("organisation").value`); typed != "another" {
		t.Errorf("the form has forgotten what was typed; it has %q", typed)
	}
	if !eval[bool](b, `document.activeElement.getAttribute("role") === "alert"`) {
		t.Error("the alert has no focus")
	}
	b.visit("/console/o/forms/security/issue")
	b.fill("Name", " spaces at its ends ")
	b.press("Issue the token")
	b.check("a form that the service refuses")
	b.visit("/console/o/forms/settings")
	b.fill("Schemas, as JSON", "[{")
	b.press("Save the schemas")
	b.want("not a JSON list")
	b.check("settings that are refused")
	b.press("Sign out")
	b.want("You are signed out")
	b.check("signed out")
	if cookies := eval[string](b, "document.cookie"); strings.Contains(cookies, "scim") {
		t.Errorf("a script can read %s", cookies)
	}
}

// TestAxeFindsFaults: what finds nothing on our pages finds what is put there, and faults of colour
// in light and in dark.
func TestAxeFindsFaults(t *testing.T) {
	p := product(t)
	b := open(t, origin(p), look{})
	b.visit("/console/signed-out")
	if found := b.violations(); len(found) > 0 {
		t.Fatalf("the page itself has faults: %+v", found)
	}
	for id, plant := range map[string]string{
		"image-alt":      `document.querySelector("main").append(Object.assign(document.createElement("img"), {src: "/console/assets/none"}))`,
		"button-name":    `document.querySelector("main").append(document.createElement("button"))`,
		"color-contrast": `(e => { e.textContent = "pale"; e.style.color = "#cccccc"; e.style.background = "#ffffff"; document.querySelector("main").append(e) })(document.createElement("p"))`,
	} {
		b.visit("/console/signed-out")
		eval[bool](b, plant+", true")
		times := 0
		for _, f := range b.violations() {
			if f.ID == id {
				times++
			}
		}
		if want := 1 + strings.Count(id, "color"); times != want {
			t.Errorf("%s is found %d times, want %d", id, times, want)
		}
	}
}

// TestTheStyleSelectsByFewAttributes: by no others may elements of one kind differ in colour.
func TestTheStyleSelectsByFewAttributes(t *testing.T) {
	t.Parallel()
	style, err := os.ReadFile("../../console/ui/app.css")
	assert.NilError(t, err)
	for _, found := range regexp.MustCompile(`\[([\w-]+)`).FindAllStringSubmatch(string(style), -1) {
		if !slices.Contains(selected, found[1]) {
			t.Errorf("it selects by %s: add that to the attributes that kinds of elements have", found[1])
		}
	}
}

// TestShortcutsAreOffUntilTheyAreWanted: single keys do nothing before the person turns them on,
// and never where somebody types (WCAG 2.1.4).
func TestShortcutsAreOffUntilTheyAreWanted(t *testing.T) {
	p := product(t)
	announce(t, p, "keys")
	b := open(t, origin(p), look{})
	b.signIn("keys")
	at := func(page string) {
		t.Helper()
		b.await(page, `location.pathname === "/console/o/keys/`+page+`" && document.readyState === "complete"`) // then its script listens
	}
	b.visit("/console/o/keys/settings")
	b.do(chromedp.KeyEvent("gu"))
	at("settings")
	b.reach("Turn keyboard shortcuts on")
	b.do(chromedp.KeyEvent(kb.Enter))
	b.want("Turn keyboard shortcuts off")
	b.check("the settings with shortcuts")
	b.do(chromedp.KeyEvent("gu"))
	at("users")
	b.do(chromedp.KeyEvent("/"))
	b.await("the search", `document.activeElement.type === "search"`)
	b.do(chromedp.KeyEvent("ga/"))
	b.await("what was typed", `document.activeElement.value.endsWith("ga/")`)
	at("users")
	b.visit("/console/o/keys/settings")
	b.reach("Turn keyboard shortcuts off")
	b.do(chromedp.KeyEvent(kb.Enter))
	b.want("Turn keyboard shortcuts on")
	b.do(chromedp.KeyEvent("ga"))
	at("settings")
	b.reach("Turn keyboard shortcuts on")
}
