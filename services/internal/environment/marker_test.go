package environment_test

import (
	"context"
	"errors"
	"testing"

	"gotest.tools/v3/assert"

	"github.com/devrev/scim/libs/token/redisstore"
	"github.com/devrev/scim/libs/token/redistest"
	"github.com/devrev/scim/services/e2e/harness"
	"github.com/devrev/scim/services/internal/environment"
	"github.com/devrev/scim/services/internal/format"
	"github.com/devrev/scim/services/internal/mongodb/mongotest"
)

// pair returns two new stores with these markers, on real servers.
func pair(t *testing.T, m environment.Markers) environment.Pair {
	t.Helper()
	client := harness.Redis(t, redistest.Start(t).URL())
	p := environment.Pair{Redis: redisstore.New(client), MongoDB: environment.InMongoDB(mongotest.Database(t))}
	for store, marker := range map[environment.Marked]string{p.Redis: m.Redis, p.MongoDB: m.MongoDB} {
		if marker == "" {
			continue
		}
		if got, err := store.MarkEnvironment(t.Context(), marker, false); err != nil || got != marker {
			t.Fatalf("got %q, %v", got, err)
		}
	}
	return p
}

func TestStoresServeTogetherOrNotAtAll(t *testing.T) {
	t.Parallel()
	const a, b = "environment-a", "environment-b"
	for _, tt := range []struct {
		rule     string
		before   environment.Markers
		together bool // what the token service finds
		compared bool // what scimd finds before that: they are not apart
		joined   environment.Markers
	}{
		{"two of one environment", environment.Markers{Redis: a, MongoDB: a}, false, true, environment.Markers{Redis: a, MongoDB: a}},
		{"two of two environments", environment.Markers{Redis: a, MongoDB: b}, true, false, environment.Markers{Redis: a, MongoDB: b}},
		{"an empty Redis gets MongoDB's marker", environment.Markers{MongoDB: b}, true, false, environment.Markers{Redis: b, MongoDB: b}},
		{"a Redis of others gets none", environment.Markers{MongoDB: b}, false, false, environment.Markers{MongoDB: b}},
		{"a MongoDB restored to before its marker gets Redis'", environment.Markers{Redis: a}, true, false, environment.Markers{Redis: a, MongoDB: a}},
		{"a MongoDB that shares nothing gets none", environment.Markers{Redis: a}, false, false, environment.Markers{Redis: a}},
		{"two stores without a marker that share nothing get none", environment.Markers{}, false, true, environment.Markers{}},
	} {
		t.Run(tt.rule, func(t *testing.T) {
			t.Parallel()
			p := pair(t, tt.before)
			if err := p.Compare(t.Context()); (err == nil) != tt.compared || err != nil && !errors.Is(err, environment.ErrApart) {
				t.Errorf("scimd finds %v", err)
			}
			err := p.Join(t.Context(), func(context.Context) (bool, error) { return tt.together, nil })
			whole := tt.joined.Redis != "" && tt.joined.Redis == tt.joined.MongoDB
			if (err == nil) != whole || err != nil && !errors.Is(err, environment.ErrApart) {
				t.Errorf("tokend finds %v", err)
			}
			if m, err := p.Markers(t.Context()); err != nil || m != tt.joined {
				t.Errorf("then the markers are %+v, %v; want %+v", m, err, tt.joined)
			}
			if err := p.Declare(t.Context()); err != nil {
				t.Errorf("an operator says that they belong together: %v", err)
			}
			if err := p.Compare(t.Context()); err != nil {
				t.Errorf("after that scimd finds %v", err)
			}
		})
	}
}

// TestTheFirstTokenServiceMarksBoth: also where several start at once there is one marker.
func TestTheFirstTokenServiceMarksBoth(t *testing.T) {
	t.Parallel()
	p := pair(t, environment.Markers{})
	joined := make(chan error)
	for range 8 {
		go func() { joined <- p.Join(t.Context(), func(context.Context) (bool, error) { return true, nil }) }()
	}
	for range 8 {
		if err := <-joined; err != nil {
			t.Error(err)
		}
	}
	if m, err := p.Markers(t.Context()); err != nil || m.Redis == "" || m.Redis != m.MongoDB {
		t.Errorf("the markers are %+v, %v", m, err)
	}
}

// TestAGuardStaysAsItIsWhileNoStoreAnswers: an outage is not a mistake of configuration.
func TestAGuardStaysAsItIsWhileNoStoreAnswers(t *testing.T) {
	t.Parallel()
	var answer error
	g := environment.NewGuard(func(context.Context) error { return answer })
	away := errors.New("away")
	for _, tt := range []struct {
		rule   string
		answer error
		open   bool
	}{
		{"it is closed until they were compared", away, false},
		{"it opens", nil, true},
		{"it stays open", away, true},
		{"it closes", environment.ErrApart, false},
		{"it stays closed", away, false},
		{"it opens again", nil, true},
	} {
		answer = tt.answer
		if err := g.Probe(t.Context()); !errors.Is(err, tt.answer) || g.IsOpen() != tt.open || (g.Handle(nil) == nil) != tt.open {
			t.Errorf("%s: open %v, %v", tt.rule, g.IsOpen(), err)
		}
	}
	var none *environment.Guard
	if none.Probe(t.Context()) != nil || none.Handle(nil) != nil || len(none.Checks()) != 0 {
		t.Error("without a guard there is nothing to compare")
	}
}

// TestAProgramThatIsTooOldIsKeptOut, whichever store holds what it cannot read; and a later program
// says in each store that it writes that it was there.
func TestAProgramThatIsTooOldIsKeptOut(t *testing.T) {
	t.Parallel()
	together := func(context.Context) (bool, error) { return true, nil }
	for name, of := range map[string]func(environment.Pair) environment.Marked{
		"Redis":   func(p environment.Pair) environment.Marked { return p.Redis },
		"MongoDB": func(p environment.Pair) environment.Marked { return p.MongoDB },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := pair(t, environment.Markers{Redis: "a", MongoDB: "a"})
			p.Program = format.Format{Written: 3, Readers: 2}
			if err := p.Join(t.Context(), together); err != nil {
				t.Fatalf("the token service on new stores: %v", err)
			}
			if written, readers, err := of(p).Format(t.Context()); written != 3 || readers != 2 || err != nil {
				t.Errorf("then the format is %d, %d, %v", written, readers, err)
			}
			assert.NilError(t, of(p).RaiseFormat(t.Context(), 4, 1))
			if written, readers, err := of(p).Format(t.Context()); written != 4 || readers != 2 || err != nil {
				t.Errorf("raised to 4, 1 it is %d, %d, %v; no number falls", written, readers, err)
			}
			if err := errors.Join(p.Compare(t.Context()), p.Join(t.Context(), together)); err != nil {
				t.Errorf("beside the next release: %v", err)
			}
			assert.NilError(t, of(p).RaiseFormat(t.Context(), 5, 4))
			for program, err := range map[string]error{"scimd": p.Compare(t.Context()), "tokend": p.Join(t.Context(), together)} {
				if !errors.Is(err, format.ErrTooOld) {
					t.Errorf("beside the release after the next %s finds %v", program, err)
				}
			}
		})
	}
}
