package token_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/devrev/scim/libs/token"
)

func TestFence(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		rule       string
		generation int64
		want       token.Reason // "": accepted
	}{
		{"a fence above the store's generation refuses what the store would accept", 3, token.ReasonSuperseded},
		{"a fence at the store's generation changes nothing", 2, ""},
		{"a fence below the store's generation changes nothing", 1, ""},
		{"a fence without an answer refuses no token", 0, ""},
	} {
		t.Run(tt.rule, func(t *testing.T) {
			t.Parallel()
			issued, l := issued(t)
			asked := ""
			fenced := token.NewFenced(l, func(_ context.Context, org string) (int64, bool) { asked = org; return tt.generation, true })
			_, err := token.NewVerifier(fenced, keyring(t, "k1"), func() time.Time { return at }).Verify(t.Context(), issued.Reveal())
			refusal, _ := errors.AsType[*token.Refusal](err)
			if (tt.want == "") != (err == nil) || refusal != nil && refusal.Reason != tt.want {
				t.Errorf("got %v, want %q", err, tt.want)
			}
			if asked != l.organisation.ID {
				t.Errorf("the fence was called for %q", asked)
			}
		})
	}
}

func TestFenceIsNotAskedForWhatIsNotThere(t *testing.T) {
	t.Parallel()
	_, l := issued(t)
	fenced := token.NewFenced(l, func(context.Context, string) (int64, bool) { t.Error("it was called"); return 0, true })
	if _, _, err := fenced.Lookup(t.Context(), "another", "one"); !errors.Is(err, token.ErrNotFound) {
		t.Errorf("got %v, want ErrNotFound", err)
	}
}

// TestAnOrganisationThatTheFenceDoesNotKnowLetsNobodyIn: no client could list or revoke its tokens.
// It is not a refusal, on which an identity provider would stop and wait for a person.
func TestAnOrganisationThatTheFenceDoesNotKnowLetsNobodyIn(t *testing.T) {
	t.Parallel()
	issued, l := issued(t)
	fenced := token.NewFenced(l, func(context.Context, string) (int64, bool) { return 0, false })
	_, err := token.NewVerifier(fenced, keyring(t, "k1"), func() time.Time { return at }).Verify(t.Context(), issued.Reveal())
	if _, refused := errors.AsType[*token.Refusal](err); refused || !errors.Is(err, token.ErrUnknownOrganisation) || !errors.Is(err, token.ErrUnavailable) {
		t.Errorf("got %v, want ErrUnknownOrganisation, which is an ErrUnavailable", err)
	}
}
