// Package directorytest proves that a directory.Store keeps its contract.
//
// RunStore turns each sentence of the contract into a case that is named after it. RunOracle draws
// directories, filters and orders at random and holds one Store against another. NewUser and
// NewGroup build what a Store may be given.
package directorytest

import (
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/devrev/scim/services/scim/directory"
)

// testCase proves one rule of the contract on a Store.
type testCase struct {
	rule string
	run  func(w world)
}

// RunStore runs every case of the contract as a parallel subtest named after its rule.
//
// newStore is called once for each case. It may return a new Store or always the same: each case
// has tenants of its own.
func RunStore(t *testing.T, newStore func(t *testing.T) directory.Store) {
	t.Helper()
	suite := slices.Concat(
		createUserCases(), replaceUserCases(), deleteUserCases(), findUserCases(),
		identityCases(),
		createGroupCases(), updateGroupCases(), standingCases(), privilegedCases(), deleteGroupCases(), groupsOfCases(), memberCases(), waitingCases(),
		raceCases(), tenantCases(),
		orderCases(), pageCases(), browseCases(), filterCases(),
		lookCases(), ownershipCases(), errorCases(), repairCases(), wordCases(), groupWordCases(),
	)
	for _, c := range suite {
		t.Run(c.rule, func(t *testing.T) {
			t.Parallel()
			c.run(newWorld(t, c.rule, newStore(t)))
		})
	}
}

// world is what a case plays in: a Store, and two tenants of which no one else knows.
type world struct {
	*testing.T
	directory.Store
	rule          string
	tenant, other directory.Tenant
}

func newWorld(t *testing.T, rule string, s directory.Store) world {
	t.Helper()
	return world{T: t, Store: s, rule: rule, tenant: newTenant(), other: newTenant()}
}

func newTenant() directory.Tenant { return directory.Tenant("org-" + uuid.NewString()) }

// failf ends the case with the rule that was broken and how.
func (w world) failf(format string, args ...any) {
	w.Helper()
	w.Fatalf("%s\n\t"+format, append([]any{w.rule}, args...)...)
}

// ok ends the case if a call that had to succeed did not.
func (w world) ok(err error) {
	w.Helper()
	if err != nil {
		w.failf("got %s (%v), want success", outcome(err), err)
	}
}

// refused ends the case unless err is the refusal want, and no other at the same time.
func (w world) refused(err, want error) {
	w.Helper()
	if got, want := outcome(err), outcome(want); got != want {
		w.failf("got %s (%v), want %s", got, err, want)
	}
}

// same ends the case if got is not want.
func same[T any](w world, want, got T) {
	w.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		w.failf("-want +got:\n%s", diff)
	}
}

// outcome names which of the answers that a Store may give err is.
func outcome(err error) string {
	if err == nil {
		return "success"
	}
	var names []string
	if d, ok := errors.AsType[*directory.Duplicate](err); ok {
		names = append(names, d.Error())
	}
	for _, sentinel := range []error{directory.ErrNotFound, directory.ErrVersionConflict, directory.ErrTooMany, directory.ErrUnavailable} {
		if errors.Is(err, sentinel) {
			names = append(names, sentinel.Error())
		}
	}
	switch len(names) {
	case 0:
		return "an error outside the contract"
	case 1:
		return names[0]
	default:
		return "several answers at once"
	}
}

func duplicate(attribute string) error { return &directory.Duplicate{Attribute: attribute} }
