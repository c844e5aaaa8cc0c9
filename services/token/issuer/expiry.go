package issuer

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"sync"
	"time"

	"github.com/devrev/scim/services/internal/audit"
)

// Nearness is how near the end of a live token is that no other has replaced: the shortest of the
// times below within which it ends. It is "" if the token has longer, does not expire, or has been
// replaced by a rotation.
type Nearness string

// The times before its end at which a token is reported.
const (
	Within1Day   Nearness = "1d"
	Within7Days  Nearness = "7d"
	Within14Days Nearness = "14d"
)

// Nearnesses are all of them, the shortest first.
func Nearnesses() []Nearness { return []Nearness{Within1Day, Within7Days, Within14Days} }

func (n Nearness) time() time.Duration {
	const day = 24 * time.Hour
	switch n {
	case Within1Day:
		return day
	case Within7Days:
		return 7 * day
	default:
		return 14 * day
	}
}

func nearnessOf(t Token, replaced bool, now time.Time) Nearness {
	if t.State != StateLive || t.ExpiresAt.IsZero() || replaced {
		return ""
	}
	for _, n := range Nearnesses() {
		if t.ExpiresAt.Sub(now) <= n.time() {
			return n
		}
	}
	return ""
}

// expiring returns the ids of the tokens whose end is near.
func (all tokens) expiring() (ids []string) {
	for _, t := range all {
		if t.Expiring != "" {
			ids = append(ids, t.ID)
		}
	}
	return ids
}

// system is the subject of entries that no caller requested.
const system = "system"

// Expiries reports tokens whose end is near. It remembers what it reported, so that it need not
// read the store again; it is for one goroutine.
type Expiries struct {
	issuer *Issuer
	told   map[string]bool // by the Once of the entry; of tokens that were still near their end in the last round
}

// NewExpiries returns one that remembers nothing.
func NewExpiries(i *Issuer) *Expiries { return &Expiries{issuer: i} }

// ExpiryRound is what one round over all organisations found and did.
type ExpiryRound struct {
	Within map[Nearness]int // tokens that expire so soon; one that has a day has two weeks too. Complete only without an error
	Told   map[Nearness]int // entries written
}

// Round reads the tokens of every organisation and writes an ActionExpiring for each token that has
// come nearer to its end since it was reported: once for each Nearness, however many processes do
// so. A token that has passed several at once is reported with the shortest only. An organisation
// whose tokens cannot be read or reported does not delay the others; the error names it.
func (x *Expiries) Round(ctx context.Context) (ExpiryRound, error) {
	round := ExpiryRound{Within: map[Nearness]int{}, Told: map[Nearness]int{}}
	failed, near := &failures{now: x.issuer.now}, map[string]bool{}
	var mu sync.Mutex // of round and near
	each(ctx, failed, x.issuer.organisations(ctx), func(o Organisation) {
		if !o.Enabled {
			return
		}
		failed.try(func() error {
			reports, err := x.look(ctx, o)
			mu.Lock()
			defer mu.Unlock()
			for _, r := range reports {
				round.count(r.nearest)
				if r.once != "" {
					near[r.once] = true
				}
				if r.written {
					round.Told[r.nearest]++
				}
			}
			return err
		})
	})
	if err := failed.err(ctx); err != nil {
		maps.Copy(near, x.told) // of organisations that were not reached
		x.told = near
		return round, err
	}
	x.told = near
	return round, nil
}

// expiryReport is that the end of one token is near.
type expiryReport struct {
	nearest Nearness
	once    string // Entry.Once; "" if it could not be recorded
	written bool   // by this call
}

// look is the part of a round for one organisation. It returns what it found before an error, too.
func (x *Expiries) look(ctx context.Context, o Organisation) (found []expiryReport, err error) {
	all, err := x.issuer.tokensOf(ctx, o)
	if err != nil {
		return nil, err
	}
	for _, t := range all {
		if t.Expiring == "" {
			continue
		}
		once, written, err := x.tell(ctx, t)
		found = append(found, expiryReport{t.Expiring, once, written})
		if err != nil {
			return found, fmt.Errorf("record for organisation %s that token %s expires: %w", o.ID, t.ID, err)
		}
	}
	return found, nil
}

func (r *ExpiryRound) count(nearest Nearness) {
	for _, n := range Nearnesses() {
		if n.time() >= nearest.time() {
			r.Within[n]++
		}
	}
}

// tell records the entry if no process has, and returns its Once and whether this call recorded it.
func (x *Expiries) tell(ctx context.Context, t Token) (once string, written bool, err error) {
	e := x.issuer.entry(audit.Caller{Subject: system}, audit.ActionExpiring, t.Org)
	e.Result, e.TokenID = audit.ResultNoted, t.ID
	e.Once = string(audit.ActionExpiring) + "/" + t.ID + "/" + string(t.Expiring)
	if x.told[e.Once] {
		return e.Once, false, nil
	}
	switch err := x.issuer.audit(ctx, e); {
	case errors.Is(err, ErrTold):
		return e.Once, false, nil
	case err != nil:
		return "", false, err
	default:
		return e.Once, true, nil
	}
}
