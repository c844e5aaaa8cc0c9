package orghttp_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"gotest.tools/v3/assert"

	"github.com/devrev/scim/services/internal/access"
	"github.com/devrev/scim/services/internal/audit"
	"github.com/devrev/scim/services/scim/activity"
	"github.com/devrev/scim/services/scim/directory"
)

// auditTrail is an audit that a test can break, and in which it can look on at an act.
type auditTrail struct {
	audit.Book
	broken bool
	during func()
}

func (a *auditTrail) AppendAudit(ctx context.Context, e audit.Entry) error {
	if a.broken {
		return audit.ErrUnavailable
	}
	if a.during != nil {
		a.during()
	}
	return a.Book.AppendAudit(ctx, e)
}

// audited returns the entries of acme's audit, oldest first.
func (d *deployment) audited() []audit.Entry {
	d.Helper()
	entries, err := d.audit.ReadAudit(d.Context(), "acme", audit.Query{OldestFirst: true, Limit: 100})
	assert.NilError(d.T, err)
	return entries
}

// change sends a change of acme's, and returns the status of the answer.
func (d *deployment) change(path, body string) int {
	d.Helper()
	req := httptest.NewRequestWithContext(d.Context(), http.MethodPut, "/api/v1/organisations/acme"+path, strings.NewReader(body))
	w := httptest.NewRecorder()
	d.engine.ServeHTTP(w, req)
	return w.Code
}

var administrator = access.Actor{Subject: "administrator-7", Org: "acme", Roles: []string{access.ScimAdmin}}

func TestAnAdministratorsChangeOfAPersonIsAudited(t *testing.T) {
	t.Parallel()
	d := newDeployment(t)
	u := d.person("bjensen@example.com", "displayName", "Barbara")
	path := "/users/" + string(u.ID)
	d.actor = administrator
	d.audit.during = func() { // the act has not begun
		if now, err := d.Users.Get(t.Context(), d.Org, u.ID); err != nil || now.Version != u.Version {
			t.Errorf("while the audit is written, the user is %+v, %v", now, err)
		}
	}
	d.put(path+"/email", `{"email":"barbara@example.com"}`)
	d.audit.during = nil
	d.put(path+"/display-name", `{"displayName":"Babs"}`)
	d.put(path+"/display-name", `{"displayName":"Babs"}`) // no change
	d.Org.HideValues = true
	d.put(path+"/display-name", `{"displayName":"Barbara"}`)
	d.actor = access.Actor{Subject: access.PlatformSubject, Platform: true}
	d.put(path+"/display-name", `{"displayName":"B."}`) // the person's own

	by := audit.Caller{Subject: "administrator-7", Address: "192.0.2.1"}
	entry := func(action audit.Action, changes ...audit.Change) audit.Entry {
		return audit.Entry{Org: "acme", Action: action, UserID: string(u.ID), Result: audit.ResultBegun, Caller: by, Changes: changes}
	}
	want := []audit.Entry{
		entry(audit.ActionEmail, audit.Change{Member: "userName", Before: "bjensen@example.com", After: "barbara@example.com"},
			audit.Change{Member: "email", Before: "bjensen@example.com", After: "barbara@example.com"}),
		entry(audit.ActionName, audit.Change{Member: "displayName", Before: "Barbara", After: "Babs"}),
		entry(audit.ActionName, audit.Change{Member: "displayName"}),
	}
	got := d.audited()
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(audit.Entry{}, "ID", "At", "Seq", "Prev", "PrevAt", "Hash")); diff != "" {
		t.Errorf("the audit (-want +got):\n%s", diff)
	}
	if v := audit.Verify(slices.Values(got), got[len(got)-1].Head(), time.Now()); !v.Intact {
		t.Errorf("the chain: %+v", v)
	}
}

func TestWithoutItsAuditNothingIsDone(t *testing.T) {
	t.Parallel()
	d := newDeployment(t)
	u := d.person("bjensen@example.com")
	path := "/users/" + string(u.ID)
	d.actor, d.audit.broken = administrator, true
	for _, body := range []string{`/email {"email":"barbara@example.com"}`, `/display-name {"displayName":"Babs"}`} {
		route, body, _ := strings.Cut(body, " ")
		if status := d.change(path+route, body); status != http.StatusServiceUnavailable {
			t.Errorf("PUT %s was answered with %d, want 503", route, status)
		}
	}
	d.actor = access.Actor{Subject: "staff-1", Staff: true, Roles: []string{access.Operator}}
	if w := d.get("/users", "application/json"); w.Code != http.StatusServiceUnavailable {
		t.Errorf("staff was answered with %d, want 503", w.Code)
	}
	if now, err := d.Users.Get(t.Context(), d.Org, u.ID); err != nil || now.Version != u.Version {
		t.Errorf("the user is %+v, %v", now, err)
	}
	entries, err := d.Log.List(t.Context(), d.Org, activity.Query{Effects: []directory.Effect{directory.EffectUpdated}, Limit: 1})
	if err != nil || len(entries) > 0 {
		t.Errorf("the activity has %+v, %v", entries, err)
	}
}

func TestWhatStaffReadsIsAuditedOnceAnHour(t *testing.T) {
	t.Parallel()
	d := newDeployment(t)
	for _, subject := range []string{"staff-1", "staff-1", "staff-2"} {
		d.actor = access.Actor{Subject: subject, Staff: true, Roles: []string{access.Operator}}
		for _, path := range []string{"/users", "/groups", "/activity"} {
			d.must(path, &struct{}{})
		}
	}
	d.actor = administrator
	d.must("/users", &struct{}{})
	var readers []string
	for _, e := range d.audited() {
		if e.Action != audit.ActionStaff || e.Result != audit.ResultNoted || e.Caller.Address == "" {
			t.Errorf("the audit has %+v", e)
		}
		readers = append(readers, e.Caller.Subject)
	}
	slices.Sort(readers)
	if n := len(readers); n > 4 || !slices.Equal(slices.Compact(readers), []string{"staff-1", "staff-2"}) { // an hour may end in between
		t.Errorf("the audit has %d entries, of %v", n, readers)
	}
}
