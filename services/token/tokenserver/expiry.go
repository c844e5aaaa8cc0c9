package tokenserver

import (
	"context"
	"fmt"
	"time"

	"github.com/devrev/scim/libs/telemetry"
	"github.com/devrev/scim/services/token/issuer"
)

// expiryEvery is how often all tokens are looked at, which takes a round trip for each
// organisation. The shortest notice is a day.
const expiryEvery = 15 * time.Minute

// expiryWatch reports tokens whose end is near. It is for one goroutine.
type expiryWatch struct {
	expiries *issuer.Expiries
	metrics  *telemetry.Metrics
	last     time.Time // when a round came to its end
}

// look makes a round if it is time for one. Reported tokens are counted even if the round failed on
// the way.
func (w *expiryWatch) look(ctx context.Context, now time.Time) error {
	if now.Sub(w.last) < expiryEvery {
		return nil
	}
	round, err := w.expiries.Round(ctx)
	for n, told := range round.Told {
		for range told {
			w.metrics.TokenEvents(ctx, "expiring_"+string(n))
		}
	}
	if err != nil {
		return fmt.Errorf("look for tokens that expire: %w", err)
	}
	for _, n := range issuer.Nearnesses() {
		w.metrics.TokensExpiring(ctx, string(n), round.Within[n])
	}
	w.last = now
	return nil
}
