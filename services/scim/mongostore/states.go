package mongostore

import (
	"context"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"golang.org/x/sync/errgroup"

	"github.com/devrev/scim/libs/scim/filter"
	"github.com/devrev/scim/services/scim/directory"
)

// statesTime is for how long counted states are believed. A version of this program that changes
// states and does not count them may run beside this one during an update; what it changed is
// counted within this time.
const statesTime = time.Hour

// knowsStates reports whether the states are those of all whom the tally counts.
func (n tally) knowsStates() bool {
	all := 0
	for _, users := range n.States {
		all += users
	}
	return all == n.Shown && time.Since(n.Counted) < statesTime
}

// stateAsked returns the state that the comparison of a user demands, if it is about that.
func stateAsked(asked *filter.Comparison) (directory.State, bool) {
	ix, _ := orderIndex(usersName, asked.Path)
	state, ok := asked.Value.(string)
	return directory.State(state), ok && asked.Op == filter.Equal && ix.name == onState
}

// states returns how many users are in each state, without the deleted ones.
func (s *Store) states(ctx context.Context, t directory.Tenant) (map[directory.State]int, error) {
	known, err := s.users.tally(ctx, t, 0)
	if err != nil || known.knowsStates() {
		return known.States, err
	}
	return countedOnce(ctx, s.users, t, "states", func(ctx context.Context) (map[directory.State]int, error) {
		return s.countStates(ctx, t, known)
	})
}

// countStates counts in the index, and notes the numbers unless something has changed, or is about
// to, since the tally was read.
func (s *Store) countStates(ctx context.Context, t directory.Tenant, before tally) (map[directory.State]int, error) {
	all := directory.States()
	counts, counting := make([]int, len(all)), new(errgroup.Group)
	for i, state := range all {
		counting.Go(func() (err error) {
			w := within(t, onState, is("deleted", false), is(stateField(), string(state)))
			counts[i], err = s.users.count(ctx, w, 0)
			return err
		})
	}
	if err := counting.Wait(); err != nil {
		return nil, err
	}
	states := make(map[directory.State]int, len(all))
	for i, state := range all {
		states[state] = counts[i]
	}
	_, err := s.users.update(ctx, tallyOf(t).and(is("ver", before.Version), is("open", 0)), bson.D{
		is("$set", bson.D{is("states", states)}), is("$currentDate", bson.D{is("counted", true)}), is("$inc", bson.D{is("ver", 1)}),
	})
	return states, err
}
