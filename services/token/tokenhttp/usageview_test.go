package tokenhttp_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/devrev/scim/libs/token"
	"github.com/devrev/scim/libs/token/tokentest"
)

// refusedUsage is two requests with a token that was revoked.
func refusedUsage(at time.Time) token.Usage {
	return token.Usage{
		Hours:   []token.Hour{{At: at.UTC().Truncate(time.Hour), Count: token.Count{Refused: 2}}},
		Refused: []token.Seen[token.Reason]{{Name: token.ReasonRevoked, LastAt: at}},
	}
}

func TestATokenShowsItsUse(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	a.organisation("org-a")
	first := a.enable("org-a")
	if got := a.token(first.ID); got.FirstUsedAt != nil || got.Use != nil || got.Refused != nil {
		t.Errorf("before it is used: %+v", got)
	}

	now := time.Now().UTC().Truncate(time.Millisecond)
	hour, longAgo := now.Truncate(time.Hour), now.Add(-50*time.Hour)
	failed := tokentest.Used(now)
	failed.Clients[0].Name, failed.Addresses[0].Name, failed.Hours[0].Failures = token.ClientEntra, token.AddressPrivate, 1
	a.recordUsage(first, tokentest.Used(longAgo).Plus(tokentest.Used(now)).Plus(failed))
	want := usageView{
		Requests24h: 2, Failures24h: 1,
		Clients:   []seenView{{"entra", now}, {"okta", now}},
		Addresses: []seenView{{"private", now}, {"public", now}},
		Hours:     []hourView{{longAgo.Truncate(time.Hour), 1, 0}, {hour, 2, 1}},
	}
	got := a.token(first.ID)
	if diff := cmp.Diff(&want, got.Use); diff != "" {
		t.Errorf("the token on its own (-want +got):\n%s", diff)
	}
	if got.FirstUsedAt == nil || !got.FirstUsedAt.Equal(longAgo) || got.LastUsedAt == nil || !got.LastUsedAt.Equal(now) {
		t.Errorf("used first at %v, last at %v", got.FirstUsedAt, got.LastUsedAt)
	}
	var list struct{ Tokens []tokenView }
	a.admin("org-a", "GET", rotationTokens, "").want(http.StatusOK).into(&list)
	if diff := cmp.Diff(&want, list.Tokens[0].Use, cmpopts.IgnoreFields(usageView{}, "Hours")); diff != "" || list.Tokens[0].Use.Hours != nil {
		t.Errorf("in the list, without hours (-want +got):\n%s", diff)
	}
}

func TestUseOfADeadTokenIsNamed(t *testing.T) {
	t.Parallel()
	a, first := rotatable(t)
	before := a.token(first.ID)
	a.admin("org-a", "DELETE", rotationTokens+"/"+first.ID, "").want(http.StatusNoContent)
	now := time.Now().UTC().Truncate(time.Millisecond)
	a.recordUsage(first, refusedUsage(now))
	expired := refusedUsage(now.Add(-time.Hour))
	expired.Refused[0].Name = token.ReasonExpired
	a.recordUsage(first, expired)

	got := a.token(first.ID)
	if diff := cmp.Diff(&refusedView{Count: 4, LastAt: now, Reason: "revoked"}, got.Refused); diff != "" {
		t.Errorf("refused (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(before.Use, got.Use); diff != "" {
		t.Errorf("the uses from before it was dead (-want +got):\n%s", diff)
	}
	if got.LastUsedAt == nil || !got.LastUsedAt.Equal(*before.LastUsedAt) {
		t.Errorf("last used at %v, want %v", got.LastUsedAt, before.LastUsedAt)
	}
}
