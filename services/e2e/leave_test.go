package e2e

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"gotest.tools/v3/assert"

	"github.com/devrev/scim/services/e2e/harness"
	"github.com/devrev/scim/services/local/devstack"
)

// TestAnOrganisationLeaves does what docs/retention.md says, on the production wiring: the tokens
// die at once on every scimd, the removal can be called off, and after the grace nothing is left
// but an entry of the audit, though scimd is killed in the middle of it. A neighbour keeps
// everything.
func TestAnOrganisationLeaves(t *testing.T) {
	t.Parallel() // on services of its own
	c := startCluster(t, 0)
	neighbour := c.enable()
	stays := c.org
	c.populate(neighbour.Token, "stays", 20)
	c.org = "/organisations/" + harness.Unique("leaver")
	first := c.enable()
	c.populate(first.Token, "leaves", 1200)

	c.try("DELETE", c.org, "", http.StatusAccepted)
	c.refused(first)
	c.try("POST", c.org+"/scim/enable", "", http.StatusConflict)
	c.try("PUT", c.org, `{"sso":{"enabled":true}}`, http.StatusOK)
	var enabled struct {
		Token issued `json:"token"`
	}
	c.try("POST", c.org+"/scim/enable", "", http.StatusCreated).Into(t, &enabled)
	c.refused(first)
	var list struct {
		TotalResults int `json:"totalResults"`
	}
	if c.at(0, enabled.Token.Token).Want(t, 200, "GET", "/Users?count=0", nil).Into(t, &list); list.TotalResults != 1200 {
		t.Errorf("after the removal was called off there are %d users, want 1200", list.TotalResults)
	}

	c.try("DELETE", c.org, "", http.StatusAccepted)
	org := strings.TrimPrefix(c.org, "/organisations/")
	db := c.dump().db
	ofLeaver := func() (n int64) {
		for _, name := range []string{"users", "groups", "memberships", "activity", "activityMoved", "coercions"} {
			found, err := db.Collection(name).CountDocuments(t.Context(), bson.D{{Key: "org", Value: org}})
			assert.NilError(t, err)
			n += found
		}
		return n
	}
	before := ofLeaver()
	if before < 2400 {
		t.Fatalf("the organisation has %d documents", before)
	}
	// The grace is over.
	_, err := db.Collection("organisations").UpdateOne(t.Context(), bson.D{{Key: "_id", Value: org}},
		bson.D{{Key: "$set", Value: bson.D{{Key: "leavesAt", Value: time.Now().Add(-time.Second)}}}})
	assert.NilError(t, err)
	restart(t, c.stack.Tokend) // which makes its round at once
	harness.Eventually(t, "the organisation is being erased", func() bool { return c.leaving() == "erasing" })
	if a := c.api().Served(t, "PUT", c.org, `{"sso":{"enabled":true}}`); a.Status != http.StatusConflict {
		t.Errorf("an announcement in the middle is answered with %d, want 409: %s", a.Status, a.Body)
	}

	assert.NilError(t, c.second.Stop())
	restart(t, c.stack.Scimd)
	harness.Eventually(t, "scimd erases", func() bool { return ofLeaver() < before })
	c.stack.Scimd.Kill()
	t.Logf("scimd was killed with %d of %d documents left", ofLeaver(), before)
	assert.NilError(t, c.stack.Scimd.Start(t.Context()))
	harness.Eventually(t, "everything that scimd had is erased", func() bool { return ofLeaver() == 0 })
	harness.Eventually(t, "scimd says so", func() bool {
		n, err := db.Collection("erasures").CountDocuments(t.Context(), bson.D{{Key: "_id", Value: org}})
		return err == nil && n == 1
	})
	restart(t, c.stack.Tokend)
	harness.Eventually(t, "the organisation is erased", func() bool { return c.leaving() == "erased" })

	client := harness.Redis(t, c.primary.URL())
	tag := strings.Split(strings.TrimPrefix(first.Token, "dvscim_"), "_")[0][:8]
	for _, pattern := range []string{"scim:org:" + org, "scim:{" + tag + "}:*"} {
		keys, err := client.Keys(t.Context(), pattern).Result()
		assert.NilError(t, err)
		for _, key := range keys {
			if !strings.HasSuffix(key, ":c") {
				t.Errorf("Redis has the key %s", key)
			}
		}
	}
	var audit struct {
		Audit []struct{ Action, Actor string } `json:"audit"`
	}
	if c.try("GET", c.org+"/scim/audit", "", http.StatusOK).Into(t, &audit); len(audit.Audit) != 1 || audit.Audit[0].Action != "organisation.erase" || audit.Audit[0].Actor != "system" {
		t.Errorf("its audit is %+v, want one entry", audit.Audit)
	}
	if lines := c.checkStores(0); len(lines) != 1 || lines[0] != "Redis and MongoDB agree." {
		t.Errorf("scimctl check-stores says %q", lines)
	}

	again := c.enable() // it is announced, and is new
	if c.at(0, again.Token).Want(t, 200, "GET", "/Users?count=0", nil).Into(t, &list); list.TotalResults != 0 {
		t.Errorf("the organisation comes back with %d users", list.TotalResults)
	}
	c.org = stays
	if c.at(0, neighbour.Token).Want(t, 200, "GET", "/Users?count=0", nil).Into(t, &list); list.TotalResults != 20 {
		t.Errorf("the neighbour has %d users, want 20", list.TotalResults)
	}
}

// leaving returns how far the organisation of the journey is, "" if it stays or no one answers.
func (c *cluster) leaving() string {
	var o struct {
		Leaving struct{ State string } `json:"leaving"`
	}
	if a := c.api().Try(c.T, "GET", c.org, nil); a.Status == http.StatusOK {
		a.Into(c.T, &o)
	}
	return o.Leaving.State
}

// populate gives the organisation of the token users, and a group with all of them.
func (c *cluster) populate(token, name string, users int) {
	c.Helper()
	client, members := c.at(0, token), make([]string, 0, users)
	for from := 0; from < users; from += 100 {
		var operations []string
		for n := from; n < min(from+100, users); n++ {
			operations = append(operations, fmt.Sprintf(`{"method":"POST","path":"/Users","bulkId":"b%d","data":{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"%s%d@example.com"}}`, n, name, n))
		}
		var answer struct {
			Operations []struct{ Location string }
		}
		body := `{"schemas":["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],"Operations":[` + strings.Join(operations, ",") + `]}`
		client.Want(c.T, 200, "POST", "/Bulk", body).Into(c.T, &answer)
		for _, o := range answer.Operations {
			members = append(members, `{"value":"`+o.Location[strings.LastIndex(o.Location, "/")+1:]+`"}`)
		}
	}
	client.Want(c.T, 201, "POST", "/Groups", `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"displayName":"All `+name+`","members":[`+strings.Join(members, ",")+`]}`)
}

// restart ends a process and starts it again.
func restart(t *testing.T, p *devstack.Process) {
	t.Helper()
	assert.NilError(t, p.Stop())
	assert.NilError(t, p.Start(t.Context()))
}
