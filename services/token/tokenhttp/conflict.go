package tokenhttp

import (
	"errors"
	"time"

	"github.com/devrev/scim/libs/token"
	"github.com/devrev/scim/services/internal/web/problem"
	"github.com/devrev/scim/services/token/issuer"
)

// conflictOf returns the problem that names tokens, nil if err does not.
func conflictOf(err error) *problem.Problem {
	if e, ok := errors.AsType[*issuer.NotCurrent](err); ok {
		if e.Current == "" {
			return problem.WithDetail(notCurrent, "This organisation has no live token to rotate. Issue one instead.")
		}
		return problem.WithDetail(notCurrent, "The token is not the current one: it is revoked or has expired, or another one has replaced it. "+
			"The current one is "+e.Current+". Look at the list before you rotate that one: the rotation may have happened already.")
	}
	if e, ok := errors.AsType[*issuer.Overlap](err); ok {
		ends := "does not expire"
		if !e.Ends.IsZero() {
			ends = "is live until " + e.Ends.Format(time.RFC3339)
		}
		return problem.WithDetail(overlapping, "The token before the current one, "+e.Previous+", "+ends+", and a third one is not possible. "+
			"End it early, if its verdict is that this is safe, or wait. A rotation with force ends it at once.")
	}
	if e, ok := errors.AsType[token.Repeated](err); ok {
		return problem.WithDetail(repeated, "A request with this Idempotency-Key has made the token "+e.ID+" already, and a token is shown only once. "+
			"If you never received it, rotate it: as it was never used, the new one replaces it.")
	}
	return nil
}
