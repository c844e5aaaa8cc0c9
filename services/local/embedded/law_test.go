package embedded_test

import (
	"testing"

	"github.com/devrev/scim/services/scim/lawtest"
)

func TestASuccessHasDoneWhatItAsked(t *testing.T) {
	t.Parallel()
	f := open(t)
	lawtest.Run(t, f.Directory(), f.Activity(), 1000)
}
