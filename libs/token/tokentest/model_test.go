package tokentest

import (
	"testing"

	"github.com/devrev/scim/libs/token"
)

// The model keeps the rules that the suite tests: neither requires more than the other.
func TestModel(t *testing.T) {
	RunStore(t, func(*testing.T) token.Store { return &model{} })
}
