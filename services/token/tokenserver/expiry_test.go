package tokenserver_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"gotest.tools/v3/assert"

	"github.com/devrev/scim/libs/telemetry/telemetrytest"
	"github.com/devrev/scim/services/token/tokenserver"
)

// TestExpiryIsMeasuredAndReported lets two tokens come nearer to their ends.
func TestExpiryIsMeasuredAndReported(t *testing.T) {
	admins := platformAlone(t)
	tel, _ := telemetrytest.Start(t, new(bytes.Buffer))
	file, keyring := open(t), newKeyring(t)
	synctest.Test(t, func(t *testing.T) {
		server, err := tokenserver.New(baseURL, tokenserver.Deps{
			Tokens: file.Tokens(), Organisations: file.Organisations(), Keyring: keyring, Access: admins, Telemetry: tel,
		})
		assert.NilError(t, err)
		platform(t, server.Handler(), "PUT", "", `{"sso":{"enabled":true}}`, 201, nil)
		var enabled struct{ Token issued }
		platform(t, server.Handler(), "POST", "/scim/enable", "", 201, &enabled)
		platform(t, server.Handler(), "DELETE", "/scim/tokens/"+enabled.Token.ID, "", 204, nil)
		issue := func(life time.Duration) (token issued) {
			expires := time.Now().Add(life).UTC().Format(time.RFC3339)
			platform(t, server.Handler(), "POST", "/scim/tokens", `{"name":"okta","expiresAt":"`+expires+`"}`, 201, &token)
			return token
		}
		const day = 24 * time.Hour
		later := issue(14*day + 10*time.Minute)
		time.Sleep(time.Second)
		sooner := issue(day + 10*time.Minute)
		run(t, server)
		wait := func(d time.Duration) string {
			time.Sleep(d)
			synctest.Wait()
			return telemetrytest.Scrape(t, tel)
		}
		want := func(page string, lines ...string) {
			t.Helper()
			for _, line := range lines {
				if !strings.Contains(page, line) {
					t.Errorf("the page lacks %s", line)
				}
			}
		}
		page := wait(time.Minute)
		want(page, `scim_tokens_expiring{within="14d"} 1`, `scim_tokens_expiring{within="7d"} 1`, `scim_tokens_expiring{within="1d"} 0`)
		want(page, `scim_token_events_total{kind="expiring_7d"} 1`)
		if strings.Contains(page, `kind="expiring_14d"`) {
			t.Error("a token with more than 14 days is reported")
		}
		want(wait(10*time.Minute), `scim_tokens_expiring{within="14d"} 1`) // no round yet
		page = wait(5 * time.Minute)
		want(page, `scim_tokens_expiring{within="14d"} 2`, `scim_tokens_expiring{within="7d"} 1`, `scim_tokens_expiring{within="1d"} 1`)
		page = wait(time.Hour)
		for _, kind := range []string{"expiring_14d", "expiring_7d", "expiring_1d"} {
			want(page, `scim_token_events_total{kind="`+kind+`"} 1`)
		}
		var status struct{ Expiring []string }
		platform(t, server.Handler(), "GET", "/scim", "", 200, &status)
		if !slices.Equal(status.Expiring, []string{sooner.ID, later.ID}) {
			t.Errorf("the status has %v", status.Expiring)
		}
		platform(t, server.Handler(), "DELETE", "/scim/tokens/"+sooner.ID, "", 204, nil)
		want(wait(15*time.Minute), `scim_tokens_expiring{within="14d"} 1`, `scim_tokens_expiring{within="1d"} 0`)
	})
}
