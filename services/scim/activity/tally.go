package activity

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/services/scim/directory"
)

// tally holds what was counted and not yet stored.
type tally struct {
	mu      sync.Mutex
	tenants map[directory.Tenant]Counts
}

// Count counts coercions of a request that leaves no entry, such as a read. It keeps them in memory
// until Flush, so that reads wait for no write; a process that is killed takes them with it.
func (l *Log) Count(t directory.Tenant, accepted []scim.Accepted) {
	if len(accepted) == 0 {
		return
	}
	more := Counts{}
	for _, a := range accepted {
		more[a.Coercion]++
	}
	l.tally.add(t, more)
}

// Flush stores what Count and Refuse have counted, and what Record could not store. What cannot be
// stored now waits for the next Flush.
func (l *Log) Flush(ctx context.Context) error {
	return errors.Join(l.flushLate(ctx), l.flushCoercions(ctx), l.flushRefusals(ctx))
}

// flushRefusals writes one line of each kind of refusals that were too many for a line each. Their
// coercions are counted as those of reads.
func (l *Log) flushRefusals(ctx context.Context) error {
	taken := l.refusals.take()
	for kind, known := range taken {
		if err := l.write(ctx, line{kind.tenant, known.rest, nil}); err != nil {
			l.refusals.back(taken)
			return err
		}
		delete(taken, kind)
	}
	return nil
}

func (l *Log) flushCoercions(ctx context.Context) error {
	taken := l.tally.take()
	for t, more := range taken {
		if err := l.store.Count(ctx, t, more); err != nil {
			for t, more := range taken {
				l.tally.add(t, more)
			}
			return fmt.Errorf("store counts of coercions: %w", err)
		}
		delete(taken, t)
	}
	return nil
}

// Waiting returns how many organisations have counts that wait for Flush.
func (l *Log) Waiting() int {
	l.tally.mu.Lock()
	defer l.tally.mu.Unlock()
	return len(l.tally.tenants)
}

func (y *tally) add(t directory.Tenant, more Counts) {
	y.mu.Lock()
	defer y.mu.Unlock()
	if y.tenants == nil {
		y.tenants = map[directory.Tenant]Counts{}
	}
	if y.tenants[t] == nil {
		y.tenants[t] = Counts{}
	}
	y.tenants[t].Add(more)
}

func (y *tally) take() map[directory.Tenant]Counts {
	y.mu.Lock()
	defer y.mu.Unlock()
	taken := y.tenants
	y.tenants = nil
	return taken
}
