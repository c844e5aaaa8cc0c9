package issuertest

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/devrev/scim/libs/token"
	"github.com/devrev/scim/services/internal/terms"
	"github.com/devrev/scim/services/token/issuer"
)

var organisationRules = []rule{
	{"Organisation returns what CreateOrganisation stored", func(t *testing.T, s issuer.Store) {
		wantOrganisation(t, s, create(t, s))
	}},
	{"Organisation of an id never created is ErrNoOrganisation", func(t *testing.T, s issuer.Store) {
		_, err := s.Organisation(t.Context(), organisation().ID)
		wantErr(t, "Organisation", err, issuer.ErrNoOrganisation)
	}},
	{"an id is compared exactly", func(t *testing.T, s issuer.Store) {
		o := create(t, s)
		_, err := s.Organisation(t.Context(), "ORG-"+o.Tag)
		wantErr(t, "Organisation", err, issuer.ErrNoOrganisation)
		other := organisation()
		other.ID = "ORG-" + o.Tag
		if err := s.CreateOrganisation(t.Context(), other); err != nil {
			t.Fatalf("CreateOrganisation: %v", err)
		}
		wantOrganisation(t, s, o)
		wantOrganisation(t, s, other)
	}},
	{"CreateOrganisation of an id that is there is ErrExists and changes nothing", func(t *testing.T, s issuer.Store) {
		o := create(t, s)
		again := organisation()
		again.ID = o.ID
		wantErr(t, "CreateOrganisation", s.CreateOrganisation(t.Context(), again), issuer.ErrExists)
		wantOrganisation(t, s, o)
		other := organisation()
		other.Tag = again.Tag // which the refused one must not have taken
		if err := s.CreateOrganisation(t.Context(), other); err != nil {
			t.Errorf("CreateOrganisation: %v", err)
		}
	}},
	{"CreateOrganisation with the tag of another is ErrExists and stores nothing", func(t *testing.T, s issuer.Store) {
		o, thief := create(t, s), organisation()
		thief.Tag = o.Tag
		wantErr(t, "CreateOrganisation", s.CreateOrganisation(t.Context(), thief), issuer.ErrExists)
		_, err := s.Organisation(t.Context(), thief.ID)
		wantErr(t, "Organisation", err, issuer.ErrNoOrganisation)
		wantOrganisation(t, s, o)
	}},
	{"CreateOrganisation, when calls race: exactly one wins", func(t *testing.T, s issuer.Store) {
		id := organisation().ID
		wantOneWinner(t, issuer.ErrExists, func() error {
			o := organisation()
			o.ID = id
			return s.CreateOrganisation(t.Context(), o)
		})
	}},
	{"ReplaceOrganisation stores whole and counts the version", func(t *testing.T, s issuer.Store) {
		o := create(t, s)
		want := issuer.Organisation{ID: o.ID, Version: 2, Tag: o.Tag, Terms: issuer.Terms{UserNameFormat: terms.UserNameEmail}, Created: o.Created, Modified: now()}
		next := want
		next.Version = o.Version
		got, err := s.ReplaceOrganisation(t.Context(), next)
		if err != nil || got != want {
			t.Errorf("ReplaceOrganisation: %+v, %v; want %+v", got, err, want)
		}
		wantOrganisation(t, s, want)
	}},
	{"ReplaceOrganisation of another version is ErrVersionConflict and changes nothing", func(t *testing.T, s issuer.Store) {
		o := create(t, s)
		for _, version := range []int64{0, 2} {
			other := o
			other.Version, other.Enabled = version, false
			_, err := s.ReplaceOrganisation(t.Context(), other)
			wantErr(t, "ReplaceOrganisation", err, issuer.ErrVersionConflict)
		}
		wantOrganisation(t, s, o)
	}},
	{"ReplaceOrganisation of an id never created is ErrNoOrganisation and stores nothing", func(t *testing.T, s issuer.Store) {
		o := organisation()
		_, err := s.ReplaceOrganisation(t.Context(), o)
		wantErr(t, "ReplaceOrganisation", err, issuer.ErrNoOrganisation)
		_, err = s.Organisation(t.Context(), o.ID)
		wantErr(t, "Organisation", err, issuer.ErrNoOrganisation)
	}},
	{"ReplaceOrganisation, when calls race: exactly one wins", func(t *testing.T, s issuer.Store) {
		o := create(t, s)
		wantOneWinner(t, issuer.ErrVersionConflict, func() error {
			next := o
			next.Terms.Connection = token.NewTag()
			_, err := s.ReplaceOrganisation(t.Context(), next)
			return err
		})
	}},
	{"ReplaceOrganisation leaves other organisations alone", func(t *testing.T, s issuer.Store) {
		o, other := create(t, s), create(t, s)
		o.Enabled = false
		if _, err := s.ReplaceOrganisation(t.Context(), o); err != nil {
			t.Fatalf("ReplaceOrganisation: %v", err)
		}
		wantOrganisation(t, s, other)
	}},
}

// wantOneWinner calls 16 times at once and fails the test unless one call succeeds and all others
// give lost.
func wantOneWinner(t *testing.T, lost error, call func() error) {
	t.Helper()
	var winners atomic.Int32
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			switch err := call(); {
			case err == nil:
				winners.Add(1)
			case !errors.Is(err, lost):
				t.Errorf("a loser got %v, want %v", err, lost)
			}
		})
	}
	wg.Wait()
	if n := winners.Load(); n != 1 {
		t.Errorf("%d calls won, want 1", n)
	}
}
