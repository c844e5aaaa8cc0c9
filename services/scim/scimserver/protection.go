package scimserver

import (
	"github.com/devrev/scim/libs/token"
	"github.com/devrev/scim/libs/token/ratelimit"
	"github.com/devrev/scim/services/scim/guard"
	"github.com/devrev/scim/services/scim/scimhttp"
)

// Protection is what keeps revoked tokens out and requests within their rates, in one of the two
// ways in which the service runs: Alone or Among. The zero value is Alone(0).
type Protection struct {
	shared Shared
	rate   ratelimit.Rate // of an organisation that has none of its own
}

// Shared is what the processes of one service have in common.
type Shared struct {
	Feed    token.Feed        // news of revoked tokens; it lets an accepted token be remembered for some seconds
	Fence   token.Fence       // keeps out the tokens that the store would accept again after a failover
	Places  scimhttp.Places   // where pages of lists ended: the next page may be asked of another process
	Limiter ratelimit.Limiter // counts for all processes; while it is away, each counts for itself
	Left    guard.Counter     // counts who left, for all processes
}

// Alone is for the only process of a service, on a token store that never falls back to an earlier
// state: it reads every token there and counts requests itself. perSecond is the rate of an
// organisation that has none of its own; 0: no organisation is limited.
func Alone(perSecond int) Protection {
	if perSecond == 0 {
		return Protection{}
	}
	return Protection{Shared{Limiter: ratelimit.NewLocal()}, ratelimit.Rate{PerSecond: perSecond}}
}

// Among is for one of many processes; perSecond is as in Alone.
func Among(s Shared, perSecond int) Protection {
	if perSecond == 0 {
		s.Limiter = nil
	} else {
		s.Limiter = ratelimit.NewFallback(s.Limiter)
	}
	return Protection{s, ratelimit.Rate{PerSecond: perSecond}}
}
