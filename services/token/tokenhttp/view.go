package tokenhttp

import (
	"time"

	"github.com/devrev/scim/libs/token"
	"github.com/devrev/scim/libs/token/ratelimit"
	"github.com/devrev/scim/services/internal/terms"
	"github.com/devrev/scim/services/token/issuer"
)

// organisationView is an organisation in an answer.
type organisationView struct {
	ID             string               `json:"id"`
	SSO            ssoView              `json:"sso"`
	UserNameFormat terms.UserNameFormat `json:"userNameFormat"`
	Rate           *rateView            `json:"rate,omitempty"`
	SCIM           scimView             `json:"scim"`
	Leaving        *leavingView         `json:"leaving,omitempty"`
	CreatedAt      time.Time            `json:"createdAt"`
	ModifiedAt     time.Time            `json:"modifiedAt"`
}

type ssoView struct {
	Enabled    bool   `json:"enabled"`
	Connection string `json:"connection,omitempty"`
}

// rateView is how many SCIM requests of the organisation pass, if it is not the number for all.
type rateView struct {
	PerSecond int `json:"perSecond"`
	Burst     int `json:"burst,omitempty"`
}

type scimView struct {
	Enabled bool `json:"enabled"`
}

// leavingView is how far an organisation is that leaves.
type leavingView struct {
	State    string    `json:"state"`
	EraseAt  time.Time `json:"eraseAt"`
	ErasedAt time.Time `json:"erasedAt,omitzero"`
}

// The states of an organisation that leaves.
const (
	leavingGrace   = "grace"   // it is kept, and stays if it is announced again
	leavingErasing = "erasing" // it cannot come back until it is erased
	leavingErased  = "erased"  // nothing of it is left but an entry of the audit
)

func viewOfLeaving(o issuer.Organisation) *leavingView {
	v := &leavingView{leavingGrace, o.LeavesAt, o.ErasedAt}
	switch {
	case o.LeavesAt.IsZero():
		return nil
	case !o.ErasedAt.IsZero():
		v.State = leavingErased
	case o.HasLeft():
		v.State = leavingErasing
	}
	return v
}

func viewOf(o issuer.Organisation) organisationView {
	v := organisationView{
		ID: o.ID, SSO: ssoView{o.Terms.SSO, o.Terms.Connection}, UserNameFormat: o.Terms.UserNameFormat,
		SCIM: scimView{o.Enabled}, Leaving: viewOfLeaving(o), CreatedAt: o.Created, ModifiedAt: o.Modified,
	}
	if r := o.Terms.Rate; r != (ratelimit.Rate{}) {
		v.Rate = &rateView{r.PerSecond, r.Burst}
	}
	return v
}

// statusView is all that the settings page shows before it lists tokens.
type statusView struct {
	Enabled     bool   `json:"enabled"`
	SCIMBaseURL string `json:"scimBaseUrl"`
	LiveTokens  int    `json:"liveTokens"`
	// Expiring are the ids of the tokens that it is time to rotate.
	Expiring []string `json:"expiring,omitempty"`
}

// tokenView is a token in an answer. Secret is there in the one answer to its issue.
type tokenView struct {
	ID         string          `json:"id"`
	Name       string          `json:"name"`
	Scopes     []token.Scope   `json:"scopes"`
	State      issuer.State    `json:"state"`
	IssuedBy   string          `json:"issuedBy"`
	IssuedAt   time.Time       `json:"issuedAt"`
	ExpiresAt  time.Time       `json:"expiresAt,omitzero"`
	Expiring   issuer.Nearness `json:"expiring,omitempty"`
	RevokedAt  time.Time       `json:"revokedAt,omitzero"`
	LeakedAt   time.Time       `json:"leakedAt,omitzero"`
	LastUsedAt time.Time       `json:"lastUsedAt,omitzero"`
	Replaces   string          `json:"replaces,omitempty"`
	Verdict    *verdictView    `json:"verdict,omitempty"`
	Secret     string          `json:"token,omitempty"`

	FirstUsedAt time.Time    `json:"firstUsedAt,omitzero"`
	Use         *usageView   `json:"use,omitempty"`
	Refused     *refusedView `json:"refused,omitempty"`
}

// verdictView is whether a live token may be revoked.
type verdictView struct {
	Safe      bool     `json:"safe"`
	Successor string   `json:"successor,omitempty"`
	Reasons   []string `json:"reasons"`
}

func viewOfToken(t issuer.Token) tokenView {
	v := tokenView{
		ID: t.ID, Name: t.Name, Scopes: t.Scopes, State: t.State, IssuedBy: t.Issuer,
		IssuedAt: t.IssuedAt, ExpiresAt: t.ExpiresAt, Expiring: t.Expiring, RevokedAt: t.RevokedAt, LeakedAt: t.LeakedAt,
		LastUsedAt: t.LastUsedAt, Replaces: t.Replaces,
		FirstUsedAt: t.FirstUsedAt, Use: viewOfUsage(t), Refused: viewOfRefused(t),
	}
	if len(t.Verdict.Reasons) > 0 {
		v.Verdict = &verdictView{t.Verdict.Safe, t.Verdict.Successor, t.Verdict.Reasons}
	}
	return v
}

// detailOf is the view of a single token that was requested.
func detailOf(t issuer.Token) tokenView {
	v := viewOfToken(t)
	if v.Use != nil {
		v.Use.Hours = viewOfHours(t.Hours)
	}
	return v
}

// viewOfIssued is the only place where a token is revealed.
func viewOfIssued(i issuer.Issued) tokenView {
	v := viewOfToken(issuer.Token{Record: i.Record, State: issuer.StateLive})
	v.Secret = i.Token.Reveal()
	return v
}
