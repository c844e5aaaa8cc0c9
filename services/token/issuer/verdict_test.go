package issuer_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"gotest.tools/v3/assert"
	"pgregory.net/rapid"

	"github.com/devrev/scim/libs/token"
	"github.com/devrev/scim/services/token/issuer"
)

func TestVerdict(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 23, 12, 30, 0, 0, time.UTC)
	before := func(d time.Duration) time.Time { return now.Add(-d) }
	// by is the use by one client of which the last was at the given time.
	by := func(client token.Client, last time.Time, requests, failures int64) token.Usage {
		return token.Usage{
			FirstUsedAt: last, LastUsedAt: last, Clients: []token.Seen[token.Client]{{Name: client, LastAt: last}},
			Hours: []token.Hour{{At: last.Truncate(time.Hour), Count: token.Count{Requests: requests, Failures: failures}}},
		}
	}
	okta := func(ago time.Duration) token.Usage { return by(token.ClientOkta, before(ago), 10, 0) }
	entra := func(ago time.Duration) token.Usage { return by(token.ClientEntra, before(ago), 10, 0) }
	unnamed := func(ago time.Duration) token.Usage { return by(token.ClientUnnamed, before(ago), 10, 0) }
	other := func(ago time.Duration) token.Usage { return by(token.ClientOther, before(ago), 10, 0) }
	const (
		day      = 24 * time.Hour
		wait     = "Wait until this one has not been used for 2 hours: some identity providers send requests rarely."
		tenOfNow = "The new token served 10 requests since it was issued, the last one just now."
	)
	for _, tt := range []struct {
		rule       string
		t, next    token.Usage
		nextIssued time.Duration // ago
		expiresAt  time.Time
		safe       bool
		reasons    []string
	}{
		{
			rule: "safe: the new one in use, the old one quiet", safe: true,
			t: okta(26 * time.Hour), next: by(token.ClientOkta, before(3*time.Minute), 200, 0).Plus(by(token.ClientOkta, before(4*time.Hour), 14, 0)),
			nextIssued: 30 * time.Hour, expiresAt: now.Add(day),
			reasons: []string{
				"The new token served 214 requests since it was issued, the last one 3 minutes ago.", "This one has served no request for 26 hours.",
				"Okta has used both.",
			},
		},
		{
			rule: "safe from Quiet on", safe: true,
			t: okta(issuer.Quiet), next: okta(0), nextIssued: 3 * time.Hour,
			reasons: []string{tenOfNow, "This one has served no request for 2 hours.", "Okta has used both."},
		},
		{
			rule: "safe: the new one is used seldom, but later", safe: true,
			t: okta(9 * day), next: okta(5 * day), nextIssued: 10 * day,
			reasons: []string{
				"The new token served 10 requests in the last 7 days, the last one 5 days ago.", "This one has served no request for 9 days.", "Okta has used both.",
			},
		},
		{
			rule: "safe: each of several clients has gone over", safe: true,
			t:    okta(3 * time.Hour).Plus(entra(4 * time.Hour)).Plus(unnamed(4 * time.Hour)),
			next: okta(0).Plus(entra(2 * time.Hour)).Plus(unnamed(time.Hour)).Plus(other(time.Hour)), nextIssued: 5 * time.Hour,
			reasons: []string{
				"The new token served 40 requests since it was issued, the last one just now.", "This one has served no request for 3 hours.",
				"Entra ID, Okta and a client without a name have used both.",
			},
		},
		{
			rule: "safe: a client that has not called for a month is not waited for", safe: true,
			t: okta(3 * time.Hour).Plus(other(31 * day)), next: okta(0), nextIssued: 5 * time.Hour,
			reasons: []string{tenOfNow, "This one has served no request for 3 hours.", "Okta has used both."},
		},
		{
			rule: "safe: half of the requests fail", safe: true,
			t: okta(3 * time.Hour), next: by(token.ClientOkta, before(0), 10, 5), nextIssued: 4 * time.Hour,
			reasons: []string{
				"The new token served 10 requests since it was issued, the last one just now; 5 failed.", "This one has served no request for 3 hours.", "Okta has used both.",
			},
		},
		{
			rule: "safe: what failed was mended", safe: true,
			t: okta(9 * time.Hour), next: by(token.ClientOkta, before(5*time.Hour), 50, 50).Plus(okta(0)), nextIssued: 10 * time.Hour,
			reasons: []string{
				"The new token served 60 requests since it was issued, the last one just now; 50 failed.", "This one has served no request for 9 hours.", "Okta has used both.",
			},
		},
		{
			rule: "not safe: the new one was never used",
			t:    okta(26 * time.Hour), nextIssued: 30 * time.Hour, expiresAt: now.Add(5*time.Hour + time.Minute),
			reasons: []string{"The new token has not been used yet.", "This one has served no request for 26 hours.", "It expires in 5 hours."},
		},
		{
			rule:    "not safe: neither was used, as far as is known",
			reasons: []string{"The new token has not been used yet.", "No use of this one is known."},
		},
		{
			rule: "not safe: nothing is known of the old one's uses",
			next: okta(0), nextIssued: 3 * time.Hour,
			reasons: []string{"It is not known who used this one.", tenOfNow, "No use of this one is known."},
		},
		{
			rule: "not safe: the client of the old one is unknown",
			t:    token.Usage{LastUsedAt: before(26 * time.Hour)}, next: okta(0), nextIssued: 3 * time.Hour,
			reasons: []string{"It is not known who used this one.", tenOfNow, "This one has served no request for 26 hours."},
		},
		{
			rule: "not safe: the client of the new one is unknown",
			t:    okta(26 * time.Hour), next: token.Usage{LastUsedAt: before(0), Hours: okta(0).Hours}, nextIssued: 3 * time.Hour,
			reasons: []string{"Okta has used this one, and not yet the new one.", tenOfNow, "This one has served no request for 26 hours."},
		},
		{
			rule: "not safe: it is not known how the requests with the new one went",
			t:    okta(10 * day), next: token.Usage{LastUsedAt: before(8 * day), Clients: okta(8 * day).Clients}, nextIssued: 11 * day,
			reasons: []string{
				"It is not known how the requests with the new token went: it was used too long ago.", "The new token was used 8 days ago.",
				"This one has served no request for 10 days.",
			},
		},
		{
			rule: "not safe: the old one was used after the new one",
			t:    okta(3 * day), next: okta(4 * day), nextIssued: 5 * day,
			reasons: []string{
				"Okta has used this one after the new one: a client still holds it.",
				"The new token served 10 requests since it was issued, the last one 4 days ago.", "This one has served no request for 3 days.",
			},
		},
		{
			rule: "not safe: both were used at the same time",
			t:    okta(time.Minute), next: okta(time.Minute), nextIssued: time.Hour, expiresAt: now.Add(119 * time.Second),
			reasons: []string{
				"Okta has used this one after the new one: a client still holds it.", wait,
				"The new token served 10 requests since it was issued, the last one 1 minute ago.", "This one was used 1 minute ago.",
				"It expires in 1 minute.",
			},
		},
		{
			rule: "not safe: a client of the old one has not used the new one",
			t:    okta(3 * time.Hour).Plus(entra(26 * time.Hour)), next: okta(0), nextIssued: 4 * time.Hour,
			reasons: []string{"Entra ID has used this one, and not yet the new one.", tenOfNow, "This one has served no request for 3 hours."},
		},
		{
			rule: "not safe: a client has tried the new one and gone back",
			t:    okta(3 * time.Hour).Plus(entra(4 * time.Hour)).Plus(other(5 * time.Hour)), next: okta(0).Plus(entra(5 * time.Hour)), nextIssued: 6 * time.Hour,
			reasons: []string{
				"Entra ID has used this one after the new one: a client still holds it.", "Another client has used this one, and not yet the new one.",
				"The new token served 20 requests since it was issued, the last one just now.", "This one has served no request for 3 hours.",
			},
		},
		{
			rule: "not safe: the old one is not quiet for long enough",
			t:    okta(issuer.Quiet - 1), next: okta(0), nextIssued: 3 * time.Hour, expiresAt: now.Add(9 * day),
			reasons: []string{wait, tenOfNow, "This one was used 119 minutes ago.", "It expires in 9 days."},
		},
		{
			rule: "not safe: most of the latest requests with the new one failed",
			t:    okta(5 * time.Hour), next: by(token.ClientOkta, before(0), 30, 30).Plus(by(token.ClientOkta, before(time.Hour), 20, 11)).Plus(okta(3 * time.Hour)),
			nextIssued: 6 * time.Hour,
			reasons: []string{
				"41 of the latest 50 requests with the new token failed: look at the activity before you revoke.",
				"The new token served 60 requests since it was issued, the last one just now; 41 failed.", "This one has served no request for 5 hours.",
			},
		},
		{
			rule: "not safe: the one request with the new one failed",
			t:    okta(5 * time.Hour), next: by(token.ClientOkta, before(0), 1, 1), nextIssued: 6 * time.Hour,
			reasons: []string{
				"The latest request with the new token failed: look at the activity before you revoke.",
				"The new token served 1 request since it was issued, the last one just now; 1 failed.", "This one has served no request for 5 hours.",
			},
		},
		{
			rule: "not safe: used in the future, by another clock",
			t:    okta(-time.Second), next: okta(-2 * time.Second), nextIssued: 3 * time.Hour,
			reasons: []string{wait, tenOfNow, "This one was used just now."},
		},
	} {
		next := &token.Record{ID: "next", Usage: tt.next, IssuedAt: before(tt.nextIssued)}
		got := issuer.VerdictOn(token.Record{Usage: tt.t, ExpiresAt: tt.expiresAt}, next, now)
		want := issuer.Verdict{Safe: tt.safe, Successor: "next", Reasons: tt.reasons}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.rule, diff)
		}
	}

	const alone = "No other token has replaced it: clients that use it would stop working."
	for rule, c := range map[string]struct {
		t       token.Record
		reasons []string
	}{
		"not safe: nothing has taken its place": {
			token.Record{Usage: okta(time.Hour), IssuedAt: before(9 * day), ExpiresAt: now.Add(71 * time.Hour)},
			[]string{alone, "This one served 10 requests in the last 7 days, the last one 60 minutes ago.", "It expires in 71 hours."},
		},
		"not safe: nothing has taken its place, used or not": {token.Record{}, []string{alone, "No use of this one is known."}},
	} {
		if diff := cmp.Diff(issuer.Verdict{Reasons: c.reasons}, issuer.VerdictOn(c.t, nil, now)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", rule, diff)
		}
	}
}

// A token is safe to revoke once each of its clients has gone over to the one that replaced it, and
// stays so while only time passes, for as long as its use is known. For any token whose use is
// known, one more use never makes it safe, whichever client it is by and whenever it was; nor does
// a failure of the one that replaced it.
func TestLawsOfTheVerdict(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 23, 12, 30, 0, 0, time.UTC)
	clients := []token.Client{token.ClientOkta, token.ClientEntra, token.ClientUnnamed}
	halfHoursAgo := func(t *rapid.T, least, most int) time.Time {
		return now.Add(-time.Duration(rapid.IntRange(least, most).Draw(t, "half hours ago")) * 30 * time.Minute)
	}
	use := func(t *rapid.T, client token.Client, at time.Time, failing bool) token.Usage {
		count := token.Count{Requests: rapid.Int64Range(1, 4).Draw(t, "requests")}
		if failing {
			count.Failures = rapid.Int64Range(0, count.Requests).Draw(t, "failures")
		}
		return token.Usage{
			FirstUsedAt: at, LastUsedAt: at, Clients: []token.Seen[token.Client]{{Name: client, LastAt: at}},
			Hours: []token.Hour{{At: at.Truncate(time.Hour), Count: count}},
		}
	}
	safe := func(old, next token.Usage, now time.Time) bool {
		return issuer.VerdictOn(token.Record{Usage: old}, &token.Record{Usage: next}, now).Safe
	}
	t.Run("gone over", func(t *testing.T) {
		t.Parallel()
		rapid.Check(t, func(t *rapid.T) {
			var old, next token.Usage
			for _, client := range rapid.SliceOfNDistinct(rapid.SampledFrom(clients), 1, len(clients), rapid.ID).Draw(t, "clients") {
				for range rapid.IntRange(1, 3).Draw(t, "uses of the old one") {
					old = old.Plus(use(t, client, halfHoursAgo(t, int(issuer.Quiet/(30*time.Minute)), 40), true))
				}
				next = next.Plus(use(t, client, halfHoursAgo(t, 0, 3), false))
			}
			for _, later := range []time.Duration{0, 24 * time.Hour} {
				if !safe(old, next, now.Add(later)) {
					t.Errorf("not safe %s later: %+v, %+v", later, old, next)
				}
			}
		})
	})
	t.Run("a doubt stays", func(t *testing.T) {
		t.Parallel()
		uses := func(t *rapid.T, least, most, latest, earliest int) (u token.Usage) {
			for range rapid.IntRange(least, most).Draw(t, "uses") {
				u = u.Plus(use(t, rapid.SampledFrom(clients).Draw(t, "client"), halfHoursAgo(t, latest, earliest), true))
			}
			return u
		}
		rapid.Check(t, func(t *rapid.T) {
			old, next := uses(t, 1, 3, 2, 40), uses(t, 0, 4, 0, 6)
			if safe(old, next, now) {
				return
			}
			if more := uses(t, 1, 1, 0, 40); safe(old.Plus(more), next, now) {
				t.Errorf("not safe until the old one is used as well: %+v and %+v, %+v", old, more, next)
			}
			for i := range next.Hours {
				next.Hours[i].Failures = next.Hours[i].Requests
			}
			if safe(old, next, now) {
				t.Errorf("not safe until all requests fail: %+v, %+v", old, next)
			}
		})
	})
}

func TestTheVerdictIsOnLiveTokensAndTheirSuccessors(t *testing.T) {
	t.Parallel()
	w, second := rotated(t)
	verdict := func(i issuer.Issued) issuer.Verdict {
		t.Helper()
		got, err := w.Token(t.Context(), org, i.Token.ID())
		assert.NilError(t, err)
		return got.Verdict
	}
	if got := verdict(w.first); got.Safe || got.Successor != second.Token.ID() {
		t.Errorf("before the new one is used: %+v", got)
	}
	if got := verdict(second); got.Safe || got.Successor != "" || len(got.Reasons) == 0 {
		t.Errorf("of the new one: %+v", got)
	}
	w.use(second.Token)
	w.time = w.time.Add(issuer.Quiet)
	if got := verdict(w.first); !got.Safe {
		t.Errorf("after Quiet: %+v", got)
	}
	if _, err := w.EndEarly(t.Context(), admin, org, w.first.Token.ID()); err != nil {
		t.Fatal(err)
	}
	if got := verdict(w.first); got.Reasons != nil {
		t.Errorf("of a dead one: %+v", got)
	}
	other := w.issue(issuer.TokenRequest{Name: "of another client"})
	w.use(other.Token)
	w.time = w.time.Add(24 * time.Hour)
	if got := verdict(second); got.Safe || got.Successor != "" {
		t.Errorf("a token that was issued on its own proves nothing: %+v", got)
	}
}
