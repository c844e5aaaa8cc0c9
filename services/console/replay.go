package console

import (
	"encoding/json"
	"net/http"
	"strings"

	"github.com/devrev/scim/services/internal/apiclient"
)

const (
	exact   = "This is the request, which had no body."
	rebuilt = "DevRev keeps no bodies. This one is made of what the request changed; what it sent besides is not in it."
	unknown = "DevRev keeps no bodies, and the entry does not have all that the request wanted. Write the body that was sent."
)

// replay returns the request of an entry. Bodies are not kept: where the entry has all that the
// request changed, one is made of that, and the page says so.
func replay(e apiclient.ActivityEntry) tryPage {
	p := tryPage{Entry: &e, Method: e.Method, Path: "/" + e.Resource.Type + "s", Made: unknown}
	if e.Resource.ID != "" && e.Method != http.MethodPost {
		p.Path += "/" + e.Resource.ID
	}
	if e.Client == "okta" || e.Client == "entra" {
		p.Client = e.Client
	}
	switch body := bodyOf(e); {
	case e.Method == http.MethodDelete:
		p.Made = exact
	case body != nil:
		p.Body, p.Made = pretty(body), rebuilt
		if e.Method == http.MethodPut {
			p.Method = http.MethodPatch // a PUT removes what it does not name
		}
	}
	return p
}

// bodyOf returns a body that asks for what e changed, nil if e does not have all of it.
func bodyOf(e apiclient.ActivityEntry) json.RawMessage {
	whole := e.Omitted.Attributes == 0 && len(e.Members.Added) == e.MembersAdded && len(e.Members.Removed) == e.MembersRemoved
	values := map[string]json.RawMessage{}
	var operations []map[string]any
	for _, a := range e.Attributes {
		whole = whole && a.Withheld == ""
		if a.After == nil {
			operations = append(operations, map[string]any{"op": "remove", "path": a.Attribute})
			continue
		}
		values[a.Attribute] = a.After
		if a.Attribute != "schemas" { // which follow from the others
			operations = append(operations, map[string]any{"op": "replace", "path": a.Attribute, "value": a.After})
		}
	}
	if e.State.Before != e.State.After && (e.Effect == "deactivated" || e.Effect == "reactivated") {
		operations = append(operations, map[string]any{"op": "replace", "path": "active", "value": e.Effect == "reactivated"})
	}
	for _, id := range e.Members.Removed {
		operations = append(operations, map[string]any{"op": "remove", "path": `members[value eq "` + id + `"]`})
	}
	if len(e.Members.Added) > 0 {
		operations = append(operations, map[string]any{"op": "add", "path": "members", "value": references(e.Members.Added)})
	}
	switch {
	case !whole || e.Effect == "refused" || e.Effect == "unchanged" || len(operations) == 0:
		return nil
	case e.Method == http.MethodPost:
		return creation(values, e.Members.Added)
	default:
		return encoded(map[string]any{"schemas": []string{"urn:ietf:params:scim:api:messages:2.0:PatchOp"}, "Operations": operations})
	}
}

// creation is the body of a POST with these values, by the paths that an entry has: an attribute of
// an extension is behind its URN and a colon.
func creation(values map[string]json.RawMessage, members []string) json.RawMessage {
	body := map[string]any{}
	for path, value := range values {
		colon := strings.LastIndexByte(path, ':')
		if colon < 0 {
			body[path] = value
			continue
		}
		extension, _ := body[path[:colon]].(map[string]any)
		if extension == nil {
			extension = map[string]any{}
			body[path[:colon]] = extension
		}
		extension[path[colon+1:]] = value
	}
	if len(members) > 0 {
		body["members"] = references(members)
	}
	return encoded(body)
}

func references(ids []string) []map[string]string {
	all := make([]map[string]string, len(ids))
	for i, id := range ids {
		all[i] = map[string]string{"value": id}
	}
	return all
}

func encoded(v any) json.RawMessage {
	data, _ := json.Marshal(v) // texts, lists and JSON always encode
	return data
}
