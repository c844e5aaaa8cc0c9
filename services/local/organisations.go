package local

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"github.com/devrev/scim/services/internal/apiclient"
)

// Platform announces organisations as DevRev's platform does, through the API.
type Platform struct {
	BaseURL    string // with terms.APIPath
	Credential string
}

// callTimeout bounds one call with its repetitions: a busy machine keeps a replica waiting.
const callTimeout = 30 * time.Second

func (p Platform) organisation(id string) (*apiclient.Organisation, error) {
	client, err := apiclient.New(apiclient.Config{BaseURL: p.BaseURL, InsecureHTTP: true, Timeout: callTimeout, UserAgent: "local run"})
	if err != nil {
		return nil, err
	}
	return client.As(func() (string, error) { return p.Credential, nil }).Organisation(id)
}

// LeavingError is of an organisation that was removed: announcing it again would call that off.
type LeavingError struct{ apiclient.Leaving }

func (e *LeavingError) Error() string {
	return fmt.Sprintf("the organisation was removed, and is erased at %v", e.EraseAt.Format(time.RFC3339))
}

// Prepare sees to it that org is there with single sign-on and SCIM on. It returns a token where
// SCIM was enabled just now, or if fresh is set; then the older of two live tokens makes room. Else
// it returns "". One that was removed and is not erased yet is a *LeavingError, and left alone.
func (p Platform) Prepare(ctx context.Context, org, userNameFormat string, fresh bool) (string, error) {
	o, err := p.organisation(org)
	if err != nil {
		return "", err
	}
	terms, err := o.Terms(ctx)
	switch {
	case err == nil && terms.Leaving != nil && terms.Leaving.State != apiclient.Erased:
		return "", &LeavingError{*terms.Leaving}
	case err != nil && !is(err, "organisation-unknown"):
		return "", err
	}
	err = o.Announce(ctx, apiclient.Announcement{SSO: apiclient.SSO{Enabled: true, Connection: org + "-sso"}, UserNameFormat: userNameFormat})
	if err != nil {
		return "", err
	}
	status, err := o.Status(ctx)
	if err != nil {
		return "", err
	}
	if !status.Enabled {
		enabled, err := o.Enable(ctx)
		if !is(err, "already-enabled") {
			return string(enabled.Token.Secret), err
		}
		fresh = true // the answer with its token was lost
	}
	if !fresh {
		return "", nil
	}
	return issue(ctx, o)
}

// SignIn reports that the person of this user name has signed in.
func (p Platform) SignIn(ctx context.Context, org, userName string) error {
	o, err := p.organisation(org)
	if err != nil {
		return err
	}
	return o.SignIn(ctx, userName)
}

// issue returns a new token. A token whose answer was lost makes room for another one.
func issue(ctx context.Context, o *apiclient.Organisation) (string, error) {
	for {
		if err := makeRoom(ctx, o); err != nil {
			return "", err
		}
		issued, err := o.Issue(ctx, rand.Text(), apiclient.TokenRequest{Name: "local run"})
		if !is(err, "repeated") {
			return string(issued.Secret), err
		}
	}
}

// makeRoom revokes the oldest live token if there are two, which is all an organisation may have.
func makeRoom(ctx context.Context, o *apiclient.Organisation) error {
	list, err := o.Tokens(ctx)
	if err != nil {
		return err
	}
	live, oldest := 0, ""
	for _, t := range list.Tokens { // latest first
		if t.State == apiclient.Live {
			live, oldest = live+1, t.ID
		}
	}
	if live < 2 {
		return nil
	}
	return o.Revoke(ctx, oldest)
}

// is reports whether err is the service's refusal of this kind.
func is(err error, kind string) bool {
	p, ok := errors.AsType[*apiclient.Problem](err)
	return ok && p.Kind() == kind
}
