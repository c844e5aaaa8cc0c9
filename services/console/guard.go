package console

import (
	"net/http"
	"net/url"

	"github.com/devrev/scim/services/internal/apiclient"
)

// guardPage is Security > Guard.
type guardPage struct {
	apiclient.Guard

	Held  []apiclient.Held
	Pager pager
}

// Open reports whether a hold waits for a decision.
func (p guardPage) Open() bool { return p.Hold != nil && p.Hold.State == "open" }

func (s *Console) guard(v *visit) error {
	ctx := v.Request.Context()
	found, err := v.api.Guard(ctx)
	if err != nil {
		return err
	}
	p := guardPage{Guard: found}
	if p.Open() {
		held, err := v.api.Held(ctx, p.Hold.ID, url.Values{"state": {"waiting"}, "limit": {"100"}, "after": {v.Query("after")}})
		if err != nil {
			return err
		}
		p.Held, p.Pager = held.Changes, v.pager(held.Next)
	}
	return v.show(http.StatusOK, "guard", "Guard", p, crumb{"Security", v.path("security")})
}

// decideHold approves or rejects a hold, all of it or one change.
func (s *Console) decideHold(v *visit) error {
	var changes []string
	if change := v.PostForm("change"); change != "" {
		changes = []string{change}
	}
	decide, done := v.api.ApproveHold, "approve"
	if v.PostForm("verdict") == "reject" {
		decide, done = v.api.RejectHold, "reject"
	}
	if _, err := decide(v.Request.Context(), v.PostForm("hold"), v.PostForm("note"), changes...); err != nil {
		return v.again(err, s.guard)
	}
	return v.done(done, v.path("security", "guard"))
}

// setGuard changes the guard's mode.
func (s *Console) setGuard(v *visit) error {
	if _, err := v.api.PatchSettings(v.Request.Context(), "", map[string]any{"guard": map[string]any{"mode": v.PostForm("mode")}}); err != nil {
		return v.again(err, s.guard)
	}
	return v.done("settings", v.path("security", "guard"))
}
