package activity_test

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gotest.tools/v3/assert"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/services/scim/activity"
	"github.com/devrev/scim/services/scim/directory"
)

// flaky is a Store that stores only so many counts.
type flaky struct {
	activity.Store
	left int
}

func (f *flaky) Count(ctx context.Context, t directory.Tenant, more activity.Counts) error {
	if f.left--; f.left < 0 {
		return directory.ErrUnavailable
	}
	return f.Store.Count(ctx, t, more)
}

func TestWhatWasCountedIsStoredOnceAndNotLost(t *testing.T) {
	t.Parallel()
	store := &flaky{Store: newWorld(t).Activity, left: 2}
	log := activity.NewLog(store, []byte("a key of names"))
	tenants := []directory.Tenant{"a", "b", "c", "d"}
	count := func(c ...scim.Coercion) {
		for _, tenant := range tenants {
			var accepted []scim.Accepted
			for _, c := range c {
				accepted = append(accepted, scim.Accepted{Coercion: c})
			}
			log.Count(tenant, accepted)
		}
	}
	count(scim.TokenWithoutScheme, scim.UnnormalisedPath)
	count()
	if err := log.Flush(t.Context()); !errors.Is(err, directory.ErrUnavailable) {
		t.Fatalf("got %v, want %v", err, directory.ErrUnavailable)
	}
	count(scim.TokenWithoutScheme)
	if n := log.Waiting(); n != len(tenants) {
		t.Errorf("%d organisations wait, want %d", n, len(tenants))
	}
	store.left = 1000
	for range 2 {
		assert.NilError(t, log.Flush(t.Context()))
	}
	for _, tenant := range tenants {
		got, err := store.Counts(t.Context(), tenant)
		if diff := cmp.Diff(activity.Counts{scim.TokenWithoutScheme: 2, scim.UnnormalisedPath: 1}, got); diff != "" || err != nil {
			t.Errorf("%s: %v (-want +got)\n%s", tenant, err, diff)
		}
	}
	if used := 1000 - store.left; used != 4 {
		t.Errorf("%d counts were stored by the last two flushes, want 4", used)
	}
}
