package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"gotest.tools/v3/assert"

	"github.com/devrev/scim/services/e2e/harness"
	"github.com/devrev/scim/services/scim/limits"
)

// TestTheLargestRequestsPassAtTheUsualRate: what the limits allow passes, at the latest when it is
// sent again after the time that the refusal names, although it costs more than a burst.
func TestTheLargestRequestsPassAtTheUsualRate(t *testing.T) {
	t.Parallel()
	run := harness.RunAllInOne(t, "-rate", "50", "-orgs", "large")
	c := harness.Client{Base: run.Ready.SCIMBaseURL, Credential: run.Ready.Orgs[0].Token, MediaType: harness.SCIM}
	var members []string
	for n := range 100_000 {
		members = append(members, fmt.Sprintf(`{"value":"00000000-0000-7000-8000-%012d","display":%q}`, n, strings.Repeat("x", 90)))
	}
	group := `{"displayName":"everybody","members":[` + strings.Join(members, ",") + `]}`
	if len(group) < limits.GroupBody*7/8 || len(group) > limits.GroupBody {
		t.Fatalf("a group of %d bytes", len(group))
	}
	var operations []json.RawMessage
	for n := range limits.BulkOperations {
		operations = append(operations, json.RawMessage(fmt.Sprintf(`{"method":"POST","bulkId":"%d","path":"/Users","data":{"userName":"bulk%d@example.com"}}`, n, n)))
	}
	bulk, err := json.Marshal(map[string]any{"schemas": []string{"urn:ietf:params:scim:api:messages:2.0:BulkRequest"}, "Operations": operations})
	assert.NilError(t, err)
	for _, tt := range []struct {
		rule, path, body string
		want             int
	}{
		{"as many operations as a bulk request may have", "/Bulk", string(bulk), http.StatusOK},
		{"a group of 16 MiB", "/Groups", group, http.StatusCreated},
	} {
		for tries := 1; ; tries++ {
			a := c.Must(t, http.MethodPost, tt.path, tt.body)
			if a.Status == tt.want {
				if done := strings.Count(string(a.Body), `"status":"201"`); tt.path == "/Bulk" && done != limits.BulkOperations {
					t.Errorf("%s: %d are done", tt.rule, done)
				}
				break
			}
			seconds, err := strconv.Atoi(a.Header.Get("Retry-After"))
			if a.Status != http.StatusTooManyRequests || err != nil || tries == 3 {
				t.Fatalf("%s: try %d is answered %d, Retry-After %v (%v): %.300s", tt.rule, tries, a.Status, seconds, err, a.Body)
			}
			time.Sleep(time.Duration(seconds) * time.Second)
		}
	}
}
