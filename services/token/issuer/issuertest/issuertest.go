package issuertest

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/google/uuid"

	"github.com/devrev/scim/libs/token"
	"github.com/devrev/scim/libs/token/ratelimit"
	"github.com/devrev/scim/services/internal/audit"
	"github.com/devrev/scim/services/internal/terms"
	"github.com/devrev/scim/services/token/issuer"
)

// A rule is one sentence of the contract and the test that a store can fail.
type rule struct {
	name string
	run  func(t *testing.T, s issuer.Store)
}

// RunStore proves the contract on the stores that newStore gives, one for each rule; they may share
// their data. newStore ends with Cleanup what it starts.
func RunStore(t *testing.T, newStore func(t *testing.T) issuer.Store) {
	t.Helper()
	for _, r := range slices.Concat(organisationRules, listRules, auditRules, chainRules, storeRules, eraseRules) {
		t.Run(r.name, func(t *testing.T) {
			t.Parallel()
			r.run(t, newStore(t))
		})
	}
}

func now() time.Time {
	return time.Now().UTC().Truncate(time.Millisecond) //nolint:forbidigo // entries must not be so old that a store forgets them
}

// organisation returns one that no other test has, with no field left at its zero value.
func organisation() issuer.Organisation {
	tag := token.NewTag()
	return issuer.Organisation{
		ID: "org-" + tag, Version: 1, Tag: tag,
		Terms:    issuer.Terms{SSO: true, Connection: `dev-1 "größte" \`, UserNameFormat: terms.UserNameAny, Rate: ratelimit.Rate{PerSecond: 40, Burst: 90}},
		Settings: issuer.Settings{Strict: true, HideValues: true, RestoreByExternalID: true, RestoreByUserName: true, ForgetGroups: true, MatchByExternalID: true, MatchByUserName: true, Guard: terms.Guard{Mode: terms.GuardOff, People: terms.Mass{Count: 3}}, Schemas: `[{"id":"urn:example:a"}]`},
		Enabled:  true, Generation: 1 << 53, Created: now().Add(-time.Hour), Modified: now(),
	}
}

// entry returns one of org with no field left at its zero value except its place in the chain.
func entry(org string) audit.Entry {
	return audit.Entry{
		ID: uuid.Must(uuid.NewV7()).String(), At: now(), Org: org, Action: audit.ActionIssue, TokenID: "0123456789ab", OtherID: "ba9876543210", UserID: "0190a1b2-0000-7000-8000-000000000001",
		Source: "commit https://github.com/example/repository", Result: audit.ResultBegun, Once: token.NewTag(),
		Changes: []audit.Change{{Member: "strict", Before: "false", After: "true"}, {Member: "schemas", After: `[{"id":"urn:example:a.b$c"}]`}},
		Caller:  audit.Caller{Subject: "administrator-7", Address: "192.0.2.7", TraceID: "0af7651916cd43dd8448eb211c80319c"},
	}
}

func create(t *testing.T, s issuer.Store) issuer.Organisation {
	t.Helper()
	o := organisation()
	if err := s.CreateOrganisation(t.Context(), o); err != nil {
		t.Fatalf("CreateOrganisation: %v", err)
	}
	return o
}

func appendAudit(t *testing.T, s issuer.Store, e audit.Entry) audit.Entry {
	t.Helper()
	if err := s.AppendAudit(t.Context(), e); err != nil {
		t.Fatalf("AppendAudit: %v", err)
	}
	return e
}

// wantErr fails the test unless err is want.
func wantErr(t *testing.T, call string, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("%s: error %v, want %v", call, err, want)
	}
}

// wantOrganisation fails the test unless the store has exactly o.
func wantOrganisation(t *testing.T, s issuer.Store, o issuer.Organisation) {
	t.Helper()
	got, err := s.Organisation(t.Context(), o.ID)
	if err != nil {
		t.Fatalf("Organisation: %v", err)
	}
	if diff := cmp.Diff(o, got); diff != "" {
		t.Errorf("Organisation (-want +got):\n%s", diff)
	}
}

// wantAudit fails the test unless the organisation's latest entries are exactly these, wherever
// they are in the chain.
func wantAudit(t *testing.T, s issuer.Store, org string, limit int, want ...audit.Entry) {
	t.Helper()
	wantEntries(t, unlinked(readAudit(t, s, org, audit.Query{Limit: limit})), want)
}

func readAudit(t *testing.T, s issuer.Store, org string, q audit.Query) []audit.Entry {
	t.Helper()
	entries, err := s.ReadAudit(t.Context(), org, q)
	if err != nil {
		t.Fatalf("ReadAudit: %v", err)
	}
	return entries
}

// unlinked returns the entries without their places in the chain.
func unlinked(entries []audit.Entry) []audit.Entry {
	entries = slices.Clone(entries)
	for n := range entries {
		e := &entries[n]
		e.Seq, e.Prev, e.PrevAt, e.Hash = 0, "", time.Time{}, ""
	}
	return entries
}

func wantEntries(t *testing.T, got, want []audit.Entry) {
	t.Helper()
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("audit entries (-want +got):\n%s", diff)
	}
}
