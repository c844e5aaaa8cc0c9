package scimhttp_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"gotest.tools/v3/assert"

	"github.com/devrev/scim/services/scim/limits"
)

// TestWhatARequestCosts: what Okta and Entra ID send costs one, what makes the service look at
// everybody or do much costs more.
func TestWhatARequestCosts(t *testing.T) {
	t.Parallel()
	d := newDeployment(t)
	id := d.user("bjensen")
	for _, tt := range []struct {
		rule, method, path, body string
		want                     int
	}{
		{"Okta's test of the connection", "GET", "/Users?startIndex=1&count=2", "", 1},
		{"Okta's existence check", "GET", "/Users?filter=userName+eq+%22bjensen%22&startIndex=1&count=100", "", 1},
		{"Okta's import", "GET", "/Users?startIndex=101&count=100", "", 1},
		{"Entra's match", "GET", "/Users?filter=externalId+eq+%22x%22", "", 1},
		{"Entra's match of an e-mail", "GET", "/Users?filter=emails%5Btype+eq+%22work%22%5D.value+eq+%22x%22", "", 1},
		{"Entra's look at a membership", "GET", "/Groups?filter=id+eq+%22x%22+and+members.value+eq+%22" + id + "%22&excludedAttributes=members", "", 1},
		{"Entra's match of a group", "GET", "/Groups?filter=displayName+eq+%22x%22&excludedAttributes=members", "", 1},
		{"one user", "GET", "/Users/" + id, "", 1},
		{"a change", "PATCH", "/Users/" + id, `{"Operations":[{"op":"replace","path":"title","value":"x"}]}`, 1},
		{"a sort", "GET", "/Users?sortBy=title", "", 1 + limits.Sort},
		{"a sort of what an index finds", "GET", "/Users?sortBy=title&filter=userName+eq+%22x%22", "", 1},
		{"a filter without an index", "GET", "/Users?filter=title+co+%22x%22", "", 1 + limits.Scan},
		{"both", "POST", "/Users/.search", `{"filter":"title pr","sortBy":"title"}`, 1 + limits.Sort + limits.Scan},
		{"a search over all kinds looks twice", "POST", "/.search", `{"filter":"title pr"}`, 1 + 2*limits.Scan},
		{"a PATCH of many operations", "PATCH", "/Users/" + id, `{"Operations":[` + strings.Repeat(`{"op":"replace","path":"title","value":"x"},`, 99) + `{"op":"replace","path":"title","value":"y"}]}`, 1 + 100/limits.Operations},
		{"a long body", "PUT", "/Groups/nobody", `{"displayName":"` + strings.Repeat("x", 3*limits.CostBytes) + `"}`, 1 + 3},
		{"a bulk request of three", "POST", "/Bulk", bulkOf(3), 1 + 3*limits.BulkOperation},
	} {
		before := d.cost
		d.send(tt.method, tt.path, tt.body)
		if got := d.cost - before; got != tt.want {
			t.Errorf("%s costs %d, want %d", tt.rule, got, tt.want)
		}
	}
}

// TestABodyIsPaidForFirst: of a body for which the rate has nothing left no more is read than was
// paid for, and the client is told when the rate has.
func TestABodyIsPaidForFirst(t *testing.T) {
	t.Parallel()
	d := newDeployment(t)
	d.wait, d.asked = 7*time.Second, 1 // the request itself passes
	body := `{"displayName":"` + strings.Repeat("x", 3*limits.CostBytes) + `"}`
	for rule, length := range map[string]int64{"of a known length": int64(len(body)), "of an unknown length": -1} {
		sent := strings.NewReader(body)
		req := httptest.NewRequestWithContext(t.Context(), "PUT", "/scim/v2/Groups/nobody", sent)
		req.Header.Set("Authorization", writer)
		req.Header.Set("Content-Type", "application/scim+json")
		req.ContentLength = length
		a := httptest.NewRecorder()
		before := d.cost
		d.handler.ServeHTTP(a, req)
		read := len(body) - sent.Len()
		if a.Code != http.StatusTooManyRequests || a.Header().Get("Retry-After") != "7" {
			t.Errorf("%s: %d, Retry-After %s, %s", rule, a.Code, a.Header().Get("Retry-After"), a.Body)
		}
		if most := int(-min(length, 0)) * 2 * limits.CostBytes; read > most {
			t.Errorf("%s: %d bytes were read, want at most %d", rule, read, most)
		}
		if length < 0 && d.cost-before > 1+2 || length >= 0 && d.cost-before != 1+3 {
			t.Errorf("%s: it was to pay %d", rule, d.cost-before)
		}
	}
	d.asked = 1 + 3
	d.must(http.StatusNotFound, "PUT", "/Groups/nobody", body)
}

// TestOneLongBodyAtATime: of bodies of more than 8 MiB an organisation sends one at a time, and
// what is shorter passes beside it.
func TestOneLongBodyAtATime(t *testing.T) {
	t.Parallel()
	d := newDeployment(t)
	long := `{"displayName":"` + strings.Repeat("x", 33*limits.PlaceBytes) + `"}`
	for rule, length := range map[string]int64{"of a known length": int64(len(long)), "of an unknown length": -1} {
		body, sending := io.Pipe()
		var first sync.WaitGroup
		first.Go(func() {
			req := httptest.NewRequestWithContext(t.Context(), "PUT", "/scim/v2/Groups/nobody", body)
			req.Header.Set("Authorization", writer)
			req.ContentLength = length
			a := httptest.NewRecorder()
			d.handler.ServeHTTP(a, req)
			if a.Code != http.StatusNotFound {
				t.Errorf("%s: %d %s", rule, a.Code, a.Body)
			}
		})
		_, err := io.WriteString(sending, long)
		assert.NilError(t, err)
		if a := d.send("PUT", "/Groups/nobody", long); a.Code != http.StatusTooManyRequests || a.Header().Get("Retry-After") != "1" {
			t.Errorf("%s: a second one: %d %s", rule, a.Code, a.Body)
		}
		d.must(http.StatusNotFound, "PUT", "/Groups/nobody", long[:len(long)/2]+`"}`)
		assert.NilError(t, sending.Close())
		first.Wait()
		d.must(http.StatusNotFound, "PUT", "/Groups/nobody", long)
	}
}

func bulkOf(n int) string {
	operation := `{"method":"DELETE","path":"/Users/nobody"}`
	return `{"schemas":["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],"Operations":[` + strings.Repeat(operation+",", n-1) + operation + `]}`
}

// TestABodyOfManyValuesIsRefused: what is short as text and long in memory is refused while it is
// read.
func TestABodyOfManyValuesIsRefused(t *testing.T) {
	t.Parallel()
	d := newDeployment(t)
	objects := func(n int) string { return "[" + strings.Repeat("{},", n) + "{}]" }
	d.must(413, "POST", "/Users", fmt.Sprintf(`{"userName":"a","emails":%s}`, objects(limits.Values)))
	d.must(413, "POST", "/Groups", fmt.Sprintf(`{"displayName":"a","members":%s}`, objects(limits.GroupValues)))
	d.must(413, "POST", "/Bulk", fmt.Sprintf(`{"Operations":%s}`, objects(limits.BulkValues)))
	for _, path := range []string{"/.search", "/Users/.search", "/Groups/.search"} {
		d.must(413, "POST", path, fmt.Sprintf(`{"attributes":%s}`, objects(limits.SearchValues)))
		d.must(413, "POST", path, fmt.Sprintf(`{"sortOrder":%q}`, strings.Repeat("x", limits.SearchBody)))
	}
	var members []string
	for n := range 100_000 {
		members = append(members, fmt.Sprintf(`{"value":"00000000-0000-7000-8000-%012d","display":"x","type":"User"}`, n))
	}
	d.must(201, "POST", "/Groups", `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"displayName":"a hundred thousand","members":[`+strings.Join(members, ",")+`]}`)
}

// TestPlacesAreGivenBack: an organisation has so many places at a time, and a request of any
// outcome gives its own back.
func TestPlacesAreGivenBack(t *testing.T) {
	t.Parallel()
	d := newDeployment(t)
	for range 3 * int(limits.Default().InFlight) {
		d.send("GET", "/Users?count=200", "")
		d.send("POST", "/Bulk", bulkOf(2))
		d.send("POST", "/Users", "no JSON")
		d.send("GET", "/Users/nobody", "")
	}
	d.must(http.StatusOK, "GET", "/Users", "")
}
