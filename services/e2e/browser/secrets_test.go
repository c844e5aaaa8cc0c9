package browser

import (
	"context"
	"encoding/base64"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"github.com/devrev/scim/services/console"
	"github.com/devrev/scim/services/e2e/harness"
)

// secrets are how a SCIM token, and an access token as JWT, begin.
var secrets = []string{"dvscim_", "eyJ"}

// keepsSecrets fails the test if an address that the browser asked for holds a secret, or a cookie
// of the console does in the clear or can be read by a script.
func (b *tab) keepsSecrets() {
	b.t.Helper()
	for _, address := range b.asked() {
		for _, secret := range secrets {
			if strings.Contains(address, secret) {
				b.t.Errorf("an address holds a secret: %s", address)
			}
		}
	}
	b.call(func(ctx context.Context) error {
		all, err := chromedp.Call(ctx, network.GetCookies, network.GetCookiesParams{URLs: []string{b.origin + console.Path + "/"}})
		if err != nil {
			return err
		}
		if len(all.Cookies) == 0 {
			b.t.Error("there is no cookie to look at")
		}
		for _, c := range all.Cookies {
			plain, _ := base64.RawURLEncoding.DecodeString(c.Value) // else it is not base64
			for _, secret := range append(secrets, "administrator") {
				if strings.Contains(c.Value+string(plain), secret) {
					b.t.Errorf("the cookie %s holds %s in the clear", c.Name, secret)
				}
			}
			if !c.HTTPOnly || c.SameSite != network.CookieSameSiteLax {
				b.t.Errorf("the cookie %s is open to scripts, or to other sites", c.Name)
			}
		}
		return nil
	})
}

// TestTheBrowserTells: what every test fails on is noticed.
func TestTheBrowserTells(t *testing.T) {
	p := product(t)
	b := open(t, origin(p), look{})
	for fault, of := range map[string]struct {
		do   func()
		told func() []string
	}{
		"a style that the policy forbids": {
			func() { eval[bool](b, `(document.body.setAttribute("style", "color: red"), true)`) }, func() []string { return b.said },
		},
		"an image of another origin": {
			func() {
				eval[bool](b, `(document.body.append(Object.assign(document.createElement("img"), {src: "http://127.0.0.2:9/pixel"})), true)`)
			},
			func() []string { return b.said },
		},
		"another origin": {
			func() {
				b.do(chromedp.Navigate(strings.Replace(b.origin, "127.0.0.1", "localhost", 1) + "/console/signed-out"))
			},
			func() []string { return b.elsewhere },
		},
	} {
		b.visit("/console/signed-out")
		b.forgive()
		of.do()
		harness.Eventually(t, fault+" is noticed", func() bool {
			b.mu.Lock()
			defer b.mu.Unlock()
			return len(of.told()) > 0
		})
	}
	b.visit("/console/signed-out")
	b.forgive()
}

// forgive forgets what the tab was told up to now.
func (b *tab) forgive() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.said, b.elsewhere = nil, nil
}

func TestWhatACacheMayKeep(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]bool{"no-store": true, "private, no-store": true, "private": false, "public, max-age=9": false, "": false} {
		if got := keptNowhere(network.Headers{"cache-control": value}); got != want {
			t.Errorf("%q: %t", value, got)
		}
	}
}
