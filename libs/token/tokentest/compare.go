package tokentest

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/devrev/scim/libs/token"
)

// compare calls s and the model alike: two organisations that quarrel about three tags, five token ids, generations and
// minutes that are few enough to meet. -rapid.checks sets the number of sequences, -rapid.seed repeats one.
func compare(t *testing.T, s token.Store) {
	ctx := t.Context()
	rapid.Check(t, func(t *rapid.T) {
		m, start := &model{}, now()
		tags := []string{token.NewTag(), token.NewTag(), token.NewTag()}
		orgs := []string{"org-" + tags[0], "org-" + tags[1]}
		ids := make([]string, 5)
		for i := range ids {
			ids[i] = token.New(tags[0]).ID()
		}
		tag, org, id := rapid.SampledFrom(tags), rapid.SampledFrom(orgs), rapid.SampledFrom(ids)
		generation := rapid.Int64Range(8, 11)
		minute := rapid.Custom(func(t *rapid.T) time.Time {
			return start.Add(time.Duration(rapid.IntRange(-9, 9).Draw(t, "minute")) * time.Minute)
		})

		t.Repeat(map[string]func(*rapid.T){
			"PutOrganisation": func(t *rapid.T) {
				o := token.Organisation{
					ID:         org.Draw(t, "org"),
					Tag:        tag.Draw(t, "tag"),
					Enabled:    rapid.Bool().Draw(t, "enabled"),
					Generation: generation.Draw(t, "generation"),
					Settings:   rapid.MapOfN(rapid.String(), rapid.String(), 0, 3).Draw(t, "settings"),
				}
				same(t, m.PutOrganisation(ctx, o), s.PutOrganisation(ctx, o))
			},
			"Organisation": func(t *rapid.T) {
				o := org.Draw(t, "org")
				want, wantErr := m.Organisation(ctx, o)
				got, gotErr := s.Organisation(ctx, o)
				same(t, wantErr, gotErr)
				sameValue(t, want, got)
			},
			"Insert": func(t *rapid.T) {
				r := token.Record{
					Org:        org.Draw(t, "org"),
					Tag:        tag.Draw(t, "tag"),
					ID:         id.Draw(t, "id"),
					Name:       rapid.String().Draw(t, "name"),
					Kid:        "k1",
					MAC:        rapid.SliceOfN(rapid.Byte(), 1, 2).Draw(t, "mac"),
					Scopes:     []token.Scope{token.ScopeWrite},
					Issuer:     rapid.String().Draw(t, "issuer"),
					Generation: generation.Draw(t, "generation"),
					IssuedAt:   minute.Draw(t, "issued"),
				}
				if rapid.Bool().Draw(t, "expires") {
					r.ExpiresAt = minute.Draw(t, "expiry")
				}
				same(t, m.Insert(ctx, r), s.Insert(ctx, r))
			},
			"Lookup": func(t *rapid.T) {
				tag, id := tag.Draw(t, "tag"), id.Draw(t, "id")
				wantRecord, wantOrganisation, wantErr := m.Lookup(ctx, tag, id)
				gotRecord, gotOrganisation, gotErr := s.Lookup(ctx, tag, id)
				same(t, wantErr, gotErr)
				sameValue(t, wantOrganisation, gotOrganisation)
				wantRecord.LastUsedAt, gotRecord.LastUsedAt = time.Time{}, time.Time{} // for List alone
				sameValue(t, wantRecord, gotRecord)
			},
			"List": func(t *rapid.T) {
				o := org.Draw(t, "org")
				want, wantErr := m.List(ctx, o)
				got, gotErr := s.List(ctx, o)
				same(t, wantErr, gotErr)
				for i := 1; i < len(got); i++ {
					if got[i-1].IssuedAt.Before(got[i].IssuedAt) {
						t.Fatalf("List: %s is before %s, issued later", got[i-1].ID, got[i].ID)
					}
				}
				sameValue(t, byID(want), byID(got)) // issued at one time, they are in any order
			},
			"Revoke": func(t *rapid.T) {
				o, id, at := org.Draw(t, "org"), id.Draw(t, "id"), minute.Draw(t, "at")
				want, wantErr := m.Revoke(ctx, o, id, at)
				got, gotErr := s.Revoke(ctx, o, id, at)
				same(t, wantErr, gotErr)
				want.LastUsedAt, got.LastUsedAt = time.Time{}, time.Time{}
				sameValue(t, want, got)
			},
			"Touch": func(t *rapid.T) {
				tag, used := tag.Draw(t, "tag"), rapid.MapOf(id, minute).Draw(t, "used")
				same(t, m.Touch(ctx, tag, used), s.Touch(ctx, tag, used))
			},
		})
	})
}

// same fails the test unless both errors are nil or the same sentinel.
func same(t *rapid.T, want, got error) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Fatalf("error %v, want %v", got, want)
	}
}

func sameValue(t *rapid.T, want, got any) {
	t.Helper()
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Fatalf("(-want +got):\n%s", diff)
	}
}

func byID(records []token.Record) map[string]token.Record {
	m := make(map[string]token.Record, len(records))
	for _, r := range records {
		m[r.ID] = r
	}
	return m
}
