package activity

import (
	"context"
	"time"

	"github.com/devrev/scim/services/scim/directory"
)

// Glimpse is what an overview shows of an entry.
type Glimpse struct {
	At     time.Time        `json:"at"`
	Effect directory.Effect `json:"effect"`
}

// Day is how many entries a day has.
type Day struct {
	Day     string `json:"day"` // in UTC, such as 2026-01-31
	Total   int    `json:"total"`
	Refused int    `json:"refused"`
}

// Days counts the organisation's entries since a time, by their days, the latest first; days
// without any are left out. Only the latest 1,000 are counted: more says that there are others.
func (l *Log) Days(ctx context.Context, org directory.Organisation, since time.Time) (days []Day, more bool, err error) {
	latest, err := l.store.Glimpses(ctx, org.Tenant, since, browse+1)
	if more = len(latest) > browse; more {
		latest = latest[:browse]
	}
	days = []Day{}
	for _, g := range latest {
		day := g.At.UTC().Format(time.DateOnly)
		if n := len(days); n == 0 || days[n-1].Day != day {
			days = append(days, Day{Day: day})
		}
		d := &days[len(days)-1]
		if d.Total++; g.Effect == EffectRefused {
			d.Refused++
		}
	}
	return days, more, unreadable(err)
}
