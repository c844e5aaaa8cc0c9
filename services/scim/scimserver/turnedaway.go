package scimserver

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/devrev/scim/libs/token"
	"github.com/devrev/scim/libs/token/ratelimit"
	"github.com/devrev/scim/services/scim/activity"
	"github.com/devrev/scim/services/scim/directory"
	"github.com/devrev/scim/services/scim/scimhttp"
)

// Bounds of what is recorded of requests that were turned away, which any client can send.
const (
	mostWaiting   = 1000                   // to be told of; more are not
	mistypedBurst = 20                     // malformed or misplaced tokens that are looked up at once,
	mistypedSlot  = 100 * time.Millisecond // and then 10 a second
)

// turnedAway records in the activity of organisations which of their tokens were not accepted. It
// works behind the requests, so that no answer takes longer where there is something to record.
type turnedAway struct {
	waiting chan scimhttp.TurnedAway
	tokens  token.Lookuper
	log     *activity.Log
	taken   time.Time // until when slots of malformed tokens are taken, see ratelimit.Take
}

func newTurnedAway(tokens token.Lookuper, log *activity.Log) *turnedAway {
	return &turnedAway{waiting: make(chan scimhttp.TurnedAway, mostWaiting), tokens: tokens, log: log}
}

// note queues t to be recorded. It does not wait.
func (a *turnedAway) note(t scimhttp.TurnedAway) {
	select {
	case a.waiting <- t:
	default:
	}
}

// run records what was noted until ctx is done.
func (a *turnedAway) run(ctx context.Context, failed func(error)) {
	for {
		select {
		case <-ctx.Done():
			return
		case t := <-a.waiting:
			if err := a.tell(ctx, t); err != nil && ctx.Err() == nil {
				failed(err)
			}
		}
	}
}

func (a *turnedAway) tell(ctx context.Context, t scimhttp.TurnedAway) error {
	org, err := a.ownerOf(ctx, t.Refusal)
	if org == "" || err != nil {
		return err
	}
	return a.log.TurnAway(ctx, directory.Tenant(org), t.Request, string(t.Refusal.Reason), t.Answer)
}

// ownerOf returns the organisation of a token that was refused, "" if there is none, or if too many
// malformed or misplaced ones came.
func (a *turnedAway) ownerOf(ctx context.Context, r token.Refusal) (string, error) {
	if r.Org != "" || r.Reason != token.ReasonMalformed && r.Reason != scimhttp.Misplaced {
		return r.Org, nil
	}
	taken, wait := ratelimit.Take(a.taken, time.Now(), mistypedSlot, mistypedBurst, ratelimit.Cost{Slots: 1})
	if wait > 0 {
		return "", nil
	}
	a.taken = taken
	record, _, err := a.tokens.Lookup(ctx, r.Tag, r.TokenID)
	if errors.Is(err, token.ErrNotFound) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("look up the owner of token %s: %w", r.TokenID, err)
	}
	return record.Org, nil
}
