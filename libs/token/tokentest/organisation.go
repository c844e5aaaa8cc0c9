package tokentest

import (
	"maps"
	"sync"
	"testing"

	"gotest.tools/v3/assert"

	"github.com/devrev/scim/libs/token"
)

var organisationRules = []rule{
	{"Organisation returns what PutOrganisation stored", func(t *testing.T, s token.Store) {
		wantOrganisation(t, s, put(t, s, organisation()))
	}},
	{"Organisation of an id never put is ErrNotFound", func(t *testing.T, s token.Store) {
		_, err := s.Organisation(t.Context(), organisation().ID)
		wantErr(t, "Organisation", err, token.ErrNotFound)
	}},
	{"PutOrganisation stores whole: nothing of the copy before is left", func(t *testing.T, s token.Store) {
		o := put(t, s, organisation())
		o.Settings = map[string]string{"another": ""}
		o.Enabled = false
		wantOrganisation(t, s, put(t, s, o))
		o.Settings = nil
		wantOrganisation(t, s, put(t, s, o))
	}},
	{"PutOrganisation of a lower generation changes nothing and is not an error", func(t *testing.T, s token.Store) {
		o := put(t, s, organisation())
		older := o
		older.Generation--
		older.Enabled = false
		older.Settings = map[string]string{"late": "yes"}
		put(t, s, older)
		wantOrganisation(t, s, o)
	}},
	{"PutOrganisation of a higher generation, however large, replaces", func(t *testing.T, s token.Store) {
		o := put(t, s, organisation())
		for _, o.Generation = range []int64{9, 10, 1 << 53} { // 9 and 10 are in another order as text
			wantOrganisation(t, s, put(t, s, o))
		}
	}},
	{"PutOrganisation, when calls race, leaves the highest generation", func(t *testing.T, s token.Store) {
		o := organisation()
		var wg sync.WaitGroup
		for generation := range int64(32) {
			wg.Go(func() {
				o := o
				o.Generation = generation
				if err := s.PutOrganisation(t.Context(), o); err != nil {
					t.Errorf("PutOrganisation: %v", err)
				}
			})
		}
		wg.Wait()
		o.Generation = 31
		wantOrganisation(t, s, o)
	}},
	{"PutOrganisation with the tag of another organisation is ErrTaken and changes nothing", func(t *testing.T, s token.Store) {
		o, other := put(t, s, organisation()), organisation()
		other.Tag = o.Tag
		wantErr(t, "PutOrganisation", s.PutOrganisation(t.Context(), other), token.ErrTaken)
		wantOrganisation(t, s, o)
		_, err := s.Organisation(t.Context(), other.ID)
		wantErr(t, "Organisation", err, token.ErrNotFound)
		other.Tag = token.NewTag()
		wantOrganisation(t, s, put(t, s, other)) // another draw helps
	}},
	{"PutOrganisation with another tag is ErrTaken and changes nothing", func(t *testing.T, s token.Store) {
		o := put(t, s, organisation())
		retagged := o
		retagged.Tag = token.NewTag()
		retagged.Generation++
		wantErr(t, "PutOrganisation", s.PutOrganisation(t.Context(), retagged), token.ErrTaken)
		wantOrganisation(t, s, o)
	}},
	{"PutOrganisation leaves other organisations alone", func(t *testing.T, s token.Store) {
		o := put(t, s, organisation())
		put(t, s, organisation())
		wantOrganisation(t, s, o)
	}},
	{"PutOrganisation keeps no hold of the settings, and Organisation gives none", func(t *testing.T, s token.Store) {
		o := organisation()
		kept := o
		kept.Settings = maps.Clone(o.Settings)
		put(t, s, o)
		o.Settings["userNameFormat"] = "changed by the caller"
		got, err := s.Organisation(t.Context(), o.ID)
		assert.NilError(t, err)
		got.Settings["userNameFormat"] = "changed by the caller"
		wantOrganisation(t, s, kept)
	}},
}
