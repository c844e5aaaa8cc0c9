package tokentest

import (
	"slices"
	"testing"

	"github.com/devrev/scim/libs/token"
)

// A rule is one sentence of the contract and the test that a store can fail.
type rule struct {
	name string
	run  func(t *testing.T, s token.Store)
}

// RunStore proves the contract on the stores that newStore gives, one for each rule; they may share
// their data. newStore ends with Cleanup what it starts.
func RunStore(t *testing.T, newStore func(t *testing.T) token.Store) {
	t.Helper()
	for _, r := range slices.Concat(
		organisationRules, insertRules, lookupRules, listRules, revokeRules, touchRules, storeRules,
		rotateRules, endEarlyRules, cancelRules, restoreRules, leakedRules, renameRules, requestRules, eraseRules,
	) {
		t.Run(r.name, func(t *testing.T) {
			t.Parallel()
			r.run(t, newStore(t))
		})
	}
	for name, p := range map[string]party{"organisations that quarrel about tags": quarrel, "one organisation's tokens": family} {
		t.Run("every call answers as the model does, whatever was called before, with "+name, func(t *testing.T) {
			t.Parallel()
			compare(t, newStore(t), p)
		})
	}
}
