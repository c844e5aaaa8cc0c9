package guardtest

import (
	"os"
	"strconv"
	"testing"

	"gotest.tools/v3/assert"
)

// People returns how many people a proof pushes: GUARD_PEOPLE, as make torture sets it, or few.
func People(t *testing.T, few int) int {
	t.Helper()
	text := os.Getenv("GUARD_PEOPLE")
	if text == "" {
		return few
	}
	n, err := strconv.Atoi(text)
	assert.NilError(t, err)
	return n
}
