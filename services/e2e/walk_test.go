package e2e

import (
	"fmt"
	"net/http"
	"testing"

	"gotest.tools/v3/assert"
)

// TestAWalkOverThreeProcessesMeetsEverySurvivor walks the users by startIndex as Okta and Entra ID
// do, with each page served by another scimd than the one before, while those who were met are
// deleted. Who is there throughout is met exactly once.
func TestAWalkOverThreeProcessesMeetsEverySurvivor(t *testing.T) {
	t.Parallel() // on services of its own
	c := startCluster(t, 0)
	token := c.enable().Token
	third, err := c.stack.StartScimd(t.Context())
	assert.NilError(t, err)
	c.scimds = append(c.scimds, "http://"+third.Addr()+"/scim/v2")
	for _, query := range []string{"", "&sortBy=userName&sortOrder=descending"} {
		survivors, doomed := map[string]bool{}, map[string]bool{}
		for n := range 60 {
			body := map[string]any{"schemas": []string{coreUser}, "userName": fmt.Sprintf("user%02d@example.com", n)}
			id := c.at(0, token).Want(t, http.StatusCreated, "POST", "/Users", body).Text("id")
			if n%2 == 0 {
				survivors[id] = true
			} else {
				doomed[id] = true
			}
		}
		met := map[string]int{}
		for page, start := 0, 1; ; page++ {
			var list struct {
				TotalResults int
				Resources    []struct{ ID string }
			}
			path := fmt.Sprintf("/Users?startIndex=%d&count=7%s", start, query)
			c.at(page%3, token).Want(t, http.StatusOK, "GET", path, nil).Into(t, &list)
			for _, r := range list.Resources {
				met[r.ID]++
				if doomed[r.ID] {
					c.at((page+1)%3, token).Want(t, http.StatusNoContent, "DELETE", "/Users/"+r.ID, nil)
				}
			}
			start += len(list.Resources)
			if len(list.Resources) == 0 || start > list.TotalResults {
				break
			}
		}
		missed := 0
		for id := range survivors {
			if met[id] == 0 {
				missed++
			}
			if met[id] > 1 {
				t.Errorf("%q: survivor %s was met %d times", query, id, met[id])
			}
			c.at(0, token).Want(t, http.StatusNoContent, "DELETE", "/Users/"+id, nil)
		}
		t.Logf("%q: %d of %d survivors missed", query, missed, len(survivors))
		if missed > 0 {
			t.Errorf("%q: %d of %d survivors missed", query, missed, len(survivors))
		}
	}
}

// coreUser is the schema of users.
const coreUser = "urn:ietf:params:scim:schemas:core:2.0:User"
