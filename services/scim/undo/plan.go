package undo

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/devrev/scim/services/scim/directory"
	"github.com/devrev/scim/services/scim/history"
)

const (
	// Most is how many changes one undo takes back.
	Most        = 100_000
	plannedOnce = 500 // records that are read, and items that are written, at a time
)

// errTooMany: the undo asks for more than Most changes.
var errTooMany = errors.New("too many changes")

// found is one user or group in a plan.
type found struct {
	of       history.Resource
	versions []int64
	latest   int64 // when the last of them was, in Unix milliseconds
}

// plan returns the items of a job: users first, and among them, as among groups, what changed last.
func (u *Undo) plan(ctx context.Context, t directory.Tenant, j *Job) ([]Item, error) {
	byResource, changes := map[history.Resource]*found{}, 0
	for _, span := range j.Spans {
		q := history.Query{
			Since: span.Since, Until: span.Until, RequestID: span.RequestID, TokenID: span.TokenID, Client: span.Client, Undo: span.Undo, Limit: plannedOnce,
		}
		for {
			records, next, err := u.History.Changes(ctx, t, q)
			if err != nil {
				return nil, fmt.Errorf("read the history: %w", err)
			}
			for _, r := range records {
				if !span.has(r) {
					continue
				}
				f := byResource[r.Resource]
				if f == nil {
					f = &found{of: r.Resource}
					byResource[r.Resource] = f
				}
				f.versions, f.latest = append(f.versions, r.Version), max(f.latest, r.At.UnixMilli())
				j.Client = cmp.Or(j.Client, r.Cause.Client)
				if changes++; changes > Most {
					return nil, errTooMany
				}
			}
			if q.After = next; next == "" {
				break
			}
		}
	}
	order := make([]*found, 0, len(byResource))
	for _, f := range byResource {
		slices.Sort(f.versions)
		f.versions = slices.Compact(f.versions)
		order = append(order, f)
	}
	slices.SortFunc(order, func(a, b *found) int {
		return cmp.Or(cmp.Compare(b.of.Type, a.of.Type), cmp.Compare(b.latest, a.latest), cmp.Compare(b.of.ID, a.of.ID)) // "User" is behind "Group"
	})
	items := make([]Item, len(order))
	j.Users, j.Items = 0, len(order)
	for n, f := range order {
		items[n] = Item{N: n, Resource: f.of, Versions: f.versions}
		if f.of.Type == history.User {
			j.Users++
		}
	}
	return items, nil
}

// has reports whether r, which satisfies the rest, is about the resource of the span, or is what
// the end of that user made of a group.
func (s Span) has(r history.Record) bool {
	switch {
	case s.Pushed && r.Cause.By != "":
		return false
	case s.Resource == (history.Resource{}), s.Resource == r.Resource:
		return true
	default:
		return s.Resource.Type == history.User && r.Resource.Type == history.Group && len(r.Members.Added) == 0 &&
			len(r.Members.Removed) == 1 && string(r.Members.Removed[0]) == s.Resource.ID
	}
}
