package oracle

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gotest.tools/v3/assert"
	"pgregory.net/rapid"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/libs/scim/patch"
)

// patchCase is a fixed case. differs names the rows of knownPatches that explain the difference, in
// their order there; without it the oracle agrees.
type patchCase struct {
	rule       string
	resource   string // in testdata
	operations string // JSON without the brackets
	differs    []string
}

var patches = []patchCase{
	{rule: "Okta deactivates", resource: "user", operations: `{"op":"replace","value":{"active":false}}`},
	{rule: "Okta removes and adds members", resource: "group", operations: `{"op":"remove","path":"members[value eq \"2819c223\"]"},{"op":"remove","path":"members[value eq \"902c246b\"]"},{"op":"add","path":"members","value":[{"value":"5e6f7a8b","display":"tguide@example.com"}]}`, differs: []string{"read-only sub-attribute"}},
	{rule: "Okta pushes all members", resource: "group", operations: `{"op":"replace","path":"members","value":[{"value":"5e6f7a8b","display":"tguide@example.com"}]}`, differs: []string{"read-only sub-attribute"}},
	{rule: "Okta pushes an empty group", resource: "group", operations: `{"op":"replace","path":"members","value":[]}`},
	{rule: "Okta renames a group", resource: "group", operations: `{"op":"replace","value":{"id":"0198f0a2-7c1e-7b7a-9a55-3f1f0a6c2d77","displayName":"Guides"}}`, differs: []string{"read-only members"}},
	{rule: "Okta synchronises a password", resource: "user", operations: `{"op":"replace","value":{"password":"t1meMa$heen"}}`, differs: []string{"object without path", "schemas and password"}},
	{rule: "Okta updates a profile", resource: "user", operations: `{"op":"replace","value":{"name":{"givenName":"Babs"},"title":"Guide"}}`, differs: []string{"object without path"}},
	{rule: "Okta clears an attribute", resource: "user", operations: `{"op":"replace","value":{"title":""}}`, differs: []string{"empty string"}},
	{rule: "Okta removes a member who is gone", resource: "group", operations: `{"op":"remove","path":"members[value eq \"ffffffff\"]"}`},
	{rule: "the last number goes, and is gone", resource: "user", operations: `{"op":"remove","path":"phoneNumbers[type eq \"work\"]"}`, differs: []string{"remove of what is not there"}},
	{rule: "an element goes that is not there", resource: "user", operations: `{"op":"remove","path":"emails[type eq \"other\"].display"}`, differs: []string{"remove of what is not there"}},
	{rule: "Okta adds a member who is there", resource: "group", operations: `{"op":"add","path":"members","value":[{"value":"1b2c3d4e"}]}`},
	{rule: "Okta adds a member who is there under another name", resource: "group", operations: `{"op":"add","path":"members","value":[{"value":"2819c223","display":"babs@example.com"}]}`, differs: []string{"read-only sub-attribute"}},
	{rule: "Entra ID's operations in capitals", resource: "user", operations: `{"op":"Replace","path":"displayName","value":"Babs"},{"op":"Add","path":"nickName","value":"Babs"},{"op":"Remove","path":"title"}`},
	{rule: "Entra ID changes the work address", resource: "user", operations: `{"op":"Replace","path":"emails[type eq \"work\"].value","value":"barbara@example.com"}`},
	{rule: "Entra ID gives a work number", resource: "user", operations: `{"op":"Add","path":"phoneNumbers[type eq \"work\"].value","value":"555-555-5555"}`},
	{rule: "Entra ID replaces a work number that is not there", resource: "user", operations: `{"op":"Replace","path":"phoneNumbers[type eq \"work\"].value","value":"555-555-5555"}`},
	{rule: "Entra ID changes an extension", resource: "user", operations: `{"op":"Replace","path":"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:employeeNumber","value":"Eqpj"}`},
	{rule: "Entra ID merges into one operation", resource: "user", operations: `{"op":"replace","value":{"displayName":"Bjfe","name.givenName":"Kkom","name.familyName":"Unua","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:employeeNumber":"Aklq"}}`},
	{rule: "Entra ID disables", resource: "user", operations: `{"op":"Replace","path":"active","value":"False"}`, differs: []string{"string for a boolean"}},
	{rule: "Entra ID disables by add", resource: "user", operations: `{"op":"Add","path":"active","value":"False"}`, differs: []string{"string for a boolean"}},
	{rule: "Entra ID gives a manager", resource: "user", operations: `{"op":"Add","path":"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager","value":"271"}`, differs: []string{"value for a complex value"}},
	{rule: "Entra ID gave a manager", resource: "user", operations: `{"op":"Add","path":"manager","value":[{"$ref":"https://scim.example.com/Users/271","value":"271"}]}`, differs: []string{"extension's attribute without URN", "list for a single value"}},
	{rule: "Entra ID takes a manager away", resource: "user", operations: `{"op":"Replace","path":"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager","value":""}`, differs: []string{"empty string", "replace by nothing"}},
	{rule: "Entra ID removes with the old value", resource: "user", operations: `{"op":"Remove","path":"title","value":"Tour Guide"}`, differs: []string{"remove with the value that is to go"}},
	{rule: "Entra ID changes the primary role", resource: "user", operations: `{"op":"Replace","path":"roles[primary eq \"True\"].value","value":"{\"id\":\"7\",\"value\":\"Guide\"}"}`, differs: []string{"string for a boolean in a value path"}},
	{rule: "Entra ID gives a primary role", resource: "user", operations: `{"op":"Add","path":"entitlements[primary eq \"True\" and type eq \"tour\"].value","value":"Studio"}`, differs: []string{"string for a boolean in a value path", "value path that selects nothing"}},
	{rule: "Entra ID adds a member", resource: "group", operations: `{"op":"Add","path":"members","value":[{"$ref":null,"value":"5e6f7a8b"}]}`},
	{rule: "Entra ID removes members", resource: "group", operations: `{"op":"Remove","path":"members","value":[{"$ref":null,"value":"2819c223"},{"$ref":null,"value":"1b2c3d4e"}]}`, differs: []string{"remove with a list of values"}},
	{rule: "Entra ID sends its own schema", resource: "group", operations: `{"op":"add","path":"displayName","value":"A"},{"op":"Replace","path":"http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group:mailNickname","value":"guides"}`, differs: []string{"unknown URN"}},
	{rule: "Entra ID sends what an administrator mapped", resource: "user", operations: `{"op":"replace","value":{"title":"Guide","extensionAttribute1":"x"}}`, differs: []string{"unknown members"}},
	{rule: "all members go", resource: "group", operations: `{"op":"remove","path":"members"}`},
	{rule: "a sub-attribute", resource: "user", operations: `{"op":"replace","path":"name.givenName","value":"Babs"},{"op":"remove","path":"name.formatted"}`},
	{rule: "s3.5.2.1 an element is added", resource: "user", operations: `{"op":"add","path":"emails","value":[{"value":"b@example.net","type":"other"}]}`},
	{rule: "s3.5.2.2 the elements that a filter selects go", resource: "user", operations: `{"op":"remove","path":"emails[type eq \"home\" or primary eq true]"}`},
	{rule: "s3.5.2.2 remove wants a path", resource: "user", operations: `{"op":"remove","value":{"title":"x"}}`},
	{rule: "s3.5.2.3 a filter that selects nothing and makes nothing", resource: "user", operations: `{"op":"replace","path":"emails[type ne \"work\" and type ne \"home\"].value","value":"x"}`},
	{rule: "s3.5.2.3 all elements of a list", resource: "user", operations: `{"op":"replace","path":"emails.type","value":"other"}`},
	{rule: "s3.10 the core schema's URN", resource: "user", operations: `{"op":"replace","path":"urn:ietf:params:scim:schemas:core:2.0:User:name.givenName","value":"Babs"}`},
	{rule: "s3.10 an extension's sub-attribute", resource: "user", operations: `{"op":"replace","path":"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value","value":"271"}`},
	{rule: "s3.10 a whole extension", resource: "user", operations: `{"op":"replace","path":"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User","value":{"department":"Sales"}}`, differs: []string{"whole extension"}},
	{rule: "s3.10 a whole extension goes", resource: "user", operations: `{"op":"remove","path":"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"}`, differs: []string{"whole extension"}},
	{rule: "s3.10 a whole extension in an object", resource: "user", operations: `{"op":"add","value":{"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"division":"Parks"}}}`, differs: []string{"object without path", "whole extension"}},
	{rule: "schemas follows from the rest", resource: "user", operations: `{"op":"add","path":"schemas","value":["urn:example:other"]}`, differs: []string{"schemas and password"}},
	{rule: "an unknown attribute", resource: "user", operations: `{"op":"add","path":"title","value":"A"},{"op":"add","path":"favouriteColour","value":"red"}`, differs: []string{"unknown attribute"}},
	{rule: "nothing but an unknown attribute", resource: "user", operations: `{"op":"add","path":"favouriteColour","value":"red"}`, differs: []string{"nothing that is known"}},
	{rule: "active cannot go", resource: "user", operations: `{"op":"remove","path":"active"}`, differs: []string{"active"}},
	{rule: "s2.5 an element without a value is none", resource: "user", operations: `{"op":"add","path":"emails[type eq \"other\"].display","value":"A"}`, differs: []string{"element that never had a value"}},
	{rule: "an element that is there takes what is new", resource: "user", operations: `{"op":"add","path":"emails","value":[{"value":"bjensen@example.com","type":"work","display":"B"}]}`, differs: []string{"the same element"}},
	{rule: "id is read-only", resource: "user", operations: `{"op":"replace","path":"id","value":"7"}`, differs: []string{"read-only attribute"}},
	{rule: "userName is required", resource: "user", operations: `{"op":"remove","path":"userName"}`, differs: []string{"required attribute"}},
	{rule: "a member does not become another", resource: "group", operations: `{"op":"replace","path":"members[value eq \"2819c223\"].value","value":"1b2c3d4e"}`, differs: []string{"immutable sub-attribute"}},
	{rule: "names in any case", resource: "user", operations: `{"op":"replace","path":"NAME","value":{"GIVENNAME":"Babs"}}`, differs: []string{"names in another case"}},
	{rule: "a list of one element", resource: "user", operations: `{"op":"replace","path":"title","value":["Guide"]}`, differs: []string{"list for a single value"}},
	{rule: "an element without its list", resource: "user", operations: `{"op":"replace","path":"emails","value":{"value":"b@example.net","type":"work"}}`, differs: []string{"single value for a list"}},
	{rule: "a member's id alone", resource: "group", operations: `{"op":"add","path":"members","value":["5e6f7a8b"]}`, differs: []string{"value for a complex value"}},
	{rule: "add of null", resource: "user", operations: `{"op":"add","path":"title","value":null}`, differs: []string{"add of nothing"}},
	{rule: "replace by null", resource: "user", operations: `{"op":"replace","path":"title","value":null}`},
	{rule: "replace of a complex attribute by null", resource: "user", operations: `{"op":"replace","path":"name","value":null}`, differs: []string{"replace by nothing"}},
	{rule: "an element is made of several conditions", resource: "user", operations: `{"op":"replace","path":"addresses[type eq \"work\" and primary eq true].country","value":"US"}`, differs: []string{"value path that selects nothing"}},
	{rule: "an element is made as a whole", resource: "user", operations: `{"op":"add","path":"emails[type eq \"other\"]","value":{"value":"b@example.net"}}`, differs: []string{"value path that selects nothing"}},
	{rule: "selected elements are replaced", resource: "user", operations: `{"op":"replace","path":"emails[type eq \"work\"]","value":{"value":"b@example.net"}}`, differs: []string{"replace of selected elements"}},
	{rule: "selected elements are added to", resource: "user", operations: `{"op":"add","path":"emails[type eq \"work\"]","value":{"display":"Babs"}}`},
	{rule: "an element goes with its value", resource: "user", operations: `{"op":"remove","path":"emails[type eq \"home\"].value"}`, differs: []string{"element without its value"}},
	{rule: "a sub-attribute makes a list", resource: "user", operations: `{"op":"add","path":"addresses.country","value":"US"}`, differs: []string{"sub-attribute of a list that is not there"}},
	{rule: "an element that is there twice", resource: "user", operations: `{"op":"replace","path":"emails","value":[{"value":"b@example.net"},{"value":"b@example.net"}]}`, differs: []string{"duplicates"}},
	{rule: "a new primary", resource: "user", operations: `{"op":"add","path":"emails","value":[{"value":"b@example.net","primary":true}]}`, differs: []string{"primary"}},
	{rule: "an element that becomes primary", resource: "user", operations: `{"op":"replace","path":"emails[type eq \"home\"].primary","value":true}`, differs: []string{"primary"}},
	{rule: "primary comes back", resource: "user", operations: `{"op":"replace","path":"emails[type eq \"home\"].primary","value":true},{"op":"add","path":"emails","value":[{"value":"bjensen@example.com","type":"work","primary":true}]}`, differs: []string{"primary", "the same element"}},
	{rule: "an element in another case", resource: "user", operations: `{"op":"add","path":"emails","value":[{"value":"BABS@example.org","type":"home"}]}`, differs: []string{"the same element"}},
	{rule: "a filter in another case", resource: "user", operations: `{"op":"remove","path":"emails[type eq \"Home\"]"}`, differs: []string{"case in a value path"}},
	{rule: "a filter on what an element does not have", resource: "user", operations: `{"op":"remove","path":"roles[type ne \"work\"]"}`, differs: []string{"ne in a value path where there is no value"}},
	{rule: "an escaped letter in a filter", resource: "user", operations: `{"op":"remove","path":"emails[type eq \"\\u0068ome\"]"}`, differs: []string{"escape sequences in a value path"}},
	{rule: "a URL in a filter", resource: "user", operations: `{"op":"replace","path":"photos[value eq \"https://photos.example.com/72930000000Ccne/F\"].type","value":"thumbnail"}`, differs: []string{"colon in a value path"}},
	{rule: "an address in a filter", resource: "user", operations: `{"op":"replace","path":"emails[value eq \"babs@example.org\"].type","value":"other"}`},
}

func TestPatch(t *testing.T) {
	checkPatches(t, patches)
}

func checkPatches(t *testing.T, cases []patchCase) {
	t.Helper()
	t.Parallel()
	o := start(t)
	for _, c := range cases {
		t.Run(c.rule, func(t *testing.T) {
			var ops []operation
			assert.NilError(t, json.Unmarshal([]byte("["+c.operations+"]"), &ops))
			var tol scim.Tolerance
			needed, ours := explainPatch(t, o, storedResource(t, c.resource), ops, &tol)
			checkExplained(t, needed, c.differs, ours, tol)
		})
	}
}

func TestDrawnUserPatches(t *testing.T) {
	checkDrawnPatches(t, rapid.Custom(drawUser), drawOperation(userForms))
}

func TestDrawnGroupPatches(t *testing.T) {
	checkDrawnPatches(t, drawObject(drawGroup), drawOperation(groupForms))
}

func checkDrawnPatches(t *testing.T, resources *rapid.Generator[map[string]any], operations *rapid.Generator[operation]) {
	t.Helper()
	t.Parallel()
	o := start(t)
	var agreed, refused, all int
	rapid.Check(t, func(t *rapid.T) {
		resource := resources.Draw(t, "resource")
		ops := rapid.SliceOfN(operations, 1, 3).Draw(t, "operations")
		needed, ours := explainPatch(t, o, resource, ops, nil)
		all++
		if len(needed) == 0 {
			agreed++
		}
		if ours.Refused != "" {
			refused++
		}
	})
	t.Logf("seed %s: %d requests, of which %d are refused and %d need no explanation", seed(), all, refused, agreed)
	if agreed < all/4 || refused > all/2 {
		t.Error("the draw is one-sided")
	}
}

// explainPatch fails unless the oracle comes to our answer, which it returns with the rows that it
// takes.
func explainPatch(t tb, o *oracle, resource map[string]any, ops []operation, tol *scim.Tolerance) ([]known[operation], answer) {
	t.Helper()
	ours := apply(t, resource, ops, tol)
	theirs := func(rows []known[operation]) answer {
		a := inTurn(told(rows, o.patch), resource, ops)
		for _, row := range rows {
			if row.whole != nil && a.Refused == "" {
				a = row.whole(resource, ops, a)
			}
		}
		return a
	}
	needed, ok := explain(knownPatches, func(rows []known[operation]) bool { return same(ours, theirs(rows)) })
	if !ok {
		t.Fatalf("%s\non %s\n-ours +oracle, told of all that is known:\n%s", asJSON(ops), asJSON(resource), cmp.Diff(ours, theirs(knownPatches)))
	}
	return needed, ours
}

// apply returns our answer.
func apply(t tb, resource map[string]any, ops []operation, tol *scim.Tolerance) answer {
	t.Helper()
	body := document(t, map[string]any{"schemas": []string{scim.PatchOpSchema}, "Operations": ops})
	req, err := patch.Decode(body, tol)
	var after *scim.Document
	if err == nil {
		after, _, err = patch.Apply(document(t, resource), typeOf(resource), req, tol)
	}
	if refused, ok := errors.AsType[*scim.Error](err); ok {
		return answer{Refused: refused.Type}
	}
	if err != nil {
		t.Fatalf("apply %s: %v", asJSON(ops), err)
	}
	var a answer
	if err := json.Unmarshal([]byte(asJSON(after)), &a.Resource); err != nil {
		t.Fatalf("%v", err)
	}
	return a
}

// storedResource returns one of testdata in stored form.
func storedResource(t *testing.T, name string) map[string]any {
	t.Helper()
	raw := resource(t, name)
	doc, err := typeOf(raw).Validate(document(t, raw), nil)
	assert.NilError(t, err)
	return object(t, asJSON(doc))
}
