package tokenserver

import (
	"context"
	"time"
)

// Pulse is what a token store wants of the service every second if others follow it and if it can fall back to an earlier state, as Redis
// does in a failover. *redisstore.Store fits.
type Pulse interface {
	// Beat publishes a heartbeat. Verifiers that miss it for 3 s forget whom they let in.
	Beat(ctx context.Context) error
	// Incarnation names what the store has its data from. Under another name the last changes may be missing.
	Incarnation(ctx context.Context) (string, error)
}

const pulseEvery = time.Second

// The events that an operator is called for.
const (
	eventFailedOver = "replid_changed" // the token store has its data from elsewhere
	eventReconciled = "reconciled"     // it had lost something, which is back
)

// keepPulse beats until ctx is done, and has everything reconciled at once when the store has become another one. A store that is down is
// told of by the health check, which asks it too.
func (s *Server) keepPulse(ctx context.Context, p Pulse) {
	known := ""
	for {
		_ = p.Beat(ctx)
		if name, err := p.Incarnation(ctx); err == nil {
			if known != "" && name != known {
				s.log.WarnContext(ctx, "the token store has failed over or started anew: what it may have lost is put back")
				s.metrics.TokenEvents(ctx, eventFailedOver)
				s.wake()
			}
			known = name
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(pulseEvery):
		}
	}
}

// wake has Run reconcile now rather than when it is time.
func (s *Server) wake() {
	select {
	case s.awake <- struct{}{}:
	default: // it is about to
	}
}
