package console_test

import (
	"net/http"
	"strings"
	"testing"
)

// A deleted group is listed with the others that were deleted, and leads to the entry of its
// deletion.
func TestDeletedGroupsAreListed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	idp, admin := w.idp(), w.signIn("demo", "administrator")
	const list = "/console/o/demo/groups?state=deleted"
	if shown := admin.get(list); shown.status != http.StatusOK || !strings.Contains(shown.text, "No group was deleted") {
		t.Fatalf("%d %s", shown.status, shown.text)
	}
	id := idp.Want(t, http.StatusCreated, "POST", "/Groups", `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"displayName":"Guides"}`).Text("id")
	idp.Want(t, http.StatusNoContent, "DELETE", "/Groups/"+id, "")
	shown := admin.get(list)
	_, row, _ := strings.Cut(shown.text, `<th scope="row"><a href="`)
	entry, row, _ := strings.Cut(row, `"`)
	if !strings.HasPrefix(row, ">Guides</a>") || !strings.Contains(admin.get(entry).text, "Guides") {
		t.Errorf("%s leads to %q", shown.text, entry)
	}
	if all := admin.get("/console/o/demo/groups").text; strings.Contains(all, "Guides") || !strings.Contains(all, list) {
		t.Errorf("the groups are %s", all)
	}
}
