package scimserver

import (
	"context"
	"time"

	"github.com/devrev/scim/libs/telemetry"
	"github.com/devrev/scim/libs/token"
	"github.com/devrev/scim/libs/token/ratelimit"
	"github.com/devrev/scim/services/internal/terms"
)

// rates decide how many requests of an organisation pass: by its own rate, if the platform has
// given it one, else by that for all.
type rates struct {
	limiter ratelimit.Limiter // nil: no one is limited
	forAll  ratelimit.Rate
	metrics *telemetry.Metrics
}

// allow counts what a request of the organisation costs. A limiter that has no
// answer lets it pass.
func (r rates) allow(ctx context.Context, p token.Principal, cost ratelimit.Cost) (retryAfter time.Duration, ok bool) {
	if r.limiter == nil {
		return 0, true
	}
	retryAfter, ok, err := r.limiter.Allow(ctx, p.Tag, r.of(p), cost)
	ok = ok || err != nil
	outcome := "limited"
	if ok {
		outcome = "passed"
	}
	r.metrics.RateDecisions(ctx, outcome, r.countedBy())
	return retryAfter, ok
}

// countedBy reports whether the limiter counts with other processes at the moment, shared, or for
// itself.
func (r rates) countedBy() string {
	if l, shares := r.limiter.(interface{ Shared() bool }); shares && l.Shared() {
		return "shared"
	}
	return "local"
}

func (r rates) of(p token.Principal) ratelimit.Rate {
	if own := terms.Decode(p.Settings).Rate; own.PerSecond > 0 {
		return own
	}
	return r.forAll
}
