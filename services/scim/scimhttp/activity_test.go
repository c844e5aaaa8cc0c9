package scimhttp_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"gotest.tools/v3/assert"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/libs/scim/schema"
	"github.com/devrev/scim/libs/token"
	"github.com/devrev/scim/services/scim/activity"
	"github.com/devrev/scim/services/scim/directory"
	"github.com/devrev/scim/services/scim/scimhttp"
)

// told returns the organisation's activity, newest first.
func (d *deployment) told() []activity.Entry {
	d.Helper()
	entries, err := d.Log.List(d.Context(), d.Org, activity.Query{Limit: 1000})
	assert.NilError(d.T, err)
	return entries
}

// latest fails the test unless the latest entry is want, except for what differs with every
// request.
func (d *deployment) latest(want activity.Entry) {
	d.Helper()
	entries := d.told()
	if len(entries) == 0 {
		d.Fatal("nothing was told")
	}
	got := entries[0]
	if got.RequestID == "" || got.ID == "" || got.At.IsZero() {
		d.Errorf("the entry has no id, request or time: %+v", got)
	}
	want.Kind, want.TokenID, want.Client = activity.KindChange, "w", "unnamed"
	ignored := cmp.Options{cmpopts.IgnoreFields(activity.Entry{}, "ID", "At"), cmpopts.IgnoreFields(activity.Request{}, "RequestID")}
	if diff := cmp.Diff(want, got, ignored, cmpopts.EquateEmpty()); diff != "" {
		d.Errorf("the latest entry (-want +got):\n%s", diff)
	}
}

// patch carries out operations, each a JSON object.
func (d *deployment) patch(path string, operations ...string) {
	d.Helper()
	if a := d.send("PATCH", path, strings.Replace(patchOp, "%", strings.Join(operations, ","), 1)); a.Code >= 300 {
		d.Fatalf("PATCH %s was answered with %d: %s", path, a.Code, a.Body)
	}
}

func about(kind, id string) activity.Resource { return activity.Resource{Type: kind, ID: id} }

func value(text string) json.RawMessage { return json.RawMessage(text) }

const userSchema = `"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"]`

func TestActivityTells(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		rule string
		run  func(d *deployment)
	}{
		{"of a create, what it made", func(d *deployment) {
			a := d.must(201, "POST", "/Users", `{`+userSchema+`,"userName":"bjensen","active":true,
				"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"department":"Tours"}}`)
			d.latest(activity.Entry{
				Request: activity.Request{Method: "POST", Resource: about("User", a.text("id"))}, Name: "bjensen",
				Effect: directory.EffectCreated, State: activity.Transition{After: directory.StateShadow},
				Attributes: []activity.Difference{
					{Attribute: scim.EnterpriseUserSchema + ":department", After: value(`"Tours"`)},
					{Attribute: "userName", After: value(`"bjensen"`)},
				},
				Coercions: []activity.Coercion{{Coercion: scim.MissingSchemas, Path: scim.EnterpriseUserSchema}},
			})
		}},
		{"what a create leaves out, by its name and why, a part of a value as well", func(d *deployment) {
			a := d.must(201, "POST", "/Users", `{`+userSchema+`,"userName":"bjensen","shoeSize":42,"name":{"givenName":"Barbara","nick":"Babs"}}`)
			d.latest(activity.Entry{
				Request: activity.Request{Method: "POST", Resource: about("User", a.text("id"))}, Name: "bjensen",
				Effect: directory.EffectCreated, State: activity.Transition{After: directory.StateShadow},
				Attributes: []activity.Difference{
					{Attribute: "name", After: value(`{"givenName":"Barbara"}`)},
					{Attribute: "userName", After: value(`"bjensen"`)},
				},
				Coercions: []activity.Coercion{{Coercion: scim.UnknownIgnored, Path: "shoeSize"}, {Coercion: scim.UnknownIgnored, Path: "name.nick"}},
				Ignored:   []activity.Ignored{{Path: "shoeSize", Why: "no schema has it"}, {Path: "name.nick", Why: "no schema has it"}},
			})
		}},
		{"an unknown attribute by its name, a coercion by its kind, and each operation by its result", func(d *deployment) {
			id := d.user("bjensen")
			d.patch("/Users/"+id, `{"op":"Replace","value":{"title":"Guide","userName":"bjensen","shoeSize":42}}`, `{"op":"replace","path":"active","value":"False"}`)
			d.latest(activity.Entry{
				Request: activity.Request{Method: "PATCH", Resource: about("User", id)}, Name: "bjensen",
				Effect: directory.EffectDeactivated, State: activity.Transition{Before: directory.StateShadow, After: directory.StateDeactivated},
				Attributes: []activity.Difference{{Attribute: "title", After: value(`"Guide"`)}},
				Operations: []activity.Operation{
					{Operation: 1, Op: "replace", Path: "title", Result: "applied"},
					{Operation: 1, Op: "replace", Path: "userName", Result: directory.ResultNoEffect, Why: "nothing to change"},
					{Operation: 1, Op: "replace", Path: "shoeSize", Result: "ignored", Why: "no schema has it"},
					{Operation: 2, Op: "replace", Path: "active", Result: "applied"},
				},
				Coercions: []activity.Coercion{{Coercion: scim.CapitalOp, Path: "op"}, {Coercion: scim.UnknownIgnored, Path: "shoeSize"}, {Coercion: scim.StringBoolean, Path: "active"}},
			})
		}},
		{"a displayName that was kept, and no state of what changed nothing", func(d *deployment) {
			a := d.must(201, "POST", "/Users", `{`+userSchema+`,"userName":"bjensen","displayName":"Babs"}`)
			d.must(200, "PUT", "/Users/"+a.text("id"), `{`+userSchema+`,"userName":"bjensen","displayName":"Barbara"}`)
			d.latest(activity.Entry{
				Request: activity.Request{Method: "PUT", Resource: about("User", a.text("id"))}, Name: "bjensen",
				Effect: directory.EffectUnchanged, Kept: []string{"displayName"},
			})
		}},
		{"who joined, and who was skipped", func(d *deployment) {
			id := d.user("bjensen")
			g := d.must(201, "POST", "/Groups", `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"displayName":"Guides"}`).text("id")
			d.patch("/Groups/"+g, fmt.Sprintf(`{"op":"add","path":"members","value":[{"value":%q},{"value":"nobody"}]}`, id))
			d.latest(activity.Entry{
				Request: activity.Request{Method: "PATCH", Resource: about("Group", g)}, Name: "Guides",
				Effect: directory.EffectUpdated, MembersAdded: 1, Members: activity.Members{Added: []directory.UserID{directory.UserID(id)}}, Skipped: []string{"nobody"}, Waits: 1,
				Operations: []activity.Operation{{Operation: 1, Op: "add", Path: "members", Result: directory.ResultApplied, Why: "no user has 1 of the ids"}},
				Coercions:  []activity.Coercion{{Coercion: scim.MissingMember, Path: "members"}},
			})
		}},
		{"of a deleted group, what it was and who was in it", func(d *deployment) {
			id := d.user("bjensen")
			g := d.must(201, "POST", "/Groups", fmt.Sprintf(`{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"displayName":"Guides","members":[{"value":%q}]}`, id)).text("id")
			d.must(204, "DELETE", "/Groups/"+g, "")
			d.latest(activity.Entry{
				Request: activity.Request{Method: "DELETE", Resource: about("Group", g)}, Name: "Guides", Effect: directory.EffectDeleted,
				MembersRemoved: 1, Members: activity.Members{Removed: []directory.UserID{directory.UserID(id)}},
				Attributes: []activity.Difference{{Attribute: "displayName", Before: value(`"Guides"`)}},
			})
		}},
		{"a refusal in the words that the identity provider read", func(d *deployment) {
			d.user("bjensen")
			a := d.must(409, "POST", "/Users", `{`+userSchema+`,"userName":"BJENSEN"}`)
			sentence, _, _ := strings.Cut(a.text("detail"), " The id of this request is ")
			d.latest(activity.Entry{
				Request: activity.Request{Method: "POST", Resource: about("User", "")}, Name: "BJENSEN", Effect: activity.EffectRefused,
				Refusal: activity.Refusal{Status: 409, Type: scim.Uniqueness, Detail: sentence},
			})
		}},
		{"a refusal before anything was tried", func(d *deployment) {
			for request, status := range map[string]int{
				`POST /Users {`: 400, `POST /Users?attributes=shoeSize&excludedAttributes=title {}`: 400, `PUT /Users/7 {"userName":7}`: 400,
				`PATCH /Groups/7 {}`: 400, `DELETE /Users/7`: 404,
			} {
				method, path, _ := strings.Cut(request, " ")
				path, body, _ := strings.Cut(path, " ")
				d.must(status, method, path, body)
				if got := d.told()[0]; got.Effect != activity.EffectRefused || got.Refusal.Status != status || got.Method != method {
					d.Errorf("%s: the latest entry is %+v", request, got)
				}
			}
		}},
		{"that the token may only read, but not of what was read", func(d *deployment) {
			d.must(200, "GET", "/Users", "", "Authorization: "+reader)
			d.must(403, "PATCH", "/Users/7", `{}`, "Authorization: "+reader)
			d.must(200, "GET", "/Groups", "")
			if got := d.told(); len(got) != 1 || got[0].Refusal.Status != 403 || got[0].TokenID != "r" || got[0].Resource != about("User", "7") {
				d.Errorf("told was %+v", got)
			}
		}},
		{"each operation of a bulk request, under one request id", func(d *deployment) {
			d.must(200, "POST", "/Bulk", `{"schemas":["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],"Operations":[
				{"method":"POST","path":"/Users","bulkId":"u","data":{`+userSchema+`,"userName":"bjensen"}},
				{"method":"POST","path":"/Groups","bulkId":"g","data":{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"displayName":"Guides","members":[{"value":"bulkId:u"}]}},
				{"method":"DELETE","path":"/Users/7"},{"method":"POST","path":"/Users/9"},{"method":"POST","path":"/Nothing"}]}`)
			got := d.told()
			if len(got) != 4 {
				d.Fatalf("%d entries: %+v", len(got), got)
			}
			for i, want := range []string{"POST User refused", "DELETE User refused", "POST Group created", "POST User created"} {
				if text := fmt.Sprint(got[i].Method, " ", got[i].Resource.Type, " ", got[i].Effect); text != want || got[i].RequestID != got[0].RequestID {
					d.Errorf("entry %d is %s of %s, want %s", i, text, got[i].RequestID, want)
				}
			}
		}},
		{"no value where the organisation wants none", func(d *deployment) {
			d.Org.HideValues = true
			id := d.user("bjensen")
			d.latest(activity.Entry{
				Request: activity.Request{Method: "POST", Resource: about("User", id)}, Effect: directory.EffectCreated, State: activity.Transition{After: directory.StateShadow},
				Attributes: []activity.Difference{{Attribute: "userName", Withheld: activity.ReasonHidden}},
			})
		}},
		{"no secret", func(d *deployment) {
			own := &schema.Schema{ID: "urn:example:2.0:User", Attributes: []*schema.Attribute{
				{Name: "pin", Type: schema.String, Mutability: schema.WriteOnly},
				{Name: "code", Type: schema.String, Mutability: schema.ReadWrite, Returned: schema.Never},
				{Name: "lock", Type: schema.Complex, Mutability: schema.ReadWrite, SubAttributes: []*schema.Attribute{
					{Name: "key", Type: schema.String, Mutability: schema.ReadWrite, Returned: schema.Never},
				}},
			}}
			d.Org.Schemas = d.Org.Schemas.With(own)
			a := d.must(201, "POST", "/Users", `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User","urn:example:2.0:User"],"userName":"bjensen","password":"canary-1",
				"urn:example:2.0:User":{"pin":"canary-2","code":"canary-3","lock":{"key":"canary-4"}}}`)
			d.patch("/Users/"+a.text("id"), `{"op":"replace","path":"password","value":"canary-5"}`,
				`{"op":"replace","value":{"password":"canary-6","urn:example:2.0:User":{"code":"canary-7"}}}`)
			d.patch("/Users/"+a.text("id"), `{"op":"replace","path":"urn:example:2.0:User:code","value":"canary-8"}`)
			d.must(400, "PUT", "/Users/"+a.text("id"), `{`+userSchema+`,"password":"canary-9"}`)
			d.Org.Schemas = schema.Load(directory.Fold) // an attribute that was a secret is one no less when no one describes it any more
			d.must(200, "PUT", "/Users/"+a.text("id"), `{`+userSchema+`,"userName":"bjensen"}`)
			all, err := json.Marshal(d.told())
			assert.NilError(d.T, err)
			if strings.Contains(string(all), "canary") || strings.Count(string(all), `"withheld":"secret"`) < 4 {
				d.Errorf("told was %s", all)
			}
		}},
	} {
		t.Run(c.rule, func(t *testing.T) {
			t.Parallel()
			c.run(newDeployment(t))
		})
	}
}

// What is acknowledged is recorded before: a process that is killed in between has acknowledged
// nothing.
func TestNothingIsAcknowledgedThatActivityCannotTell(t *testing.T) {
	t.Parallel()
	d := newDeployment(t)
	id := d.user("bjensen")
	g := d.must(201, "POST", "/Groups", `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"displayName":"Guides"}`).text("id")
	d.activity.broken = true
	deactivate := strings.Replace(patchOp, "%", `{"op":"replace","path":"active","value":false}`, 1)
	changes := []struct{ method, path, body string }{
		{"POST", "/Users", `{` + userSchema + `,"userName":"jsmith"}`},
		{"PUT", "/Users/" + id, `{` + userSchema + `,"userName":"bjensen","title":"Guide"}`},
		{"PATCH", "/Users/" + id, deactivate},
		{"PATCH", "/Groups/" + g, strings.Replace(patchOp, "%", `{"op":"add","path":"members","value":[{"value":"`+id+`"}]}`, 1)},
		{"DELETE", "/Groups/" + g, ""},
	}
	for _, r := range changes {
		a := d.must(503, r.method, r.path, r.body)
		if a.Header().Get("Retry-After") == "" || a.Header().Get("ETag") != "" || a.Header().Get("Location") != "" {
			t.Errorf("%s %s was answered with %v", r.method, r.path, a.Header())
		}
	}
	bulk := `{"schemas":["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],"Operations":[{"method":"PATCH","path":"/Users/` + id + `","data":` + deactivate + `}]}`
	first := d.must(200, "POST", "/Bulk", bulk).body["Operations"].([]any)[0].(map[string]any)
	if first["status"] != "503" || first["version"] != nil {
		t.Errorf("the operation of a bulk request was answered with %v", first)
	}
	d.must(409, "POST", "/Users", `{`+userSchema+`,"userName":"jsmith"}`) // a refusal needs no line
	d.activity.broken = false
	d.must(200, changes[2].method, changes[2].path, changes[2].body)
	if got := d.told()[0]; got.Effect != directory.EffectUnchanged {
		t.Errorf("asked again, the change is told of as %s, want unchanged", got.Effect)
	}
}

func TestCoercionsAreCountedForTheOrganisation(t *testing.T) {
	t.Parallel()
	d := newDeployment(t)
	id := d.user("bjensen")
	d.patch("/Users/"+id, `{"op":"Replace","path":"title","value":"Guide"}`)
	d.patch("/Users/"+id, `{"op":"Replace","path":"title","value":"Guide"}`)
	d.must(200, "GET", "/Users?filter=externalId+eq+jyoung", "")
	d.must(200, "GET", "//Users/", "")
	want := activity.Counts{scim.CapitalOp: 2}
	counted := func() {
		t.Helper()
		got, err := d.activity.Counts(t.Context(), d.Org.Tenant)
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%v (-want +got)\n%s", err, diff)
		}
	}
	counted()
	assert.NilError(t, d.Log.Flush(t.Context()))
	want.Add(activity.Counts{scim.UnquotedValue: 1, scim.UnnormalisedPath: 1})
	counted()
}

// TestRefusedReadsAreTold: an administrator who has the id of a refused request, or of its trace,
// finds what it was refused for.
func TestRefusedReadsAreTold(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		rule               string
		status             int
		method, path, body string
		about              activity.Resource
	}{
		{"a wrong filter", 400, "GET", "/Users?filter=userName+is+x", "", about("User", "")},
		{"a wrong filter in a search", 400, "POST", "/Groups/.search", `{"schemas":["` + scim.SearchRequestSchema + `"],"filter":"x"}`, about("Group", "")},
		{"a wrong search of all kinds", 400, "POST", "/.search", `{"schemas":["` + scim.SearchRequestSchema + `"],"count":"many"}`, about("", "")},
		{"nobody of the id", 404, "GET", "/Users/2819c223", "", about("User", "2819c223")},
		{"a schema that is not there", 404, "GET", "/Schemas/x", "", about("", "")},
	} {
		t.Run(c.rule, func(t *testing.T) {
			t.Parallel()
			d := newDeployment(t)
			a := d.must(c.status, c.method, c.path, c.body, "Authorization: "+reader)
			entries := d.told()
			if len(entries) != 1 {
				t.Fatalf("%d entries are told, want 1", len(entries))
			}
			e := entries[0]
			sentence, _, _ := strings.Cut(a.text("detail"), " The id of this request is ")
			if e.Kind != activity.KindRead || e.Effect != activity.EffectRefused || e.Refusal.Status != c.status || e.Refusal.Detail != sentence ||
				e.Method != c.method || e.Resource != c.about || e.TokenID != "r" || e.RequestID != a.Header().Get("X-Request-Id") {
				t.Errorf("told was %+v", e)
			}
		})
	}
}

// TestRefusedReadsAreBounded: a client that asks the same wrong thing forever does not fill the
// activity.
func TestRefusedReadsAreBounded(t *testing.T) {
	t.Parallel()
	d := newDeployment(t)
	for range 30 {
		d.must(400, "GET", "/Users?filter=x", "")
	}
	d.must(200, "GET", "/Users", "")
	assert.NilError(t, d.Log.Flush(t.Context()))
	entries := d.told()
	if len(entries) != 6 || entries[0].Times != 25 {
		t.Errorf("%d entries, the latest of which tells of %d; want 6, 25", len(entries), entries[0].Times)
	}
}

// TestRefusedTokensAreTold: of a token that is legible, and in the same bytes for each, whatever is
// told.
func TestRefusedTokensAreTold(t *testing.T) {
	t.Parallel()
	answers := map[string]bool{}
	for reason, want := range map[string]int{"revoked": 1, "expired": 1, "superseded": 1, "disabled": 1, "wrong_secret": 1, "nobodys": 0} {
		d := newDeployment(t)
		a := d.must(401, "GET", "/Users", "", "Authorization: Bearer "+reason)
		if len(d.away) != want {
			t.Fatalf("%s: %d are told, want %d", reason, len(d.away), want)
		}
		for _, away := range d.away {
			if string(away.Refusal.Reason) != reason || away.Refusal.Org != "acme" || away.Answer.Status != 401 ||
				away.Request.TokenID != "d" || away.Request.RequestID != a.Header().Get("X-Request-Id") || away.Request.Method != "GET" {
				t.Errorf("%s: told was %+v", reason, away)
			}
		}
		sentence, _, _ := strings.Cut(a.text("detail"), " The id of this request is ")
		answers[sentence+a.Header().Get("WWW-Authenticate")] = true
	}
	if len(answers) != 1 {
		t.Errorf("the answers differ: %v", answers)
	}
}

// TestMisplacedTokensAreTold: a client whose base URL is wrong sends its token to a path that does
// not exist.
func TestMisplacedTokensAreTold(t *testing.T) {
	t.Parallel()
	d := newDeployment(t)
	const legible = "Bearer dvscim_acmeacme5fTq0aZx91Kd_"
	tag, id := token.Legible(legible)
	if tag == "" {
		t.Fatal("the token is not legible")
	}
	for _, header := range []string{legible, writer, ""} { // the last two show no id
		d.must(404, "GET", "/scim/v2/Users", "", "Authorization: "+header)
	}
	if len(d.away) != 1 || d.away[0].Refusal.Reason != scimhttp.Misplaced || d.away[0].Refusal.Tag != tag || d.away[0].Request.TokenID != id || d.away[0].Answer.Status != 404 {
		t.Errorf("told was %+v", d.away)
	}
}

// TestWhatExceedsTheRateIsTold: it arrives late, or never.
func TestWhatExceedsTheRateIsTold(t *testing.T) {
	t.Parallel()
	d := newDeployment(t)
	d.wait = 2 * time.Second
	for _, c := range []struct {
		method, path, body string
		kind               activity.Kind
		about              activity.Resource
	}{
		{"GET", "/Users", "", activity.KindRead, about("User", "")},
		{"PATCH", "/Groups/7", "{}", activity.KindChange, about("Group", "7")},
		{"GET", "/Schemas", "", activity.KindRead, about("", "")},
	} {
		d.must(429, c.method, c.path, c.body)
		if e := d.told()[0]; e.Kind != c.kind || e.Resource != c.about || e.Refusal.Status != 429 || e.TokenID != "w" {
			t.Errorf("%s %s: told was %+v", c.method, c.path, e)
		}
	}
}

// TestAStrictOrganisationIsToldWhatItRefusesOfReads: a connection that is tested by a read fails at
// once then, and the administrator asks why.
func TestAStrictOrganisationIsToldWhatItRefusesOfReads(t *testing.T) {
	t.Parallel()
	d := newDeployment(t)
	d.Org.Strict = true
	d.must(400, "GET", "//Users", "")
	if e := d.told()[0]; e.Kind != activity.KindRead || e.Refusal.Status != 400 || !strings.Contains(e.Refusal.Detail, string(scim.UnnormalisedPath)) {
		t.Errorf("told was %+v", e)
	}
}
