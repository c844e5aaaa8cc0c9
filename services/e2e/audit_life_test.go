package e2e

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"gotest.tools/v3/assert"

	"github.com/devrev/scim/libs/token"
	"github.com/devrev/scim/services/e2e/harness"
	"github.com/devrev/scim/services/internal/audit"
)

// life is what an administrator does to one organisation, until no one answers any more.
type life struct {
	path     string // of the organisation
	tokens   map[string]issuedToken
	answered []audit.Action // acts that were answered, in their order
	asked    audit.Action   // the one that was not; "": all were
	denied   int            // how many of answered, the last ones, were refused to a stranger: the organisation's audit has none of them
}

type issuedToken struct{ ID, Token string }

// act is one request. Its path and body name tokens as {NAME}; the token in its answer gets the
// name made, and if it is used, then at once.
type act struct {
	action             audit.Action
	method, path, body string
	status             int
	made               string
	used               bool
}

func (l *life) acts() []act {
	return []act{
		{audit.ActionAnnounce, "PUT", "", `{"sso":{"enabled":true}}`, 201, "", false},
		{audit.ActionEnable, "POST", "/scim/enable", "", 201, "A", true},
		{audit.ActionConfigure, "PUT", "/scim/settings", `{"strict":true}`, 200, "", false},
		{audit.ActionRotate, "POST", "/scim/tokens/rotate", `{"current":"{A}"}`, 201, "B", false},
		{audit.ActionCancel, "POST", "/scim/tokens/rotate/cancel", `{"current":"{B}"}`, 200, "", false},
		{audit.ActionRestore, "POST", "/scim/tokens/{B}/restore", "", 200, "", false},
		{audit.ActionEndEarly, "POST", "/scim/tokens/{A}/end", "", 200, "", false},
		{audit.ActionRotate, "POST", "/scim/tokens/rotate", `{"current":"{B}"}`, 201, "C", false}, // B, which no one used, is revoked
		{audit.ActionIssue, "POST", "/scim/tokens", `{"name":"D"}`, 201, "D", false},
		{audit.ActionRevoke, "DELETE", "/scim/tokens/{C}", "", 204, "", false},
		{audit.ActionDisable, "POST", "/scim/disable", "", 200, "", false},
		{audit.ActionEnable, "POST", "/scim/enable", "", 201, "E", false},
		{audit.ActionRevoke, "DELETE", "/scim/tokens/{E}", "", 403, "", false}, // by a stranger
	}
}

// live does the acts one after the other until one is not answered as it should be, because tokend
// is gone.
func (d *tokendProcess) live(t *testing.T) *life {
	t.Helper()
	l := &life{path: "/api/v1/organisations/" + harness.Unique("org"), tokens: map[string]issuedToken{}}
	for _, a := range l.acts() {
		var names []string
		for name, made := range l.tokens {
			names = append(names, "{"+name+"}", made.ID)
		}
		named, by := strings.NewReplacer(names...), d.platform
		if a.status == http.StatusForbidden {
			by = d.strangers
		}
		answer := d.as(by).Try(t, a.method, l.path+named.Replace(a.path), named.Replace(a.body))
		if answer.Status == 0 || answer.Status >= 500 {
			l.asked = a.action
			return l
		}
		if answer.Status != a.status {
			t.Fatalf("%s was answered with %d: %s", a.action, answer.Status, answer.Body)
		}
		l.answered = append(l.answered, a.action)
		if a.status == http.StatusForbidden {
			l.denied++
		}
		if a.made != "" {
			l.keep(t, d, a, answer.Body)
		}
	}
	return l
}

// keep notes the token in an answer.
func (l *life) keep(t *testing.T, d *tokendProcess, a act, answer []byte) {
	t.Helper()
	if a.action == audit.ActionEnable {
		var enabled struct{ Token json.RawMessage }
		assert.NilError(t, json.Unmarshal(answer, &enabled))
		answer = enabled.Token
	}
	var made issuedToken
	assert.NilError(t, json.Unmarshal(answer, &made))
	l.tokens[a.made] = made
	parsed, err := token.Parse(made.Token)
	if err == nil && a.used {
		err = d.tokens.RecordUsage(t.Context(), parsed.Tag(), map[string]token.Usage{parsed.ID(): {FirstUsedAt: time.Now(), LastUsedAt: time.Now()}})
	}
	assert.NilError(t, err)
}

// check looks at what is there of l, and returns how many records there are of it.
func (d *tokendProcess) check(t *testing.T, l *life) int {
	t.Helper()
	records := d.records(t, l)
	var want, more []audit.Action
	for _, action := range l.answered[:len(l.answered)-l.denied] {
		want = append(want, recordsOf(action)...)
	}
	more = append(slices.Clone(want), recordsOf(l.asked)...)
	var got []audit.Action
	for _, e := range records {
		got = append(got, e.Action)
	}
	if len(got) < len(want) || len(got) > len(more) || !slices.Equal(got, more[:len(got)]) {
		t.Errorf("%v was answered and %q asked; the audit has %v", l.answered, l.asked, got)
	}
	for what, recorded := range d.facts(t, l) {
		if !slices.ContainsFunc(records, recorded) {
			t.Errorf("%v was answered and %q asked; %s, and there is no record of that in %v", l.answered, l.asked, what, got)
		}
	}
	var v audit.Verification
	if d.read(t, l.path+"/scim/audit/verify", &v); !v.Intact || v.Entries != len(records) {
		t.Errorf("%v was answered and %q asked; the audit is %+v", l.answered, l.asked, v)
	}
	return len(records)
}

// recordsOf are those of one act. Enabling issues a token.
func recordsOf(a audit.Action) []audit.Action {
	switch a {
	case "":
		return nil
	case audit.ActionEnable:
		return []audit.Action{a, audit.ActionIssue}
	default:
		return []audit.Action{a}
	}
}

// records reads the audit, the first entry first.
func (d *tokendProcess) records(t *testing.T, l *life) (records []audit.Entry) {
	t.Helper()
	var audit struct{ Audit []audit.Line }
	d.read(t, l.path+"/scim/audit?limit=200", &audit)
	for _, line := range slices.Backward(audit.Audit) {
		records = append(records, line.Entry())
	}
	return records
}

// facts are what the stores say of the organisation, in words, and for each what a record of it is.
func (d *tokendProcess) facts(t *testing.T, l *life) map[string]func(audit.Entry) bool {
	t.Helper()
	facts := map[string]func(audit.Entry) bool{}
	began := func(actions ...audit.Action) func(audit.Entry) bool {
		return func(e audit.Entry) bool { return slices.Contains(actions, e.Action) && e.Result == audit.ResultBegun }
	}
	about := func(id string, is func(audit.Entry) bool) func(audit.Entry) bool {
		return func(e audit.Entry) bool { return e.TokenID == id && is(e) }
	}
	replacing := func(id string) func(audit.Entry) bool {
		return func(e audit.Entry) bool { return e.OtherID == id && began(audit.ActionRotate)(e) }
	}
	var status struct{ Enabled bool }
	if !d.read(t, l.path+"/scim", &status) {
		return facts // it was never announced
	}
	facts["the organisation is known"] = began(audit.ActionAnnounce)
	if status.Enabled {
		facts["SCIM is on"] = began(audit.ActionEnable)
	}
	var settings struct{ Strict bool }
	if d.read(t, l.path+"/scim/settings", &settings); settings.Strict {
		facts["the organisation is strict"] = began(audit.ActionConfigure)
	}
	var list struct {
		Tokens []struct {
			ID, State, Replaces string
			ExpiresAt           *time.Time
		}
	}
	d.read(t, l.path+"/scim/tokens", &list)
	for _, token := range list.Tokens {
		facts["there is the token "+token.ID] = about(token.ID, began(audit.ActionIssue, audit.ActionRotate))
		switch ended, replaced := about(token.ID, began(audit.ActionRevoke, audit.ActionEndEarly, audit.ActionCancel)), replacing(token.ID); {
		case token.State == "revoked":
			facts[token.ID+" is revoked"] = func(e audit.Entry) bool { return ended(e) || replaced(e) }
		case token.State == "superseded":
			facts["SCIM was switched off"] = began(audit.ActionDisable)
		case token.ID == l.tokens["B"].ID && slices.Contains(l.answered, audit.ActionCancel):
			facts["B was cancelled and is alive"] = about(token.ID, began(audit.ActionRestore))
		}
		if token.Replaces != "" {
			facts[token.ID+" took the place of "+token.Replaces] = replacing(token.Replaces)
		}
		if token.ExpiresAt != nil {
			facts[token.ID+" is to end"] = replacing(token.ID)
		}
	}
	return facts
}

// read reads what the platform may read. It is false if it is not there.
func (d *tokendProcess) read(t *testing.T, path string, into any) bool {
	t.Helper()
	answer := d.as(d.platform).Served(t, "GET", path, nil)
	if answer.Status != http.StatusOK && answer.Status != http.StatusNotFound {
		t.Fatalf("%s was answered with %d: %s", path, answer.Status, answer.Body)
	}
	answer.Into(t, into)
	return answer.Status == http.StatusOK
}
