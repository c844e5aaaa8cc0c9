package issuer

import (
	"context"
	"errors"
	"fmt"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/devrev/scim/services/token/audit"
)

// denialEvery is the time in which an organisation's audit tells of one refusal at most: a refusal must cost less than what it refuses.
const denialEvery = time.Minute

// denials remembers which organisations were told of a refusal, so that those that follow ask no store.
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

// Denied tells the audit of own, the caller's organisation, that the caller asked for what they may not do in org. It tells of the first
// refusal in a minute, whatever process refused it, and of none if own was never announced: who is refused must not be able to fill the audit
// of others, nor to begin one. Source names org where it is another organisation.
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
