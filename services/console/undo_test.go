package console_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"gotest.tools/v3/assert"

	"github.com/devrev/scim/libs/scim/schema"
	"github.com/devrev/scim/services/e2e/harness"
	"github.com/devrev/scim/services/scim/directory"
)

// TestAPushIsUndoneFromAnEntry: first the dry run is shown, and the undo does what it shows.
func TestAPushIsUndoneFromAnEntry(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	idp, admin, auditor := w.provider(), w.signIn("demo", "administrator"), w.signIn("demo", "auditor")
	ctx, stop := context.WithCancel(t.Context())
	var work sync.WaitGroup
	work.Go(func() { w.work(ctx) })
	defer work.Wait()
	defer stop()

	const user = `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"ann@example.com","title":`
	ann := idp.send(201, "POST", "/Users", user+`"Guide"}`)
	idp.send(200, "PUT", "/Users/"+ann, user+`"Host"}`)
	_, rest, _ := strings.Cut(admin.get("/console/o/demo/activity").text, `href="/console/o/demo/activity/`)
	entry, _, _ := strings.Cut(rest, `"`)
	if p := auditor.get("/console/o/demo/activity/" + entry); strings.Contains(p.text, "Undo this change") {
		t.Error("an auditor is offered an undo")
	}
	if p := admin.get("/console/o/demo/activity/" + entry); !strings.Contains(p.text, "Undo this change") || !strings.Contains(p.text, "Undo the whole push") {
		t.Fatalf("the entry is %s", p.text)
	}
	tried := admin.ended(admin.post("/console/o/demo/undo", url.Values{"entry": {entry}, "what": {"entry"}}))
	for _, says := range []string{"Nothing is changed yet", "<code>title</code>", "Take back 1 now", "Okta still believes what it pushed."} {
		if !strings.Contains(tried.text, says) {
			t.Errorf("it does not say %q: %s", says, tried.text)
		}
	}
	if got := admin.get("/console/o/demo/users/" + ann); !strings.Contains(got.text, "Host") {
		t.Error("the dry run changed the user")
	}
	_, rest, _ = strings.Cut(tried.text, `action="/console/o/demo/undo/`)
	id, _, _ := strings.Cut(rest, `"`)
	done := admin.ended(admin.post("/console/o/demo/undo/"+id, nil))
	if !strings.Contains(done.text, "Taken back") || !strings.Contains(done.text, "goes back") {
		t.Errorf("the undo is %s", done.text)
	}
	if got := admin.get("/console/o/demo/users/" + ann); !strings.Contains(got.text, "Guide") {
		t.Error("the undo did not change the user")
	}
	if again := admin.post("/console/o/demo/undo/"+id, nil); again.status != http.StatusConflict || !strings.Contains(again.text, "taken back already") {
		t.Errorf("twice is %d %s", again.status, again.text)
	}
}

// TestAnUndoOfManyPeopleNeedsAFreshSignIn: of more than 20 people, as other dangerous acts do.
func TestAnUndoOfManyPeopleNeedsAFreshSignIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	idp, admin := w.provider(), w.signIn("demo", "administrator")
	ctx, stop := context.WithCancel(t.Context())
	var work sync.WaitGroup
	work.Go(func() { w.work(ctx) })
	defer work.Wait()
	defer stop()

	for n := range 21 {
		idp.send(201, "POST", "/Users", fmt.Sprintf(`{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"person%d@example.com"}`, n))
	}
	_, rest, _ := strings.Cut(admin.get("/console/o/demo/activity").text, `href="/console/o/demo/activity/`)
	entry, _, _ := strings.Cut(rest, `"`)
	tried := admin.ended(admin.post("/console/o/demo/undo", url.Values{"entry": {entry}, "what": {"push"}}))
	_, rest, _ = strings.Cut(tried.text, `action="/console/o/demo/undo/`)
	id, _, _ := strings.Cut(rest, `"`)
	old := admin.session()
	old.AuthTime = time.Now().Add(-time.Hour)
	admin.keep(old)
	asked := admin.post("/console/o/demo/undo/"+id, nil)
	if asked.status != http.StatusUnauthorized || !strings.Contains(asked.text, "Take back what was changed of 21 people") {
		t.Fatalf("it is %d %s", asked.status, asked.text)
	}
	login := regexp.MustCompile(`href="(/console/login[^"]*)"`).FindStringSubmatch(asked.text)[1]
	admin.pick(admin.follow(admin.get(strings.ReplaceAll(login, "&amp;", "&"))), "demo", "administrator")
	done := admin.ended(admin.post("/console/o/demo/undo/"+id, nil)) // the first one, as nothing was begun
	if !strings.Contains(done.text, "Taken back") {
		t.Errorf("the undo is %s", done.text)
	}
	if p := admin.get("/console/o/demo/settings/audit"); !strings.Contains(p.text, `<a href="/console/o/demo/undo/`) {
		t.Error("the audit does not lead to the undo")
	}
}

// TestWhatDevRevFinishesIsUndone: a member who is attached by the next round of maintenance, as the
// process that brought the person back has died, is DevRev's act, and an undo takes it back.
func TestWhatDevRevFinishesIsUndone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	idp, admin := w.provider(), w.signIn("demo", "administrator")
	ann := idp.send(201, "POST", "/Users", `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"ann@example.com"}`)
	guides := idp.send(201, "POST", "/Groups", `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"displayName":"Guides","members":[{"value":"`+ann+`"}]}`)
	idp.send(204, "DELETE", "/Users/"+ann, "")
	org := directory.Organisation{Tenant: "demo", Schemas: schema.Load(directory.Fold)}
	_, err := directory.NewUsers(w.holds.(directory.Store), time.Now).Revert(t.Context(), org, directory.UserID(ann), &directory.Change{}, func(u directory.User) (directory.User, error) {
		u.Deleted = false
		return u, nil
	})
	assert.NilError(t, err)
	ctx, stop := context.WithCancel(t.Context())
	var work sync.WaitGroup
	work.Go(func() { w.work(ctx) })
	defer work.Wait()
	defer stop()

	var entry string
	harness.Eventually(t, "the member is attached", func() bool {
		_, rest, found := strings.Cut(admin.get("/console/o/demo/activity?effect=attached").text, `href="/console/o/demo/activity/`)
		entry, _, _ = strings.Cut(rest, `"`)
		return found
	})
	shown := admin.get("/console/o/demo/activity/" + entry)
	for _, says := range []string{"<dt>By</dt><dd>DevRev</dd>", "Undo this change"} {
		if !strings.Contains(shown.text, says) {
			t.Errorf("it does not say %q: %s", says, shown.text)
		}
	}
	tried := admin.ended(admin.post("/console/o/demo/undo", url.Values{"entry": {entry}, "what": {"entry"}}))
	if !strings.Contains(tried.text, "Take back 1 now") || !strings.Contains(tried.text, "1 members go") || !strings.Contains(tried.text, guides) {
		t.Errorf("the dry run is %s", tried.text)
	}
}

// ended returns the page of the undo to which p leads, once that has ended.
func (b browser) ended(p page) page {
	b.t.Helper()
	at := p.header.Get("Location")
	if p.status != http.StatusSeeOther {
		b.t.Fatalf("no undo has begun: %d %s", p.status, p.text)
	}
	for p = b.get(at); strings.Contains(p.text, "looks again by itself"); p = b.get(at) {
		time.Sleep(20 * time.Millisecond)
	}
	return p
}
