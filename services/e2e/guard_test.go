package e2e

import (
	"fmt"
	"strings"
	"testing"

	"github.com/devrev/scim/services/e2e/harness"
)

// aMassChangeIsTold: more people leave than the organisation's setting allows. All of them leave,
// and the guard, the activity and the platform's notices say so.
func aMassChangeIsTold(t *testing.T, w *wiring) {
	j, first := w.connected(t, `{"guard":{"people":{"count":2,"percent":50}}}`)
	var ids []string
	for i := range 5 {
		ids = append(ids, text(j.scim(first.Token, "POST", "/Users", fmt.Sprintf(`{"schemas":["`+userURN+`"],"userName":"u%d@example.com"}`, i), 201), "id"))
	}
	for _, id := range ids[:3] {
		j.scim(first.Token, "PATCH", "/Users/"+id, patchOf(`[{"op":"replace","path":"active","value":false}]`), 200)
	}
	var report map[string]any
	harness.Eventually(j.T, "the mass change is noticed", func() bool {
		report = j.platform("GET", j.org+"/guard", "", 200)
		return len(report["observed"].([]any)) == 1
	})
	seen := report["observed"].([]any)[0].(map[string]any)
	if people := report["people"].(map[string]any); people["left"] != 3.0 || people["count"] != 2.0 || people["minutes"] != 60.0 ||
		seen["sentence"] != "3 of 5 enabled people were deactivated or deleted within 60 minutes." {
		j.Errorf("the guard reports %v", report)
	}
	var told string
	for _, n := range j.platform("GET", "/notices?limit=200", "", 200)["notices"].([]any) {
		if n := n.(map[string]any); n["action"] == "guard.observed" && strings.HasSuffix(j.org, "/"+text(n, "organisation")) {
			told = marshal(n["changes"])
		}
	}
	if want := `[{"after":"2","before":"5","member":"enabled users"}]`; told != want {
		j.Errorf("the notice says %s, want %s", told, want)
	}
}
