package console

import (
	"context"
	"net/http"

	"github.com/devrev/scim/services/internal/apiclient"
)

// driftUsers is of how many users, or members that wait, a page shows the differences. One user may
// have several.
const driftUsers = "25"

// driftPage is where the identity provider believes something else than what DevRev has.
type driftPage struct {
	List     part[apiclient.DriftPage]
	Counts   part[apiclient.DriftSummary]
	Pager    pager
	Filtered bool
}

func (s *Console) drift(v *visit) error {
	query := v.query("kind")
	query.Set("limit", driftUsers)
	var p driftPage
	g := v.gather()
	from(g, &p.Counts, v.api.DriftSummary)
	from(g, &p.List, func(ctx context.Context) (apiclient.DriftPage, error) { return v.api.Drift(ctx, query) })
	if err := g.wait(); err != nil {
		return err
	}
	p.Pager, p.Filtered = v.pager(p.List.Value.Next), v.filtered("kind")
	return v.show(http.StatusOK, "drift", "Drift", p)
}
