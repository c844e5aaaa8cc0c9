package scimserver

import (
	"context"

	"github.com/devrev/scim/libs/token"
)

// verifier puts together what a token passes: who guesses is stopped first, then who was let in a moment ago goes by, and what the store
// says of the others counts behind the fence.
func (s *Server) verifier(d Deps) *token.Guard {
	var records token.Lookuper = d.Tokens
	if d.Fence != nil {
		records = token.NewFenced(records, d.Fence)
	}
	verifier := token.NewVerifier(records, d.Keyring, nil)
	if d.Feed == nil {
		return token.NewGuard(verifier.Verify)
	}
	s.cache = token.NewCache(verifier)
	return token.NewGuard(s.cache.Verify)
}

// lost tells the operator that revocations do not arrive: from now on every request asks the token store.
func (s *Server) lost(ctx context.Context, err error) {
	s.metrics.TokenEvents(ctx, "feed_lost")
	s.log.WarnContext(ctx, "the feed of revocations is lost; every request asks the token store", "error", err)
}
