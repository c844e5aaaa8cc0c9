package scimhttp_test

import (
	"testing"

	"github.com/devrev/scim/services/scim/directory"
)

// TestARefusedChangeIsNotedWithTheUser: whatever part of the service refuses it.
func TestARefusedChangeIsNotedWithTheUser(t *testing.T) {
	t.Parallel()
	d := newDeployment(t)
	id := d.user("bjensen")
	refused := func() *directory.Refused {
		u, err := d.Users.Get(t.Context(), d.Org, directory.UserID(id))
		d.Must(err)
		return u.Word.Refused
	}
	patch := func(operations string) string {
		return `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[` + operations + `]}`
	}
	title := patch(`{"op":"replace","path":"title","value":"Guide"}`)
	for rule, send := range map[string]func() answer{
		"by the domain":    func() answer { return d.must(400, "PUT", "/Users/"+id, `{`+userSchema+`,"userName":" "}`) },
		"by the decoder":   func() answer { return d.must(400, "PATCH", "/Users/"+id, `{`) },
		"by its condition": func() answer { return d.must(412, "PATCH", "/Users/"+id, title, `If-Match: W/"99"`) },
	} {
		d.must(200, "PATCH", "/Users/"+id, title)
		if r := refused(); r != nil {
			t.Errorf("%s: an accepted request left %+v", rule, r)
		}
		a := send()
		if r := refused(); r == nil || r.Status != a.Code || r.RequestID == "" || a.text("detail") != r.Detail+" The id of this request is "+r.RequestID+"." {
			t.Errorf("%s: got %+v, want what the client received: %s", rule, r, a.Body)
		}
	}
	before := *refused()
	d.must(400, "GET", "/Users/"+id+"?attributes=a&excludedAttributes=b", "")
	if after := refused(); after == nil || *after != before {
		t.Errorf("a refused read led to %+v", after)
	}
}
