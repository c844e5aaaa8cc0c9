package issuer_test

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"gotest.tools/v3/assert"

	"github.com/devrev/scim/libs/token"
	"github.com/devrev/scim/services/internal/audit"
	"github.com/devrev/scim/services/token/issuer"
	"github.com/devrev/scim/services/token/issuer/issuertest"
)

var github = audit.Caller{Subject: "github", Address: "198.51.100.9"}

const place = "commit https://github.com/example/repository/commit/0123456"

// leak reports the token as GitHub does.
func (w *world) leak(i issuer.Issued) issuer.Leak {
	w.t.Helper()
	leak, err := w.Leaked(w.t.Context(), github, i.Token, place)
	if err != nil {
		w.t.Fatalf("Leaked: %v", err)
	}
	w.tick()
	return leak
}

// wantDeadForGood fails the test unless the token is revoked and stays so.
func (w *world) wantDeadForGood(i issuer.Issued) {
	w.t.Helper()
	w.wantRefused(i.Token, token.ReasonRevoked)
	if _, err := w.Restore(w.t.Context(), admin, org, i.Token.ID()); !errors.Is(err, issuer.ErrLeaked) {
		w.t.Errorf("Restore: %v, want ErrLeaked", err)
	}
	w.wantRefused(i.Token, token.ReasonRevoked)
}

func TestALeakedTokenIsRevokedAndPutDownOnce(t *testing.T) {
	t.Parallel()
	w, first := enabled(t)
	want := issuer.Leak{Org: org, TokenID: first.Token.ID(), News: true}
	for range 3 {
		if diff := cmp.Diff(want, w.leak(first)); diff != "" {
			t.Errorf("Leaked (-want +got):\n%s", diff)
		}
		want.News = false
	}
	w.wantDeadForGood(first)
	if actions := w.audit(); count(actions, audit.ActionLeaked) != 1 || count(actions, audit.ActionRestore) != 0 {
		t.Errorf("the audit has %v; want one report, and no restoring begun", actions)
	}
	if e := w.lastEntry(); e.TokenID != first.Token.ID() || e.Source != place || e.Caller != github {
		t.Errorf("the audit has %+v", e)
	}
}

func TestADeadTokenIsGenuineStillAndCannotComeBack(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		rule string
		kill func(w *world) error
	}{
		{"revoked a moment before", func(w *world) error { return w.Revoke(w.t.Context(), admin, org, w.first.Token.ID()) }},
		{"ended early", func(w *world) error {
			w.use(w.first.Token)
			w.rotate(issuer.Rotation{Current: w.first.Token.ID(), Overlap: time.Hour})
			_, err := w.EndEarly(w.t.Context(), admin, org, w.first.Token.ID())
			return err
		}},
		{"expired", func(w *world) error {
			w.use(w.first.Token)
			w.rotate(issuer.Rotation{Current: w.first.Token.ID(), Overlap: time.Hour})
			w.time = w.time.Add(time.Hour)
			return nil
		}},
		{"from before SCIM was disabled", func(w *world) error {
			_, err := w.Disable(w.t.Context(), admin, org)
			return err
		}},
	} {
		t.Run(tt.rule, func(t *testing.T) {
			t.Parallel()
			w, first := enabled(t)
			assert.NilError(t, tt.kill(w))
			if leak := w.leak(first); !leak.Genuine() || !leak.News {
				t.Errorf("%s: got %+v", tt.rule, leak)
			}
			if leak := w.leak(first); !leak.Genuine() || leak.News {
				t.Errorf("%s, reported again: got %+v", tt.rule, leak)
			}
			w.wantDeadForGood(first)
			if actions := w.audit(); count(actions, audit.ActionLeaked) != 1 {
				t.Errorf("the audit has %v", actions)
			}
		})
	}
}

func TestARestoredTokenThatIsReportedDies(t *testing.T) {
	t.Parallel()
	w, first := enabled(t)
	assert.NilError(t, w.Revoke(t.Context(), admin, org, first.Token.ID()))
	w.restore(first)
	w.wantAccepted(first.Token)
	w.leak(first)
	w.wantDeadForGood(first)
}

// TestAFailoverLosesNoMark: a replica had received the revocation, but not the mark that the token
// has leaked.
func TestAFailoverLosesNoMark(t *testing.T) {
	t.Parallel()
	w, first := enabled(t)
	stale, err := w.tokens.Organisation(t.Context(), org)
	assert.NilError(t, err)
	assert.NilError(t, w.Revoke(t.Context(), admin, org, first.Token.ID()))
	revoked := w.time
	w.leak(first)
	w.lose()
	assert.NilError(t, errors.Join(w.tokens.PutOrganisation(t.Context(), stale), w.tokens.Insert(t.Context(), first.Record)))
	if _, err := w.tokens.Revoke(t.Context(), org, first.Token.ID(), revoked); err != nil {
		t.Fatal(err)
	}
	w.reconcile()
	w.wantDeadForGood(first)
}

func TestAForeignTokenChangesNothing(t *testing.T) {
	t.Parallel()
	w, first := enabled(t)
	sameID := token.New(first.Token.Tag())
	r := first.Record
	r.ID, r.MAC = sameID.ID(), bytes.Repeat([]byte{1}, len(r.MAC)) // of another secret
	assert.NilError(t, w.tokens.Insert(t.Context(), r))
	facts, audit := w.facts(), w.audit()
	for rule, foreign := range map[string]token.Token{
		"of an unknown organisation": token.New(token.NewTag()),
		"with an unknown id":         token.New(first.Token.Tag()),
		"with the wrong secret":      sameID,
		"none at all":                {},
	} {
		leak, err := w.Leaked(t.Context(), github, foreign, place)
		if err != nil || leak != (issuer.Leak{}) {
			t.Errorf("%s: got %+v, %v", rule, leak, err)
		}
	}
	if w.facts() != facts || len(w.audit()) != len(audit) {
		t.Error("something was changed")
	}
}

func TestAReportThatCannotBeCheckedIsNotAnsweredByNo(t *testing.T) {
	t.Parallel()
	w, first := enabled(t)
	keyring, err := token.NewKeyring("k2", map[string][]byte{"k2": bytes.Repeat([]byte{8}, token.MinPepper)})
	assert.NilError(t, err)
	i := issuertest.New(t, issuer.Deps{Store: w.store, Tokens: w.tokens, Keyring: keyring, Now: w.now})
	if _, err := i.Leaked(t.Context(), github, first.Token, place); !errors.Is(err, token.ErrUnavailable) {
		t.Errorf("without the token's pepper: got %v, want ErrUnavailable", err)
	}
}
