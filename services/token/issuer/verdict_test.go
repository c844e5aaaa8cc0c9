package issuer_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/devrev/scim/libs/token"
	"github.com/devrev/scim/services/token/issuer"
)

func TestVerdict(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	before := func(d time.Duration) time.Time { return now.Add(-d) }
	never := time.Time{}
	const day = 24 * time.Hour
	for _, tt := range []struct {
		rule                  string
		used, nextUsed        time.Time
		nextIssued, expiresAt time.Time
		safe                  bool
		reasons               []string
	}{
		{
			"safe: the new one in use, the old one quiet", before(26 * time.Hour), before(4 * time.Minute), before(30 * time.Hour), now.Add(day), true,
			[]string{"The new token was used 4 minutes ago.", "This one has not been used for 26 hours."},
		},
		{
			"safe from Quiet on", before(issuer.Quiet), before(0), before(3 * time.Hour), never, true,
			[]string{"The new token was used just now.", "This one has not been used for 2 hours."},
		},
		{
			"safe: the new one is used seldom, but later", before(9 * day), before(5 * day), before(10 * day), never, true,
			[]string{"The new token was used 5 days ago.", "This one has not been used for 9 days."},
		},
		{
			"safe: uses from before the rotation were lost", never, before(time.Minute), before(3 * time.Hour), never, true,
			[]string{"The new token was used a minute ago.", "No use of this one is known."},
		},
		{
			"not safe: the new one was never used", before(26 * time.Hour), never, before(30 * time.Hour), now.Add(5*time.Hour + time.Minute), false,
			[]string{"The new token has not been used yet.", "This one has not been used for 26 hours.", "It ends by itself in 5 hours."},
		},
		{
			"not safe: the old one was used after the new one", before(3 * day), before(4 * day), before(5 * day), never, false,
			[]string{"This one has not been used for 3 days.", "The new token was used 4 days ago, which is not later: something still has this one."},
		},
		{
			"not safe: both were used at the same time", before(time.Minute), before(time.Minute), before(time.Hour), now.Add(119 * time.Second), false,
			[]string{
				"This one was used a minute ago.", "The new token was used a minute ago, which is not later: something still has this one.",
				"It ends by itself in a minute.",
			},
		},
		{
			"not safe: the old one is not quiet for long enough", before(issuer.Quiet - 1), before(time.Second), before(3 * time.Hour), now.Add(9 * day), false,
			[]string{
				"The new token was used just now.", "This one was used 119 minutes ago.",
				"Wait until it has not been used for 2 hours: some identity providers call seldom.", "It ends by itself in 9 days.",
			},
		},
		{
			"not safe: what is known of uses begins a short while ago", never, before(time.Minute), before(issuer.Quiet - 1), never, false,
			[]string{
				"The new token was used a minute ago.", "No use of this one is known.",
				"Wait until it has not been used for 2 hours: some identity providers call seldom.",
			},
		},
		{
			"not safe: used in the future, by another clock", now.Add(time.Second), now.Add(2 * time.Second), before(3 * time.Hour), never, false,
			[]string{
				"The new token was used just now.", "This one was used just now.",
				"Wait until it has not been used for 2 hours: some identity providers call seldom.",
			},
		},
	} {
		next := &token.Record{ID: "next", Use: token.Use{LastUsedAt: tt.nextUsed}, IssuedAt: tt.nextIssued}
		got := issuer.VerdictOn(token.Record{Use: token.Use{LastUsedAt: tt.used}, ExpiresAt: tt.expiresAt}, next, now)
		want := issuer.Verdict{Safe: tt.safe, Successor: "next", Reasons: tt.reasons}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.rule, diff)
		}
	}
	got := issuer.VerdictOn(token.Record{Use: token.Use{LastUsedAt: before(time.Hour)}, ExpiresAt: now.Add(71 * time.Hour)}, nil, now)
	want := issuer.Verdict{Reasons: []string{
		"No other token has taken its place: what uses it would stop.", "This one was used 60 minutes ago.", "It ends by itself in 71 hours.",
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("not safe: nothing has taken its place (-want +got):\n%s", diff)
	}
}

func TestTheVerdictIsOnLiveTokensAndTheirSuccessors(t *testing.T) {
	t.Parallel()
	w, second := rotated(t)
	verdict := func(i issuer.Issued) issuer.Verdict {
		t.Helper()
		got, err := w.Token(t.Context(), org, i.Token.ID())
		if err != nil {
			t.Fatal(err)
		}
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
		t.Errorf("a token that was issued by itself proves nothing: %+v", got)
	}
}
