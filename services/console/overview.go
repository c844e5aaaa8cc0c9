package console

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/devrev/scim/services/internal/apiclient"
)

// overviewPage is what an administrator sees first.
type overviewPage struct {
	Terms   part[apiclient.Terms]
	Status  part[apiclient.Status]
	Tokens  part[apiclient.TokenList]
	People  part[people]
	Groups  part[int]
	Refused part[[]refusedGroup]
	Recent  part[recent]
	Put     part[map[string]int64]

	Verdict string
	Good    bool
	Steps   []step
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

// refusedGroup is all refusals of the last day with one sentence.
type refusedGroup struct {
	Detail string
	Count  int
	Names  []string // of whom, each once, the first few
	Last   apiclient.ActivityEntry
}

// recent is the activity of the last seven days, or as much of it as is read.
type recent struct {
	Chart chart
	Cut   bool // there is more than was read
}

// step is one thing that a connection needs.
type step struct {
	State    string // done, waiting, failed
	Sentence string
	Remedy   string
	Link     string
}

func (s *Console) overview(v *visit) error {
	var p overviewPage
	g := v.gather()
	from(g, &p.Terms, v.api.Terms)
	from(g, &p.Status, v.api.Status)
	from(g, &p.Tokens, v.api.Tokens)
	from(g, &p.Put, v.api.Coercions)
	from(g, &p.People, func(ctx context.Context) (people, error) { return countPeople(ctx, v.api) })
	from(g, &p.Groups, func(ctx context.Context) (int, error) {
		groups, err := v.api.Groups(ctx, url.Values{"limit": {"0"}})
		return groups.Total, err
	})
	from(g, &p.Refused, func(ctx context.Context) ([]refusedGroup, error) { return refusals(ctx, v.api, s.deps.Now()) })
	from(g, &p.Recent, func(ctx context.Context) (recent, error) { return changes(ctx, v.api, s.deps.Now()) })
	if err := g.wait(); err != nil {
		return err
	}
	p.judge(v)
	return v.show(http.StatusOK, "overview", "Overview", p)
}

func countPeople(ctx context.Context, api *apiclient.Organisation) (p people, err error) {
	for _, state := range []string{"active", "shadow", "deactivated"} {
		found, err := api.Users(ctx, url.Values{"limit": {"0"}, "state": {state}})
		if err != nil {
			return p, err
		}
		p.Shares = append(p.Shares, share{State: state, Count: found.Total})
		p.Total += found.Total
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

func refusals(ctx context.Context, api *apiclient.Organisation, now time.Time) (groups []refusedGroup, err error) {
	found, err := api.Activity(ctx, url.Values{"effect": {"refused"}, "since": {now.Add(-24 * time.Hour).UTC().Format(time.RFC3339)}, "limit": {"200"}})
	if err != nil {
		return nil, err
	}
	for _, e := range found.Activity {
		if e.Refusal == nil {
			continue
		}
		i := slices.IndexFunc(groups, func(g refusedGroup) bool { return g.Detail == e.Refusal.Detail })
		if i < 0 {
			groups, i = append(groups, refusedGroup{Detail: e.Refusal.Detail, Last: e}), len(groups)
		}
		groups[i].Count++
		if e.Name != "" && len(groups[i].Names) < 5 && !slices.Contains(groups[i].Names, e.Name) {
			groups[i].Names = append(groups[i].Names, e.Name)
		}
	}
	slices.SortStableFunc(groups, func(a, b refusedGroup) int { return b.Count - a.Count })
	return groups, nil
}

// maxRecent is how many stretches of 200 entries the picture of the last days is made of.
const maxRecent = 5

func changes(ctx context.Context, api *apiclient.Organisation, now time.Time) (r recent, err error) {
	type day struct{ total, refused int64 }
	counted := map[time.Time]day{}
	query := url.Values{"since": {now.UTC().Truncate(24*time.Hour).AddDate(0, 0, -6).Format(time.RFC3339)}, "limit": {"200"}}
	for read := 1; ; read++ {
		found, err := api.Activity(ctx, query)
		if err != nil {
			return r, err
		}
		for _, e := range found.Activity {
			at := e.At.UTC().Truncate(24 * time.Hour)
			d := counted[at]
			if d.total++; e.Effect == "refused" {
				d.refused++
			}
			counted[at] = d
		}
		if r.Cut = found.Next != "" && read == maxRecent; found.Next == "" || r.Cut {
			break
		}
		query.Set("after", found.Next)
	}
	r.Chart = days(now, 7, "What the identity provider sent, a day", "Changes", "Refused", func(at time.Time) (int64, int64) { return counted[at].total, counted[at].refused })
	return r, nil
}

// judge fills in what the connection has come to. What is not known, because a service is away, is
// left out.
func (p *overviewPage) judge(v *visit) {
	add := func(ok bool, done, missing, remedy, link string) bool {
		if ok {
			p.Steps = append(p.Steps, step{State: "done", Sentence: done})
		} else {
			p.Steps = append(p.Steps, step{State: "waiting", Sentence: missing, Remedy: remedy, Link: link})
		}
		return ok
	}
	security := v.path("security")
	verdict := func(text string) {
		if p.Verdict == "" {
			p.Verdict = text
		}
	}
	if p.Terms.Away != "" || p.Status.Away != "" || p.Tokens.Away != "" || p.People.Away != "" || p.Groups.Away != "" {
		p.Verdict = "Part of DevRev does not answer, so this is not known at the moment."
		return
	}
	if !add(p.Terms.Value.SSO.Enabled, "Single sign-on is on.", "Single sign-on is off.", "Turn it on in DevRev's sign-in settings first.", "") {
		verdict("Not started: single sign-on is off.")
	}
	if !add(p.Status.Value.Enabled, "SCIM is on.", "SCIM is off.", "Enable it, and copy the base URL and the token.", security) {
		verdict("Not started: SCIM is off.")
	}
	if !add(p.Status.Value.LiveTokens > 0, "A token is live.", "No token is live.", "Issue one, and enter it in your identity provider.", security) {
		verdict("Off: no token works.")
	}
	var last time.Time
	for _, t := range p.Tokens.Value.Tokens {
		if t.LastUsedAt.After(last) {
			last = t.LastUsedAt
		}
	}
	if !add(!last.IsZero(), "Your identity provider has been here, last "+ago(v.console.deps.Now(), last)+".", "Your identity provider has not been here.", "In Okta press Test API Credentials, in Entra ID Test Connection.", security) {
		verdict("Waiting for the first contact.")
	}
	if !add(p.People.Value.Total > 0, "People have arrived.", "Nobody has arrived.", "Assign people to the DevRev app in your identity provider.", "") {
		verdict("Waiting for the first person.")
	}
	if p.People.Value.Total > 0 {
		add(p.People.Value.Shares[0].Count > 0, "Somebody of them has signed in.", "Nobody of them has signed in.", "Who does becomes active.", v.path("users"))
		add(p.Groups.Value > 0, "Groups have arrived.", "No group has arrived.", "In Okta use Push Groups; in Entra ID assign groups to the app.", v.path("groups"))
	}
	if p.Refused.Away == "" && !add(len(p.Refused.Value) == 0, "Nothing was refused in the last 24 hours.", "Something was refused in the last 24 hours.", "The sentences below say why.", v.path("activity")+"?effect=refused") {
		verdict("Working, with refusals in the last 24 hours.")
	}
	if len(p.Status.Value.Expiring) > 0 {
		p.Steps = append(p.Steps, step{State: "waiting", Sentence: "A token ends soon.", Remedy: "Rotate it.", Link: security})
		verdict("Working, and a token ends soon.")
	}
	if p.Verdict == "" {
		p.Verdict, p.Good = "Working.", true
	}
}
