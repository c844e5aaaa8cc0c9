package console_test

import (
	"bytes"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"

	"gotest.tools/v3/assert"

	"github.com/devrev/scim/services/internal/apiclient"
)

const comparePath = "/console/o/demo/drift/compare"

// upload sends the form with a file, as a browser without JavaScript does. Without content there is
// no file.
func (b browser) upload(content string) page {
	b.t.Helper()
	return b.uploadWith(b.session().FormToken(comparePath), content, nil)
}

func (b browser) uploadWith(token, content string, change func(*http.Request)) page {
	b.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	assert.NilError(b.t, form.WriteField("form_token", token))
	if content != "" {
		file, err := form.CreateFormFile("export", "assignments.csv")
		assert.NilError(b.t, err)
		_, err = file.Write([]byte(content))
		assert.NilError(b.t, err)
	}
	assert.NilError(b.t, form.Close())
	return b.sendBody(http.MethodPost, comparePath, &body, func(r *http.Request) {
		r.Header.Set("Content-Type", form.FormDataContentType())
		if change != nil {
			change(r)
		}
	})
}

// TestAnExportIsComparedInTheConsole by those who may only look, too: CSV as Okta has it, and JSON
// lines. Values of the file are text in the page.
func TestAnExportIsComparedInTheConsole(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	idp := w.idp()
	ann := idp.Want(t, http.StatusCreated, "POST", "/Users", `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"ann@example.com"}`).Text("id")
	idp.Want(t, http.StatusCreated, "POST", "/Users", `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"bo@example.com"}`)
	auditor := w.signIn("demo", "auditor")
	form := auditor.get(comparePath)
	assert.Equal(t, form.status, http.StatusOK)
	if drift := auditor.get("/console/o/demo/drift"); !strings.Contains(drift.text, `href="`+comparePath+`"`) {
		t.Errorf("drift does not lead there: %s", drift.text)
	}
	for rule, row := range map[string]struct {
		export string
		want   []string
	}{
		"Okta's report": {"User,Application login\nAnn,ann@example.com\nCy,<b>cy@example.com\n", []string{
			"2 lines of the export with 2 users", `&lt;b&gt;cy@example.com</th><td><span class="tag warn">missing-here</span>`, "bo@example.com</a>", "here-only",
		}},
		"JSON lines": {`{"userName":"ann@example.com","active":false,"groups":["Guides"]}` + "\n" + `{"userName":"bo@example.com"}`, []string{
			`href="/console/o/demo/users/` + ann + `"`, "active here alone", "Only in the export: Guides",
		}},
		"one that says the same": {"userName\nann@example.com\nbo@example.com\n", []string{"There are no differences."}},
	} {
		p := auditor.upload(row.export)
		for _, text := range row.want {
			if p.status != http.StatusOK || !strings.Contains(p.text, text) {
				t.Errorf("%s: %d without %q: %s", rule, p.status, text, p.text)
			}
		}
	}
	many := "userName\n"
	for i := range 131 {
		many += fmt.Sprintf("user%d@example.com\n", i)
	}
	if p := auditor.upload(many); p.status != http.StatusOK || !strings.Contains(p.text, "There are 33 more.") || len(p.text) > 50<<10 {
		t.Errorf("a page shows 100 of 133: %d, %d bytes: %.3000s", p.status, len(p.text), p.text)
	}
}

// TestAnExportThatCannotBeComparedIsTold, line by line where it is broken, and nothing is compared.
func TestAnExportThatCannotBeComparedIsTold(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	admin := w.signIn("demo", "administrator")
	token := admin.session().FormToken(comparePath)
	for rule, row := range map[string]struct {
		token, export string
		change        func(*http.Request)
		status        int
		want          []string
	}{
		"broken lines by number": {token, "userName,active\na@example.com,perhaps\nb@example.com,true\n,true\n", nil, http.StatusBadRequest, []string{
			"2 lines of the export cannot be read, so nothing was compared.", "Line 2: active is neither true nor false.", "Line 4: It has no userName.",
		}},
		"no file":         {token, "", nil, http.StatusBadRequest, []string{"Choose the file with the export."}},
		"of another site": {token, "userName\n", func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") }, http.StatusForbidden, []string{"another site"}},
		"of another page": {admin.session().FormToken("/console/o/demo/try"), "userName\n", nil, http.StatusForbidden, []string{"out of date"}},
		"without a token": {"", "userName\n", nil, http.StatusForbidden, []string{"out of date"}},
		"longer than it may be": {token, "", func(r *http.Request) {
			never, end := io.Pipe() // the answer comes before the body
			t.Cleanup(func() { _ = end.Close() })
			r.Body, r.ContentLength = never, apiclient.MaxExport+65<<10
		}, http.StatusRequestEntityTooLarge, nil},
	} {
		p := admin.uploadWith(row.token, row.export, row.change)
		if p.status != row.status || strings.Contains(p.text, "What was compared") {
			t.Errorf("%s: %d %.3000s", rule, p.status, p.text)
		}
		for _, text := range row.want {
			if !strings.Contains(p.text, text) {
				t.Errorf("%s: no %q in %.3000s", rule, text, p.text)
			}
		}
	}
	if p := admin.post(comparePath, nil); p.status != http.StatusBadRequest || !strings.Contains(p.text, "Choose the file") {
		t.Errorf("a form of another kind: %d %s", p.status, p.text)
	}
	if p := w.signIn("other", "administrator").upload("userName\na@example.com\n"); p.status != http.StatusNotFound {
		t.Errorf("another organisation's administrator: %d", p.status)
	}
	w.down.Store(true)
	if p := admin.upload("userName\na@example.com\n"); p.status != http.StatusServiceUnavailable || p.header.Get("Retry-After") == "" {
		t.Errorf("the service is away: %d", p.status)
	}
}
