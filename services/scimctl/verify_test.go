package main

import (
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gotest.tools/v3/assert"

	"github.com/devrev/scim/services/internal/apiclient"
	"github.com/devrev/scim/services/internal/audit"
)

// chained returns the audit of an organisation that did this, and its head after each entry.
func chained(actions ...audit.Action) (lines []string, heads []audit.Head) {
	last, at := audit.Head{}, time.Now().UTC().Truncate(time.Millisecond).Add(-time.Hour)
	for n, action := range actions {
		e := audit.Link(last, audit.Entry{
			ID: "0190a1b2-c3d4-7000-8000-00000000000" + string(rune('0'+n)), At: at.Add(time.Duration(n) * time.Second), Org: "acme",
			Action: action, TokenID: "k3J9xQ2mZr7B", Result: audit.ResultBegun, Caller: audit.Caller{Subject: "platform", Address: "192.0.2.1"},
		})
		text, err := json.Marshal(e.Line())
		if err != nil {
			panic(err)
		}
		last = e.Head()
		lines, heads = append(lines, string(text)), append(heads, last)
	}
	return lines, heads
}

func ndjson(lines []string) string { return strings.Join(lines, "\n") + "\n" }

func written(t *testing.T, text string) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "audit.ndjson")
	assert.NilError(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

func TestVerifyTellsWhatWasDoneToAnExport(t *testing.T) {
	whole, heads := chained(audit.ActionEnable, audit.ActionIssue, audit.ActionRotate, audit.ActionRevoke)
	second, kept := headText(apiclient.Head(heads[1])), headText(apiclient.Head(heads[3]))
	other := strings.Repeat("0", 64)
	for rule, c := range map[string]struct {
		text, head string
		want       exitCode
		says       string
	}{
		"as it was":                           {ndjson(whole), "", done, "The audit of acme is intact: 4 entries, 1 to 4.\nHead: " + kept + "\n"},
		"as it was, with the head":            {ndjson(whole), kept, done, "intact"},
		"grown since the head was kept":       {ndjson(whole), second, done, "intact"},
		"without an end of line":              {strings.TrimSuffix(ndjson(whole), "\n"), "", done, "intact"},
		"empty":                               {"", "", done, "The audit is empty."},
		"empty, with a head":                  {"", kept, notIntact, "Entries 1 to 4 are missing."},
		"an entry altered":                    {strings.Replace(ndjson(whole), "192.0.2.1", "192.0.2.2", 1), "", notIntact, "Entry 1 was altered"},
		"an entry removed":                    {ndjson(append(whole[:1:1], whole[2:]...)), "", notIntact, "Entry 2 is missing."},
		"the end removed, with the head":      {ndjson(whole[:2]), kept, notIntact, "Entries 3 to 4 are missing."},
		"another entry under the head's seq":  {ndjson(whole), "4:" + other, notIntact, "Entry 4 is not the one that was written"},
		"two entries swapped":                 {ndjson([]string{whole[1], whole[0], whole[2], whole[3]}), "", notIntact, "follows entry"},
		"something else in a line":            {ndjson(append(whole[:2:2], "not JSON")), "", notIntact, "line 3 is not an entry of the audit"},
		"a line that breaks off":              {ndjson(whole)[:300], "", notIntact, "is not an entry of the audit"},
		"without its beginning, while recent": {ndjson(whole[2:]), "", notIntact, "Entries 1 to 2 are missing."},
	} {
		t.Run(rule, func(t *testing.T) {
			args := []string{"audit", "verify", "--file", written(t, c.text)}
			if c.head != "" {
				args = append(args, "--head", c.head)
			}
			if got := invoke(t, args...); got.code != c.want || !strings.Contains(got.stdout+got.stderr, c.says) {
				t.Errorf("it ended with %+v, want code %d and %q", got, c.want, c.says)
			}
		})
	}
}

func TestAnExportIsVerifiedWithoutTheService(t *testing.T) {
	t.Setenv("SCIMCTL_URL", "")
	t.Setenv("SCIMCTL_ORG", "")
	t.Setenv(tokenVariable, "")
	whole, heads := chained(audit.ActionEnable, audit.ActionIssue)
	got := invoke(t, "audit", "verify", "--output", "json", "--file", written(t, ndjson(whole)))
	var v struct {
		Intact       bool
		Entries      int
		Organisation string
		Head         apiclient.Head
		Faults       []string
	}
	if err := json.Unmarshal([]byte(got.stdout), &v); err != nil || got.code != done || !v.Intact || v.Entries != 2 || v.Organisation != "acme" || v.Head.Hash != heads[1].Hash {
		t.Errorf("it ended with %+v, %v", got, err)
	}
}

func TestAHeadThatIsForgottenIsTold(t *testing.T) {
	old := audit.Head{Seq: 7, Hash: strings.Repeat("0", 64), At: time.Now().UTC().Add(-audit.Retention - day).Truncate(time.Millisecond)}
	text, err := json.Marshal(audit.Link(old, audit.Entry{ID: "0190a1b2-c3d4-7000-8000-000000000008", At: time.Now().UTC().Truncate(time.Millisecond), Org: "acme"}).Line())
	assert.NilError(t, err)
	got := invoke(t, "audit", "verify", "--file", written(t, ndjson([]string{string(text)})), "--head", headText(apiclient.Head(old)))
	if got.code != done || !strings.Contains(got.stderr, "Nothing can be said of the head 7: what is there begins at 8") {
		t.Errorf("it ended with %+v", got)
	}
}

// serveAudit serves these lines and head.
func serveAudit(t *testing.T, text string, head audit.Head, whole bool) {
	t.Helper()
	serve(t, func(_ int, w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Accept") != "application/x-ndjson" {
			answerWith(w, http.StatusOK, apiclient.AuditPage{Head: apiclient.Head(head)})
			return
		}
		w.Header().Set("Content-Type", "application/x-ndjson")
		_, _ = w.Write([]byte(text))
		if !whole {
			_ = http.NewResponseController(w).Flush()
			hangUp(w)
		}
	})
}

func TestVerifyDoesNotTakeTheServicesWord(t *testing.T) {
	whole, heads := chained(audit.ActionEnable, audit.ActionIssue, audit.ActionRevoke)
	head := heads[2]
	serveAudit(t, ndjson(whole), head, true)
	if got := invoke(t, "audit", "verify"); got.code != done || !strings.Contains(got.stdout, "intact: 3 entries, 1 to 3.") {
		t.Errorf("it ended with %+v", got)
	}
	serveAudit(t, ndjson(whole[:2]), head, true)
	if got := invoke(t, "audit", "verify", "--output", "json"); got.code != notIntact || !strings.Contains(got.stdout, `"Entry 3 is missing."`) {
		t.Errorf("an audit short of its head: it ended with %+v", got)
	}
	forged, forgedHeads := chained(audit.ActionEnable, audit.ActionIssue, audit.ActionIssue)
	serveAudit(t, ndjson(forged), forgedHeads[2], true)
	if got := invoke(t, "audit", "verify"); got.code != done {
		t.Errorf("a chain that was made anew: it ended with %+v", got)
	}
	if got := invoke(t, "audit", "verify", "--head", headText(apiclient.Head(head))); got.code != notIntact {
		t.Errorf("a chain that was made anew, with a head from before: it ended with %+v", got)
	}
}

func TestAnExportThatBreaksOffLeavesNoFile(t *testing.T) {
	whole, heads := chained(audit.ActionEnable, audit.ActionIssue)
	path := filepath.Join(t.TempDir(), "audit.ndjson")
	serveAudit(t, ndjson(whole), heads[1], false)
	if got := invoke(t, "audit", "export", path); got.code != unavailable || got.stdout != "" {
		t.Errorf("it ended with %+v", got)
	}
	if _, err := os.Stat(path); !os.IsNotExist(err) {
		t.Errorf("the file is there: %v", err)
	}
	if got := invoke(t, "audit", "verify"); got.code != unavailable {
		t.Errorf("what breaks off is taken for the whole: it ended with %+v", got)
	}
}

func TestAnExportIsWhatTheServiceSent(t *testing.T) {
	whole, heads := chained(audit.ActionEnable, audit.ActionIssue)
	path := filepath.Join(t.TempDir(), "audit.ndjson")
	serveAudit(t, ndjson(whole), heads[1], true)
	got := invoke(t, "audit", "export", path)
	data, err := os.ReadFile(path)
	if err != nil || !bytes.Equal(data, []byte(ndjson(whole))) {
		t.Errorf("the file has %q, %v", data, err)
	}
	if got.code != done || got.stdout != headText(apiclient.Head(heads[1]))+"\n" {
		t.Errorf("it ended with %+v", got)
	}
	if again := invoke(t, "audit", "export", path); again.code != unwritten {
		t.Errorf("over a file that exists it ended with %+v", again)
	}
}
