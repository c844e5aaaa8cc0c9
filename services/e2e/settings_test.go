package e2e

import (
	"strings"
	"testing"
)

const acmeSchema = `{"id":"urn:example:scim:schemas:extension:acme:1.0:User","name":"Acme","attributes":[
	{"name":"badge","type":"integer"},
	{"name":"costUnit","type":"string","caseExact":true},
	{"name":"desk","type":"complex","subAttributes":[{"name":"room"},{"name":"since","type":"dateTime"}]}]}`

// organisationsOwnSchemas has an admin register custom attributes, and an identity provider map
// to them: they are described, stored, patched, filtered and sorted by, in this organisation and in
// no other.
func organisationsOwnSchemas(t *testing.T, w *wiring) {
	j, first := w.connected(t, "")
	token := first.Token
	const urn = "urn:example:scim:schemas:extension:acme:1.0:User"

	body := `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User","` + urn + `"],"userName":"bjensen@example.com","` + urn + `":{"badge":"7","desk":{"room":"B1","since":"2026-01-02T03:04:05Z"}}}`
	user := j.scim(token, "POST", "/Users", body, 201)
	if user[urn] != nil {
		j.Errorf("an attribute that nobody has registered was kept: %v", user[urn])
	}
	j.platform("PUT", j.org+"/scim/settings", `{"schemas":[`+strings.Replace(acmeSchema, "badge", "1badge", 1)+`]}`, 400)
	j.configure(`{"schemas":[` + acmeSchema + `]}`)
	j.scim(token, "GET", "/Schemas/"+urn, "", 200)

	user = j.scim(token, "PUT", "/Users/"+text(user, "id"), body, 200)
	own, _ := user[urn].(map[string]any)
	if own["badge"] != 7.0 {
		j.Errorf("badge came back as %v, want the number 7", own["badge"])
	}
	j.scim(token, "PATCH", "/Users/"+text(user, "id"), `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[
		{"op":"replace","path":"`+urn+`:costUnit","value":"CU-1"},{"op":"replace","path":"`+urn+`:desk.room","value":"B2"}]}`, 200)
	for filter, want := range map[string]float64{
		urn + `:badge gt 6`:                                1,
		urn + `:badge gt 7`:                                0,
		urn + `:costUnit eq "cu-1"`:                        0, // caseExact
		urn + `:costUnit eq "CU-1"`:                        1,
		urn + `:desk.room eq "b2"`:                         1,
		urn + `:desk.since lt "2026-01-02T04:04:06+01:00"`: 1,
	} {
		found := j.scim(token, "POST", "/Users/.search", `{"schemas":["urn:ietf:params:scim:api:messages:2.0:SearchRequest"],"sortBy":"`+urn+`:badge","filter":`+marshal(filter)+`}`, 200)
		if found["totalResults"] != want {
			j.Errorf("%s found %v users, want %v", filter, found["totalResults"], want)
		}
	}
	other := w.client(t)
	j.scim(other.Credential, "GET", "/Schemas/"+urn, "", 404)
	j.scim(other.Credential, "GET", "/Users?filter="+urn+":badge+pr", "", 400)
}

// strictOrganisation has an administrator refuse what would be corrected.
func strictOrganisation(t *testing.T, w *wiring) {
	j, first := w.connected(t, "")
	id := text(j.scim(first.Token, "POST", "/Users", `{"schemas":["`+userURN+`"],"userName":"bjensen@example.com"}`, 201), "id")
	disable := patchOf(`[{"op":"Replace","path":"active","value":"False"}]`)
	j.configure(`{"strict":true}`)
	j.scim(first.Token, "PATCH", "/Users/"+id, disable, 400)
	j.configure(`{"strict":false}`)
	j.scim(first.Token, "PATCH", "/Users/"+id, disable, 200)
}

// aLeaverComesBackByExternalID where the organisation wants it: the setting reaches what scimd
// does.
func aLeaverComesBackByExternalID(t *testing.T, w *wiring) {
	const leaver = `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"ann@example.com","displayName":"Ann","externalId":"00u7"}`
	const returns = `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"ann.lee@example.com","displayName":"Ann Lee","externalId":"00u7"}`
	for settings, restores := range map[string]bool{`{}`: false, `{"restoreByExternalId":true}`: true} {
		j, first := w.connected(t, settings)
		if got := j.platform("GET", j.org+"/scim/settings", "", 200)["restoreByExternalId"]; got != restores {
			j.Errorf("%s became %v", settings, got)
		}
		token := first.Token
		id := text(j.scim(token, "POST", "/Users", leaver, 201), "id")
		group := `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"displayName":"Guides","members":[{"value":"` + id + `"}]}`
		guides := text(j.scim(token, "POST", "/Groups", group, 201), "id")
		j.scim(token, "PATCH", "/Users/"+id, `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"replace","path":"active","value":false}]}`, 200)

		back := j.scim(token, "POST", "/Users", returns, 201)
		if (text(back, "id") == id) != restores {
			j.Errorf("with %s the record %s came back as %s", settings, id, text(back, "id"))
		}
		if text(back, "displayName") != "Ann Lee" || back["groups"] != nil || back["active"] != true {
			j.Errorf("with %s the person is %v", settings, back)
		}
		_, stays := j.scim(token, "GET", "/Groups/"+guides, "", 200)["members"]
		if stays == restores {
			j.Errorf("with %s the group has the leaver: %v", settings, stays)
		}
	}
}

// aLeaverComesBackByUserName where the organisation wants it: so does this setting.
func aLeaverComesBackByUserName(t *testing.T, w *wiring) {
	person := func(externalID, displayName string) string {
		return `{"schemas":["` + userURN + `"],"userName":"ann@example.com","displayName":"` + displayName + `","externalId":"` + externalID + `"}`
	}
	for settings, status := range map[string]int{`{}`: 409, `{"restoreByUserName":true}`: 201} {
		j, first := w.connected(t, settings)
		token := first.Token
		id := text(j.scim(token, "POST", "/Users", person("a", "Ann"), 201), "id")
		j.platform("POST", j.org+"/sign-ins", `{"userName":"ann@example.com"}`, 200)
		j.scim(token, "PATCH", "/Users/"+id, patchOf(`[{"op":"replace","path":"active","value":false}]`), 200)

		back := j.scim(token, "POST", "/Users", person("b", "Ann Lee"), status)
		if status != 201 {
			continue
		}
		if text(back, "id") != id || text(back, "displayName") != "Ann Lee" || !strings.Contains(marshal(back), `"state":"shadow"`) {
			j.Errorf("with %s the person is %v", settings, back)
		}
	}
}

// activityTellsWhatHappened asks the organisation's question, "why is this person not in?",
// after a push that was corrected, and one that was refused.
func activityTellsWhatHappened(t *testing.T, w *wiring) {
	j, first := w.connected(t, "")
	token := first.Token
	id := text(j.scim(token, "POST", "/Users", `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"bjensen@example.com","shoeSize":"42"}`, 201), "id")
	j.scim(token, "PATCH", "/Users/"+id, `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"Replace","path":"active","value":"False"}]}`, 200)
	j.scim(token, "POST", "/Users", `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"nobody"}`, 400)

	why := j.platform("GET", j.org+"/users/"+id+"/why", "", 200)
	if said := marshal(why); !strings.Contains(said, "eactivated") || !strings.Contains(said, first.ID) {
		j.Errorf("why the user is not in is answered with %s", said)
	}
	activity := marshal(j.platform("GET", j.org+"/activity", "", 200))
	for _, want := range []string{"shoeSize", "unknown_ignored", "capital_op", "string_boolean", `"refused"`, "must be an e-mail address"} {
		if !strings.Contains(activity, want) {
			j.Errorf("the activity does not tell of %s: %s", want, activity)
		}
	}
	j.configure(`{"hideValues":true}`)
	j.scim(token, "PATCH", "/Users/"+id, `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"replace","path":"title","value":"Keeper of the canary"}]}`, 200)
	if hidden := marshal(j.platform("GET", j.org+"/activity", "", 200)); strings.Contains(hidden, "canary") {
		j.Errorf("the activity tells a value that is to be hidden: %s", hidden)
	}
}
