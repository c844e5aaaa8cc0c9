package console_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"
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
