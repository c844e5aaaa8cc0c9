package browser

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"gotest.tools/v3/assert"

	"github.com/devrev/scim/services/console"
	"github.com/devrev/scim/services/console/session"
)

// sessionCookie is the cookie of who is signed in, as a run on loopback names it.
const sessionCookie = "scim_session"

// TestAFormThatNeedsASignInComesBack: where the session is over, where it began too long ago for
// what is dangerous, and where the form is too long for a cookie.
func TestAFormThatNeedsASignInComesBack(t *testing.T) {
	p := product(t)
	announce(t, p, "again")
	b := open(t, origin(p), look{})
	b.signIn("again")
	b.visit("/console/o/again/security")
	b.press("Enable SCIM")
	b.press("I have stored the token")

	b.visit("/console/o/again/settings")
	b.fill("Schemas, as JSON", "[]")
	b.forget()
	b.press("Save the schemas")
	b.want("Your sign-in has ended, so nothing was changed.", "What you typed is kept")
	b.check("a form without a session")
	b.press("Sign in again")
	b.want("You are signed in again. Nothing was changed yet.")
	b.check("the form after the sign-in")
	b.press("Go on")
	b.want("The setting is changed")

	b.visit("/console/o/again/settings")
	eval[bool](b, `(document.querySelector("textarea").value = "x".repeat(5000), true)`)
	b.forget()
	b.press("Save the schemas")
	b.want("What you typed is too long to be kept.")
	b.check("a form that is too long to be kept")
	b.press("Sign in again")

	b.visit("/console/o/again/security/disable")
	b.fill("The organisation's name", "again")
	b.age(p.Data, time.Hour)
	b.press("Disable SCIM")
	b.want("this needs a sign-in within the last 15 minutes")
	b.check("a dangerous form, long after the sign-in")
	b.press("Sign in again")
	b.fill("Another organisation", "again")
	b.press("Administrator of that organisation")
	b.want("Nothing was changed yet.")
	b.check("the dangerous form after the sign-in")
	b.press("Go on")
	b.want("SCIM is off.")
}

// cookie returns the session's cookie as the browser has it.
func (b *tab) cookie() (found http.Cookie) {
	b.t.Helper()
	b.call(func(ctx context.Context) error {
		all, err := chromedp.Call(ctx, network.GetCookies, network.GetCookiesParams{})
		if err != nil {
			return err
		}
		for _, c := range all.Cookies {
			if c.Name == sessionCookie {
				found = http.Cookie{Name: c.Name, Value: c.Value}
			}
		}
		return nil
	})
	if found.Value == "" {
		b.t.Fatal("the browser has no session")
	}
	return found
}

// forget has the browser lose its session with the console; the issuer still knows it.
func (b *tab) forget() {
	b.t.Helper()
	b.call(func(ctx context.Context) error {
		_, err := chromedp.Call(ctx, network.DeleteCookies, network.DeleteCookiesParams{Name: sessionCookie, URL: b.origin + console.Path + "/"})
		return err
	})
}

// age has the person's last proof of who they are be so long ago. data is the folder of the run,
// whose key seals the session.
func (b *tab) age(data string, by time.Duration) {
	b.t.Helper()
	key, err := os.ReadFile(filepath.Join(data, "console-session-key"))
	assert.NilError(b.t, err)
	keys, err := session.ParseKeys(strings.TrimSpace(string(key)))
	assert.NilError(b.t, err)
	jar, err := session.NewJar(keys, console.Path, false)
	assert.NilError(b.t, err)
	request, cookie := httptest.NewRequest(http.MethodGet, "/", nil), b.cookie()
	request.AddCookie(&cookie)
	var s session.Session
	if !jar.Get(request, sessionCookie, &s) {
		b.t.Fatal("the cookie is not sealed with the key of the run")
	}
	s.AuthTime = s.AuthTime.Add(-by)
	answer := httptest.NewRecorder()
	assert.NilError(b.t, jar.Set(answer, sessionCookie, s, 0))
	sealed := answer.Result().Cookies()[0]
	b.call(func(ctx context.Context) error {
		_, err := chromedp.Call(ctx, network.SetCookie, network.SetCookieParams{
			Name: sealed.Name, Value: sealed.Value, URL: b.origin + console.Path + "/", Path: sealed.Path, HTTPOnly: new(true), SameSite: network.CookieSameSiteLax,
		})
		return err
	})
}
