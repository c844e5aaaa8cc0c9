package console

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/devrev/scim/services/internal/apiclient"
)

// overviewPage is what an administrator sees first.
type overviewPage struct {
	Doctor part[apiclient.Diagnosis]
	People part[people]
	Groups part[int]
	Recent part[recent]
	Put    part[map[string]int64]
}

// people is how many people are in each state, with the widths of a bar of 100.
type people struct {
	Total  int
	Shares []share
}

type share struct {
	State    string
	Count    int
	X, Width float64
}

// recent is the activity of the last seven days, or as much of it as is read.
type recent struct {
	Chart chart
	Cut   bool // there is more than was read
}

func (s *Console) overview(v *visit) error {
	var p overviewPage
	g := v.gather()
	from(g, &p.Doctor, v.api.Diagnose)
	from(g, &p.Put, v.api.Coercions)
	from(g, &p.People, func(ctx context.Context) (people, error) { return countPeople(ctx, v.api) })
	from(g, &p.Groups, func(ctx context.Context) (int, error) {
		groups, err := v.api.Groups(ctx, url.Values{"limit": {"0"}})
		return groups.Total, err
	})
	from(g, &p.Recent, func(ctx context.Context) (recent, error) { return changes(ctx, v.api, s.deps.Now()) })
	if err := g.wait(); err != nil {
		return err
	}
	return v.show(http.StatusOK, "overview", "Overview", p)
}

// countPeople counts the states at the same time.
func countPeople(ctx context.Context, api *apiclient.Organisation) (p people, err error) {
	p.Shares = []share{{State: "active"}, {State: "shadow"}, {State: "deactivated"}}
	counts, ctx := errgroup.WithContext(ctx)
	for i := range p.Shares {
		counts.Go(func() error {
			found, err := api.Users(ctx, url.Values{"limit": {"0"}, "state": {p.Shares[i].State}})
			p.Shares[i].Count = found.Total
			return err
		})
	}
	if err := counts.Wait(); err != nil {
		return people{}, err
	}
	for _, s := range p.Shares {
		p.Total += s.Count
	}
	at := 0.0
	for i := range p.Shares {
		if p.Total > 0 {
			p.Shares[i].X, p.Shares[i].Width = at, 100*float64(p.Shares[i].Count)/float64(p.Total)
			at += p.Shares[i].Width
		}
	}
	return p, nil
}

// recentDays is how many days the picture of the activity has.
const recentDays = 7

func changes(ctx context.Context, api *apiclient.Organisation, now time.Time) (r recent, err error) {
	found, err := api.ActivityDays(ctx, now.UTC().Truncate(24*time.Hour).AddDate(0, 0, 1-recentDays))
	if err != nil {
		return r, err
	}
	counted := make(map[string]apiclient.ActivityDay, len(found.Days))
	for _, d := range found.Days {
		counted[d.Day] = d
	}
	r.Cut = found.More
	r.Chart = days(now, recentDays, "What the identity provider sent, a day", "Changes", "Refused", func(day time.Time) (int64, int64) {
		d := counted[day.Format(time.DateOnly)]
		return d.Total, d.Refused
	})
	return r, nil
}
