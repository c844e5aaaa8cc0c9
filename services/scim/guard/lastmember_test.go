package guard_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"gotest.tools/v3/assert"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/services/internal/terms"
	"github.com/devrev/scim/services/scim/activity"
	"github.com/devrev/scim/services/scim/directory"
	"github.com/devrev/scim/services/scim/guard"
)

// groupOf makes a group of these people.
func (w *world) groupOf(privileged bool, people ...directory.UserID) directory.GroupID {
	w.Helper()
	return w.groupNamed("Admins", privileged, people...)
}

func (w *world) groupNamed(name string, privileged bool, people ...directory.UserID) directory.GroupID {
	w.Helper()
	var members []any
	for _, id := range people {
		members = append(members, scim.NewDocument("value", string(id)))
	}
	doc := scim.NewDocument("schemas", []any{scim.GroupSchema}, "displayName", name, "members", members)
	g, err := w.Groups.Create(w.Context(), w.Org, doc, &directory.Change{})
	w.Must(err)
	_, err = w.Groups.SetPrivileged(w.Context(), w.Org, g.ID, func(directory.Group) (bool, error) { return privileged, nil })
	w.Must(err)
	return g.ID
}

// would returns with which status a preview refuses the wish that a person leave; 0 is not at all.
func (w *world) would(preview guard.Preview, id directory.UserID) int {
	w.Helper()
	by := activity.Request{Client: "okta", Resource: activity.Resource{Type: "User", ID: string(id)}}
	return statusOf(w.T, preview.Admit(w.Context(), w.Org, by, guard.Wish{User: id, Wanted: directory.EffectDeactivated}))
}

func (w *world) preview() guard.Preview {
	w.Helper()
	p, err := w.watch.Preview(w.Directory)
	w.Must(err)
	return p
}

// statusOf returns the status of a refusal, 0 if err is nil.
func statusOf(t *testing.T, err error) int {
	t.Helper()
	if err == nil {
		return 0
	}
	refusal, ok := errors.AsType[*scim.Error](err)
	if !ok {
		t.Fatal(err)
	}
	return refusal.Status
}

// TestTheLastOneOfAPrivilegedGroupIsHeld: alone, whatever the limit is, and whoever else leaves
// does so until the limit is exceeded.
func TestTheLastOneOfAPrivilegedGroupIsHeld(t *testing.T) {
	t.Parallel()
	w, ids := newHoldingWorld(t, 20)
	group := w.groupOf(true, ids[0], ids[1])
	w.wants(0, ids[0])
	assert.Equal(t, w.would(w.preview(), ids[1]), http.StatusTooManyRequests)
	refusal := w.leave(w.watch, ids[1])
	assert.Check(t, refusal != nil && refusal.Status == http.StatusTooManyRequests &&
		strings.Contains(refusal.Detail, "no enabled person would be left in the privileged group "+string(group)), "%v", refusal)
	hold := w.holdReport()
	assert.Check(t, hold.State == guard.HoldOpen && hold.Group == group && hold.People[guard.Waiting] == 1, "the hold is %+v", hold)
	w.wants(0, ids[2], ids[3], ids[4], ids[5]) // 5 left of 20 are no more than a quarter
	assert.Equal(t, w.would(w.preview(), ids[6]), http.StatusTooManyRequests)
	refusal = w.leave(w.watch, ids[6])
	assert.Check(t, refusal != nil && strings.Contains(refusal.Detail, "more than 5 of 20 people") && strings.Contains(refusal.Detail, hold.ID), "%v", refusal)
	w.decide(guard.Approved)
	w.Must(w.watch.Tend(t.Context()))
	hold = w.holdReport()
	assert.Check(t, hold.State == guard.HoldDecided && hold.People[guard.HeldApplied] == 2, "the hold is %+v", hold)
	assert.Equal(t, w.enabled([]directory.UserID{ids[1], ids[6]}), 0)
}

// TestWhoIsNotTheLastOneLeaves: of an ordinary group, beside another who is enabled, soon after
// SCIM was enabled, and by a client that is only observed.
func TestWhoIsNotTheLastOneLeaves(t *testing.T) {
	t.Parallel()
	for rule, change := range map[string]func(w *world, ids []directory.UserID){
		"of a group that is not privileged": func(w *world, ids []directory.UserID) { w.groupOf(false, ids[0]) },
		"beside another":                    func(w *world, ids []directory.UserID) { w.groupOf(true, ids[0], ids[1]) },
		"of a group of others":              func(w *world, ids []directory.UserID) { w.groupOf(true, ids[1]) },
		"soon after SCIM was enabled": func(w *world, ids []directory.UserID) {
			w.groupOf(true, ids[0])
			w.since = w.now.Add(-time.Hour)
		},
		"of a client that is observed": func(w *world, ids []directory.UserID) {
			w.groupOf(true, ids[0])
			w.Org.Guard.Clients.Okta = terms.GuardObserve
		},
	} {
		t.Run(rule, func(t *testing.T) {
			t.Parallel()
			w, ids := newHoldingWorld(t, 12)
			change(w, ids)
			assert.Equal(t, w.would(w.preview(), ids[0]), 0)
			w.wants(0, ids[0])
		})
	}
}

// TestWhatWouldBeHeldIsKnownBefore: as Admit decides, and without a trace.
func TestWhatWouldBeHeldIsKnownBefore(t *testing.T) {
	t.Parallel()
	w, ids := newHoldingWorld(t, 12)
	w.wants(0, ids[0], ids[1])
	for range 3 { // each as if the others were not
		preview := w.preview()
		assert.Equal(t, w.would(preview, ids[2]), 0)
		assert.Equal(t, w.would(preview, ids[3]), http.StatusTooManyRequests)
		assert.Equal(t, w.would(preview, ids[4]), http.StatusTooManyRequests)
	}
	w.wants(0, ids[2])
	assert.Equal(t, w.would(w.preview(), ids[3]), http.StatusTooManyRequests)
	_, err := w.Holds.Hold(t.Context(), w.Org.Tenant)
	assert.ErrorIs(t, err, directory.ErrNotFound)
	w.wants(http.StatusTooManyRequests, ids[3])
	w.decide(guard.Rejected)
	assert.Equal(t, w.would(w.preview(), ids[3]), http.StatusTooManyRequests) // it is being carried out
	w.Must(w.watch.Tend(t.Context()))
	assert.Equal(t, w.would(w.preview(), ids[3]), http.StatusForbidden)
}
