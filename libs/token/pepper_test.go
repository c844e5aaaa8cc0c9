package token_test

import (
	"errors"
	"testing"

	"github.com/devrev/scim/libs/token"
)

// TestAPepperIsReplacedWithoutARefusal follows the three steps of docs/operations.md. At each, some
// processes are a step ahead of others: a token that either issues is accepted by both. A token
// whose pepper was removed too early cannot be verified, and is not refused.
func TestAPepperIsReplacedWithoutARefusal(t *testing.T) {
	t.Parallel()
	steps := []token.Keyring{keyring(t, "k1"), keyring(t, "k1", "k2"), keyring(t, "k2", "k1"), keyring(t, "k2")}
	verified := func(issuer, verifier token.Keyring) error {
		secret, l := issued(t)
		l.record.Kid, l.record.MAC = issuer.Sign("org-1", secret)
		l.record.ExpiresAt = at.AddDate(1, 0, 0)
		_, err := token.NewVerifier(l, verifier, nil).Verify(t.Context(), secret.Reveal())
		return err
	}
	for n := range steps[1:] {
		behind, ahead := steps[n], steps[n+1]
		if err := verified(behind, ahead); err != nil {
			t.Errorf("step %d: a token of a process that is behind: %v", n+1, err)
		}
		if err := verified(ahead, behind); err != nil {
			t.Errorf("step %d: a token of a process that is ahead: %v", n+1, err)
		}
	}
	if err := verified(steps[0], steps[3]); !errors.Is(err, token.ErrUnavailable) {
		t.Errorf("a token of a pepper that was taken away too early: %v, want ErrUnavailable", err)
	}
}
