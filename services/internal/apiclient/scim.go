package apiclient

import (
	"context"
	"encoding/json"
	"net/http"
	"time"
)

// Terms is an organisation as the platform announced it.
type Terms struct {
	ID             string    `json:"id"`
	SSO            SSO       `json:"sso"`
	UserNameFormat string    `json:"userNameFormat"` // email or any
	Rate           *Rate     `json:"rate,omitempty"` // nil: the one for all
	SCIM           Switch    `json:"scim"`
	Leaving        *Leaving  `json:"leaving,omitempty"` // nil: it stays
	CreatedAt      time.Time `json:"createdAt"`
	ModifiedAt     time.Time `json:"modifiedAt"`
}

// Leaving is how far an organisation is that was removed.
type Leaving struct {
	State    string    `json:"state"`
	EraseAt  time.Time `json:"eraseAt"`
	ErasedAt time.Time `json:"erasedAt,omitzero"`
}

// The states of an organisation that was removed.
const (
	Grace   = "grace"   // it is kept, and stays if it is announced again
	Erasing = "erasing" // it cannot come back until it is erased
	Erased  = "erased"  // it can be announced, and begins from nothing
)

// SSO is the organisation's single sign-on.
type SSO struct {
	Enabled    bool   `json:"enabled"`
	Connection string `json:"connection,omitempty"`
}

// Rate is how many SCIM requests of the organisation pass.
type Rate struct {
	PerSecond int `json:"perSecond"`
	Burst     int `json:"burst,omitempty"`
}

// Switch says whether something is on.
type Switch struct {
	Enabled bool `json:"enabled"`
}

// Status is the state of SCIM in the organisation.
type Status struct {
	Enabled     bool     `json:"enabled"`
	SCIMBaseURL string   `json:"scimBaseUrl"`
	LiveTokens  int      `json:"liveTokens"`
	Expiring    []string `json:"expiring,omitempty"` // ids of tokens that it is time to rotate
}

// Enabled is the answer to switching SCIM on. It holds the first token, once.
type Enabled struct {
	SCIMBaseURL string `json:"scimBaseUrl"`
	Token       Issued `json:"token"`
}

// Settings is what the organisation has decided about SCIM.
type Settings struct {
	Strict     bool `json:"strict"`
	HideValues bool `json:"hideValues"`
	// RestoreByExternalID: a create brings a leaver of the same externalId back.
	RestoreByExternalID bool `json:"restoreByExternalId"`
	// RestoreByUserName: a create brings a leaver of the same userName back.
	RestoreByUserName bool `json:"restoreByUserName"`
	// ForgetGroups: who is deleted and comes back is in none of the groups from before.
	ForgetGroups bool `json:"forgetGroups"`
	// MatchByExternalID and MatchByUserName: a member that waits may mean the person of this
	// externalId or userName.
	MatchByExternalID bool              `json:"matchByExternalId"`
	MatchByUserName   bool              `json:"matchByUserName"`
	Schemas           []json.RawMessage `json:"schemas"`
	Version           string            `json:"-"` // of these settings, for PatchSettings
}

func (s *Settings) setVersion(etag string) { s.Version = etag }

// Terms returns what the platform announced.
func (o *Organisation) Terms(ctx context.Context) (Terms, error) {
	return ask[Terms](ctx, o, request{method: http.MethodGet})
}

// Announcement is what the platform says of an organisation.
type Announcement struct {
	SSO            SSO    `json:"sso"`
	UserNameFormat string `json:"userNameFormat"` // email or any
}

// Announce makes the organisation known, or changes what is known of it. It is the platform's.
func (o *Organisation) Announce(ctx context.Context, a Announcement) error {
	_, err := ask[nothing](ctx, o, request{method: http.MethodPut, body: a})
	return err
}

// Remove has the organisation erased after a while, in which Announce calls it off. All tokens end
// for good. It is the platform's.
func (o *Organisation) Remove(ctx context.Context) (Terms, error) {
	return ask[Terms](ctx, o, request{method: http.MethodDelete})
}

// Status returns whether SCIM is on.
func (o *Organisation) Status(ctx context.Context) (Status, error) {
	return ask[Status](ctx, o, request{method: http.MethodGet, path: "/scim"})
}

// Enable switches SCIM on and issues the first token. Where it is on with a live token, it is the
// Problem "already-enabled".
func (o *Organisation) Enable(ctx context.Context) (Enabled, error) {
	e, err := ask[Enabled](ctx, o, request{method: http.MethodPost, path: "/scim/enable"})
	if err == nil && e.Token.Secret == "" {
		err = &UnexpectedResponse{Status: http.StatusCreated}
	}
	return e, err
}

// Disable switches SCIM off. All tokens end for good.
func (o *Organisation) Disable(ctx context.Context) (Status, error) {
	return ask[Status](ctx, o, request{method: http.MethodPost, path: "/scim/disable"})
}

// Settings returns the settings.
func (o *Organisation) Settings(ctx context.Context) (Settings, error) {
	return ask[Settings](ctx, o, request{method: http.MethodGet, path: "/scim/settings"})
}

// PatchSettings changes the settings that change names (RFC 7396), and leaves the others. If the
// settings are no longer those of the version, nothing is changed and it is the Problem "changed";
// "": whatever they are. A repetition after a lost answer can be that Problem, too.
func (o *Organisation) PatchSettings(ctx context.Context, version string, change map[string]any) (Settings, error) {
	r := request{method: http.MethodPatch, path: "/scim/settings", body: change, media: "application/merge-patch+json", header: http.Header{}}
	if version != "" {
		r.header.Set("If-Match", version)
	}
	return ask[Settings](ctx, o, r)
}
