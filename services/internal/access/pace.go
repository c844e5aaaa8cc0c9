package access

import (
	"context"
	"time"

	"github.com/devrev/scim/libs/token/ratelimit"
)

// pace returns how many requests of one person pass, in each process: a settings page needs a few,
// an export one for each page of it.
func pace() ratelimit.Rate { return ratelimit.Rate{PerSecond: 50, Burst: 200} }

// Throttled is the error for a person with too many requests. DevRev's platform, which acts for
// many, is not counted.
type Throttled struct{ RetryAfter time.Duration } // above 0

func (*Throttled) Error() string { return "too many requests of one person" }

// ErrorType is one word for all, for telemetry.
func (*Throttled) ErrorType() string { return "throttled" }

// count counts one request of the actor.
func (v *Verifier) count(ctx context.Context, a Actor) error {
	retryAfter, ok, err := v.limiter.Allow(ctx, a.Org+"\x00"+a.Subject, pace(), ratelimit.Cost{Slots: 1})
	if err == nil && !ok { // a LocalLimiter has no errors
		return &Throttled{retryAfter}
	}
	return nil
}
