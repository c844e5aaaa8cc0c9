package console_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"gotest.tools/v3/assert"

	"github.com/devrev/scim/services/internal/terms"
	"github.com/devrev/scim/services/scim/directory"
	"github.com/devrev/scim/services/scim/guard"
)

// TestAnAdministratorDecidesAboutAHold: of one person, then of all; who may only look sees it.
func TestAnAdministratorDecidesAboutAHold(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	idp := w.provider()
	var ids []string
	for _, name := range []string{"ann", "bob", "cid"} {
		ids = append(ids, idp.send(http.StatusCreated, "POST", "/Users", `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"`+name+`@example.com"}`))
	}
	hold := guard.Hold{ID: "019bd6a1-5d7e-7c2a-9a57-3f0c1d2e4b5a", Version: 1, State: guard.HoldOpen, Opened: time.Now().UTC(), Limit: terms.Mass{Count: 20, Percent: 10, Minutes: 60}, Of: 380}
	assert.NilError(t, w.holds.PutHold(t.Context(), "demo", hold))
	for _, id := range ids {
		held := guard.Held{Hold: hold.ID, User: directory.UserID(id), Wanted: directory.EffectDeactivated, State: guard.Waiting, At: time.Now().UTC(), Client: "okta"}
		assert.NilError(t, w.holds.Keep(t.Context(), "demo", held))
	}
	const page = "/console/o/demo/security/guard"
	auditor, admin := w.signIn("demo", "auditor"), w.signIn("demo", "administrator")
	if p := auditor.get(page); p.status != http.StatusOK || !strings.Contains(p.text, "ann@example.com") || !strings.Contains(p.text, "more than 10 % of 380") || strings.Contains(p.text, "Let this one through") {
		t.Errorf("an auditor sees %d %s", p.status, p.text)
	}
	decide := func(values url.Values) int {
		t.Helper()
		values.Set("hold", hold.ID)
		return admin.post(page+"/decide", values).status
	}
	if status := decide(url.Values{"verdict": {"approve"}, "change": {ids[0]}}); status != http.StatusSeeOther {
		t.Errorf("one is let through: %d", status)
	}
	if p := admin.get(page); strings.Contains(p.text, "ann@example.com") || !strings.Contains(p.text, "bob@example.com") || !strings.Contains(p.text, "2 people held, 1 left") {
		t.Errorf("after that an administrator sees %s", p.text)
	}
	if status := decide(url.Values{"verdict": {"reject"}, "note": {"a mistake"}}); status != http.StatusSeeOther {
		t.Errorf("the others are rejected: %d", status)
	}
	if p := auditor.get(page); !strings.Contains(p.text, "a mistake") || strings.Contains(p.text, "waits for a decision") {
		t.Errorf("after that an auditor sees %s", p.text)
	}
	if status := decide(url.Values{"verdict": {"approve"}}); status != http.StatusConflict {
		t.Errorf("the opposite is decided: %d", status)
	}
	if p := auditor.post(page+"/decide", url.Values{"hold": {hold.ID}}); p.status != http.StatusForbidden {
		t.Errorf("an auditor decides: %d", p.status)
	}
}

// TestHeldMembersAreShownWithTheirGroup and let through one by one.
func TestHeldMembersAreShownWithTheirGroup(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	idp := w.provider()
	ann := idp.send(http.StatusCreated, "POST", "/Users", `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"ann@example.com"}`)
	group := idp.send(http.StatusCreated, "POST", "/Groups", `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"displayName":"Gate keepers","members":[{"value":"`+ann+`"}]}`)
	hold := guard.Hold{ID: "019bd6a1-5d7e-7c2a-9a57-3f0c1d2e4b5a", Version: 1, State: guard.HoldOpen, Opened: time.Now().UTC(), Group: directory.GroupID(group), Limit: terms.Mass{Count: 20, Percent: 50, Minutes: 60}, Of: 38}
	assert.NilError(t, w.holds.PutHold(t.Context(), "demo", hold))
	member := guard.Held{Hold: hold.ID, Group: directory.GroupID(group), User: directory.UserID(ann), Wanted: guard.Removed, State: guard.Waiting, At: time.Now().UTC(), Client: "okta"}
	itself := member
	itself.User, itself.Wanted = "", directory.EffectDeleted
	assert.NilError(t, w.holds.Keep(t.Context(), "demo", member, itself))
	const page = "/console/o/demo/security/guard"
	admin := w.signIn("demo", "administrator")
	p := admin.get(page)
	for _, says := range []string{"more than 20 members, and more than 50 % of 38", "1 member held", "1 deletion held", "ann@example.com", "removed from", "Gate keepers", "deleted, the whole group"} {
		assert.Check(t, strings.Contains(p.text, says), "%s is not in %s", says, p.text)
	}
	if p := admin.post(page+"/decide", url.Values{"hold": {hold.ID}, "verdict": {"approve"}, "change": {string(member.ID())}}); p.status != http.StatusSeeOther {
		t.Errorf("one is let through: %d %s", p.status, p.text)
	}
	if p := admin.get(page); !strings.Contains(p.text, "0 members held, 1 left") || strings.Contains(p.text, "ann@example.com") {
		t.Errorf("after that an administrator sees %s", p.text)
	}
}

// TestTheGuardsModeIsSet on its page.
func TestTheGuardsModeIsSet(t *testing.T) {
	t.Parallel()
	admin := newWorld(t).signIn("demo", "administrator")
	const page = "/console/o/demo/security/guard"
	if p := admin.post(page, url.Values{"mode": {"hold"}}); p.status != http.StatusSeeOther {
		t.Fatalf("%d %s", p.status, p.text)
	}
	if p := admin.get(page); !strings.Contains(p.text, `<option value="hold" selected>`) || !strings.Contains(p.text, "Nothing was held back so far") {
		t.Errorf("the page is %d %s", p.status, p.text)
	}
	if p := admin.post(page, url.Values{"mode": {"panic"}}); p.status != http.StatusBadRequest || !strings.Contains(p.text, "must be off, observe or hold") {
		t.Errorf("another mode: %d %s", p.status, p.text)
	}
}
