package activity_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"gotest.tools/v3/assert"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/services/scim/activity"
	"github.com/devrev/scim/services/scim/directory"
)

// refusing is a Store that refuses to record while it is broken.
type refusing struct {
	activity.Store
	broken bool
}

func (r *refusing) Record(ctx context.Context, t directory.Tenant, e activity.Entry, moved []activity.Moved) error {
	if r.broken {
		return directory.ErrUnavailable
	}
	return r.Store.Record(ctx, t, e, moved)
}

// TestRefusalsOfOneKindAreCounted: after the first few there is one line of all that follow, and
// none is lost from the count.
func TestRefusalsOfOneKindAreCounted(t *testing.T) {
	t.Parallel()
	store := &refusing{Store: newWorld(t).Activity}
	log := activity.NewLog(store, []byte("a key of names"))
	org := directory.Organisation{Tenant: "acme"}
	refuse := func(times int, method, id string, status int) {
		t.Helper()
		for range times {
			by := activity.Request{TokenID: "token", Method: method, Resource: activity.Resource{Type: "User", ID: id}}
			made := &directory.Change{Tolerance: scim.Tolerance{Accepted: []scim.Accepted{{Coercion: scim.TokenWithoutScheme}}}}
			assert.NilError(t, log.Refuse(t.Context(), org, by, made, scim.Errorf(status, "", "refused")))
		}
	}
	lines := func() (single, counted, sum int) {
		t.Helper()
		entries, err := log.List(t.Context(), org, activity.Query{Limit: 1000})
		assert.NilError(t, err)
		for _, e := range entries {
			if e.Effect != activity.EffectRefused {
				t.Errorf("an entry of effect %s", e.Effect)
			}
			if e.Times == 0 {
				single++
			} else {
				counted++
			}
			sum += max(e.Times, 1)
		}
		return single, counted, sum
	}
	want := func(rule string, single, counted, sum int) {
		t.Helper()
		if s, c, n := lines(); s != single || c != counted || n != sum {
			t.Errorf("%s: %d lines of one and %d of more tell of %d, want %d, %d, %d", rule, s, c, n, single, counted, sum)
		}
	}
	refuse(1000, "POST", "", 409)
	refuse(3, "PATCH", "somebody", 404)
	want("before they are flushed", 8, 0, 8)
	store.broken = true
	if err := log.Flush(t.Context()); !errors.Is(err, directory.ErrUnavailable) {
		t.Errorf("Flush to a broken store: %v", err)
	}
	store.broken = false
	for range 2 {
		assert.NilError(t, log.Flush(t.Context()))
	}
	want("all is told", 8, 1, 1003)
	refuse(1, "POST", "", 409)
	want("the next one has a line again", 9, 1, 1004)
	for _, method := range []string{"ONE", "TWO", "THREE", "FOUR", "FIVE", "SIX", "SEVEN"} { // of operations of a bulk request
		refuse(1, method, "", 400)
	}
	assert.NilError(t, log.Flush(t.Context()))
	want("methods that do not exist are of one kind", 14, 2, 1011)
	counts, err := log.Counts(t.Context(), org)
	if err != nil || counts[scim.TokenWithoutScheme] != 1011 {
		t.Errorf("%v coercions are counted, %v; want 1011", counts, err)
	}
}

// TestEachNameThatIsRefusedHasALine: a search for a person by name finds what became of them,
// though hundreds were refused with them; and names that are refused again and again do not fill
// the activity.
func TestEachNameThatIsRefusedHasALine(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	push := func(from, to int) {
		t.Helper()
		for i := range to - from {
			made := &directory.Change{Asked: fmt.Sprintf("Person%d", from+i)}
			w.Must(w.Log.Refuse(t.Context(), w.Org, by("POST", ""), made, scim.BadRequest(scim.InvalidValue, "userName: no.")))
		}
	}
	lines := func(want int) {
		t.Helper()
		entries, err := w.Log.List(t.Context(), w.Org, activity.Query{Limit: 2000})
		if w.Must(err); len(entries) != want {
			t.Errorf("%d lines, want %d", len(entries), want)
		}
	}
	attempts := func(name string, want int) {
		t.Helper()
		entries, err := w.Log.Attempts(t.Context(), w.Org, name)
		if w.Must(err); len(entries) != want {
			t.Errorf("%d attempts of %s, want %d", len(entries), name, want)
		}
	}
	push(0, 300)
	push(0, 300)
	lines(300)
	w.Must(w.Log.Flush(t.Context()))
	lines(301) // one tells of 300
	push(0, 300)
	lines(306) // the first few of a kind, and none for its name
	attempts("pERSON7", 1)
	attempts("Person300", 0)
	push(300, 1000)
	lines(806)
	attempts("Person799", 1)
	attempts("Person999", 0)
	other := w.Org
	other.Tenant = "other"
	if entries, err := w.Log.Attempts(t.Context(), other, "Person7"); err != nil || len(entries) > 0 {
		t.Errorf("another organisation finds %v, %v", entries, err)
	}
}
