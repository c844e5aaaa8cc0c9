package tokenserver

import (
	"context"
	"time"
)

// Heartbeat is what a token store needs from the service every second if caches follow it and if it
// can fall back to an earlier state, as Redis does in a failover. *redisstore.Store fits.
type Heartbeat interface {
	// Beat publishes a heartbeat. Verifiers that miss it for 3 s drop their cached tokens.
	Beat(ctx context.Context) error
	// ReplicationID returns the store's replication id. When it changes, the last changes may be
	// missing.
	ReplicationID(ctx context.Context) (string, error)
}

const beatEvery = time.Second

// The events that an operator is called for.
const (
	eventFailedOver = "replid_changed" // the token store has its data from elsewhere
	eventReconciled = "reconciled"     // it had lost something, which is back
)

// keepBeating beats until ctx is done, and starts a reconciliation at once when the store's
// replication id has changed. The health check reports a store that is down.
func (s *Server) keepBeating(ctx context.Context, h Heartbeat) {
	known := ""
	for {
		if s.guard.IsOpen() { // a heartbeat in another environment's Redis would vouch for a tokend that is not there
			_ = h.Beat(ctx)
		}
		if name, err := h.ReplicationID(ctx); err == nil {
			if known != "" && name != known {
				s.log.WarnContext(ctx, "token store failed over or restarted; reconciling")
				s.metrics.TokenEvents(ctx, eventFailedOver)
				s.wake()
			}
			known = name
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(beatEvery):
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
