package scimserver

import (
	"context"
	"time"

	"github.com/devrev/scim/libs/token"
)

// verifier checks a token in this order: guessing clients are throttled first, then tokens accepted
// a moment ago goes by, and what the store says of the others counts behind the fence.
func (s *Server) verifier(d Deps) *token.Guard {
	var records token.Lookuper = d.Tokens
	if d.Protection.shared.Fence != nil {
		records = token.NewFenced(records, d.Protection.shared.Fence)
	}
	verifier := token.NewVerifier(records, d.Keyring, nil)
	if s.feed == nil {
		return token.NewGuard(verifier.Verify)
	}
	s.cache = token.NewCache(verifier)
	start := time.Now()
	s.metrics.FeedAge(func() time.Duration { return time.Since(latest(start, s.cache.Heard())) })
	return token.NewGuard(s.cache.Verify)
}

// latest returns the later of the two. A feed that was never heard is as old as the process.
func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// lost logs that revocations do not arrive: from now on every request is verified by the token
// store.
func (s *Server) lost(ctx context.Context, err error) {
	s.metrics.TokenEvents(ctx, "feed_lost")
	s.log.WarnContext(ctx, "revocation feed lost; verification cache disabled", "error", err)
}
