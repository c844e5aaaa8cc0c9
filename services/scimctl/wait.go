package main

import (
	"context"
	"errors"
	"regexp"
	"strings"
	"time"

	"github.com/devrev/scim/services/internal/apiclient"
	"github.com/devrev/scim/services/internal/prose"
)

// vigil waits for the moment at which the old token of a rotation can go, and ends it then. Until
// then both tokens stay as they are.
type vigil struct {
	api            *apiclient.Organisation
	out            *console
	old, successor string

	reasons []string // of the last verdict
	told    string   // the kinds of the reasons that were told last
	deaf    string   // why the service cannot be reached, "" if it can
	ending  bool     // it was asked to end the old token, and gave no answer
}

// keep looks every so often. It returns nil once the old token has ended and the new one was used.
func (v *vigil) keep(ctx context.Context, every, most time.Duration) error {
	waiting, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	ticks := time.NewTicker(every)
	defer ticks.Stop()
	for {
		if over, err := v.look(waiting); over && (err == nil || waiting.Err() == nil) {
			return err
		}
		select {
		case <-ticks.C:
		case <-waiting.Done():
			return v.giveUp(ctx, most)
		}
	}
}

// look reports whether there is anything left to wait for. A service that cannot be reached comes
// back, and ends nothing meanwhile.
func (v *vigil) look(ctx context.Context) (over bool, err error) {
	over, err = v.judge(ctx)
	if exitOf(err) == unavailable {
		if v.deaf == "" {
			v.out.note("%s %s. Going on.", clock(), err)
		}
		v.deaf = err.Error()
		return false, nil
	}
	if _, ok := errors.AsType[*apiclient.Problem](err); ok {
		err = endWith(exitOf(err), "%w; %s", err, v.fate())
	}
	return over, err
}

// judge asks once, and ends the old token if it can go.
func (v *vigil) judge(ctx context.Context) (over bool, err error) {
	old, err := v.api.Token(ctx, v.old)
	if err != nil {
		return true, err
	}
	v.deaf = ""
	switch {
	case old.State != apiclient.Live:
		return true, v.ended(ctx, old)
	case old.Verdict == nil || old.Verdict.Successor != v.successor:
		return true, endWith(notSafe, "%s no longer replaces %s: the rotation was cancelled, or a token was revoked or rotated, meanwhile. Nothing was ended",
			v.successor, v.old)
	}
	v.tell(*old.Verdict)
	if !old.Verdict.Safe {
		return false, nil
	}
	if _, err := v.api.End(ctx, v.old); err != nil {
		v.ending = exitOf(err) == unavailable || ctx.Err() != nil
		return true, err
	}
	v.out.note("%s %s has ended, and %s is in its place.", clock(), v.old, v.successor)
	return true, nil
}

// ended judges an old token that is not live: its overlap was over, or a person has ended it, as
// perhaps we did without hearing of it.
func (v *vigil) ended(ctx context.Context, old apiclient.Token) error {
	successor, err := v.api.Token(ctx, v.successor)
	if err != nil {
		return err
	}
	if successor.State != apiclient.Live || successor.LastUsedAt.IsZero() {
		return endWith(unused, "%s has ended (%s), and no use of %s (%s) is known: what still has the old token has stopped",
			v.old, old.State, v.successor, successor.State)
	}
	v.out.note("%s %s has ended (%s), and %s is in use.", clock(), v.old, old.State, v.successor)
	return nil
}

// giveUp reports that time is up, or that the person interrupted.
func (v *vigil) giveUp(ctx context.Context, most time.Duration) error {
	if ctx.Err() != nil {
		return endWith(interrupted, "%w; %s", context.Cause(ctx), v.fate())
	}
	why := v.deaf
	if why == "" {
		why = strings.Join(v.reasons, " ")
	}
	return endWith(notSafe, "%s did not turn safe to end in %s; %s. %s", v.old, prose.Duration(most), v.fate(), why)
}

// fate says what became of the tokens.
func (v *vigil) fate() string {
	if v.ending {
		return "whether " + v.old + " has ended is not known: look at `scimctl list`"
	}
	return "nothing was ended: " + v.old + " and " + v.successor + " are as they were"
}

// passing is what time alone changes in a reason.
var passing = regexp.MustCompile(`just now|(in )?\d[\d,]* (second|minute|hour|day)s?( ago)?`)

// tell prints the reasons, unless they are those printed last, except for the time that has
// passed.
func (v *vigil) tell(verdict apiclient.Verdict) {
	v.reasons = verdict.Reasons
	said := strings.Join(verdict.Reasons, " ")
	if kinds := passing.ReplaceAllString(said, "..."); kinds != v.told {
		v.told = kinds
		v.out.note("%s %s: %s", clock(), v.old, said)
	}
}

func clock() string { return time.Now().UTC().Format(time.RFC3339) }
