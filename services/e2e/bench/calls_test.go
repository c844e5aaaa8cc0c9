package main

import (
	"testing"

	"gotest.tools/v3/assert"

	"github.com/devrev/scim/services/internal/mongodb/mongotest"
)

// Each floor of the production wiring is commands that the store's own indexes answer.
func TestTheFloorsCommandsAreAnswered(t *testing.T) {
	t.Parallel()
	const users = 101 // more than a page
	c, err := newCalls(t.Context(), mongotest.Database(t), users)
	assert.NilError(t, err)
	for name, call := range c.byName() {
		for n := range 3 { // provision is three requests
			if err := call(t.Context(), n); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}
