package issuer

import (
	"context"
	"errors"
	"fmt"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/devrev/scim/services/internal/audit"
)

// denialEvery is the time in which an organisation's audit records one refusal at most: a refusal
// must cost less than what it refuses.
const denialEvery = time.Minute

// denials remembers in which organisations a refusal was recorded, so that further ones do not
// reach the store.
type denials struct{ told *lru.Cache[denial, struct{}] }

type denial struct {
	org  string
	slot time.Time // a multiple of denialEvery
}

func newDenials() denials {
	const organisations = 10_000
	told, _ := lru.New[denial, struct{}](organisations) // errs for a size below 1 only
	return denials{told}
}

// first reports whether d was not remembered yet, and remembers it.
func (s denials) first(d denial) bool {
	before, _ := s.told.ContainsOrAdd(d, struct{}{})
	return !before
}

// Denied records in the audit of own, the caller's organisation, that the caller requested what
// they may not do in org. It records the first refusal in a minute, whichever process refused it,
// and none if own was never announced: a refused caller must not be able to fill the audit of
// others, nor to begin one. Source names org if it is another organisation.
//
// The refusal does not depend on it: an error is for the log.
func (i *Issuer) Denied(ctx context.Context, by audit.Caller, own string, action audit.Action, org string) error {
	e := i.entry(by, action, own)
	slot := e.At.Truncate(denialEvery)
	if own == "" || !i.denials.first(denial{own, slot}) {
		return nil
	}
	switch _, err := i.store.Organisation(ctx, own); {
	case errors.Is(err, ErrNoOrganisation):
		return nil
	case err != nil:
		return fmt.Errorf("load organisation: %w", err)
	}
	e.Result, e.Once = audit.ResultDenied, "denied at "+slot.Format(time.RFC3339)
	if org != own {
		e.Source = "organisation " + org
	}
	err := i.audit(ctx, e)
	if errors.Is(err, ErrTold) {
		return nil
	}
	return err
}
