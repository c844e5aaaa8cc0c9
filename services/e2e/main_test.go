package e2e

import (
	"testing"

	"github.com/devrev/scim/services/e2e/harness"
)

func TestMain(m *testing.M) { harness.Main(m, nil) }
