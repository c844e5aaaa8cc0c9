package scimserver

import (
	"context"
	"path/filepath"
	"testing"

	"gotest.tools/v3/assert"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/libs/token"
	"github.com/devrev/scim/services/local/embedded"
	"github.com/devrev/scim/services/scim/activity"
	"github.com/devrev/scim/services/scim/directory"
	"github.com/devrev/scim/services/scim/scimhttp"
)

// oneToken knows one token, of acme.
type oneToken struct{ asked int }

func (o *oneToken) Lookup(_ context.Context, tag, id string) (token.Record, token.Organisation, error) {
	o.asked++
	if tag != "tag" || id != "id" {
		return token.Record{}, token.Organisation{}, token.ErrNotFound
	}
	return token.Record{ID: id, Org: "acme"}, token.Organisation{ID: "acme"}, nil
}

func TestWhoseTokenWasTurnedAwayIsTold(t *testing.T) {
	t.Parallel()
	file, err := embedded.Open(filepath.Join(t.TempDir(), "scim.db"))
	assert.NilError(t, err)
	t.Cleanup(func() { _ = file.Close() })
	log, tokens := activity.NewLog(file.Activity(), nil), &oneToken{}
	away := newTurnedAway(tokens, log)
	tell := func(r token.Refusal) {
		t.Helper()
		by := activity.Request{RequestID: "R", TokenID: r.TokenID, Client: "okta", Method: "GET"}
		assert.NilError(t, away.tell(t.Context(), scimhttp.TurnedAway{Refusal: r, Request: by, Answer: scim.Errorf(401, "", "No.")}))
	}
	tell(token.Refusal{Reason: token.ReasonRevoked, Tag: "tag", TokenID: "id", Org: "acme"})
	tell(token.Refusal{Reason: token.ReasonUnknown, Tag: "tag", TokenID: "other"})
	tell(token.Refusal{Reason: token.ReasonMalformed, Tag: "tag", TokenID: "other"})
	for range 3 * mistypedBurst {
		tell(token.Refusal{Reason: token.ReasonMalformed, Tag: "tag", TokenID: "id"})
	}
	if tokens.asked < mistypedBurst || tokens.asked >= 3*mistypedBurst {
		t.Errorf("%d malformed tokens are looked up", tokens.asked)
	}
	assert.NilError(t, log.Flush(t.Context()))
	entries, err := log.List(t.Context(), directory.Organisation{Tenant: "acme"}, activity.Query{Kinds: []activity.Kind{activity.KindAuth}, Limit: 100})
	assert.NilError(t, err)
	reasons := map[string]int{}
	for _, e := range entries {
		reasons[e.Credential] += max(e.Times, 1)
		if e.Refusal.Status != 401 || e.TokenID != "id" || e.Resource.Type != "" {
			t.Errorf("told was %+v", e)
		}
	}
	if len(entries) != 7 || reasons["revoked"] != 1 || reasons["malformed"] != tokens.asked-1 {
		t.Errorf("%d entries tell of %v, %d were looked up", len(entries), reasons, tokens.asked)
	}
}
