package required_test

import (
	"io"
	"strings"
	"testing"
	"time"

	"github.com/devrev/scim/services/internal/required"
)

type deps struct {
	Store io.Reader
	Now   func() time.Time `need:"optional"` // nil: time.Now
	Key   []byte
	Base  string
}

func TestTheErrorNamesEachFieldThatIsRequiredAndNotSet(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		rule string
		deps deps
		want string
	}{
		{"all that is required", deps{Store: strings.NewReader(""), Key: []byte{1}, Base: "x"}, ""},
		{"nothing", deps{}, "required_test.deps: required and not set: Store, Key, Base"},
		{"one is missing", deps{Store: strings.NewReader(""), Now: time.Now, Key: []byte{1}}, "required_test.deps: required and not set: Base"},
	} {
		got := ""
		if err := required.Check(tt.deps); err != nil {
			got = err.Error()
		}
		if got != tt.want {
			t.Errorf("%s: %q, want %q", tt.rule, got, tt.want)
		}
	}
}
