package conformance

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gotest.tools/v3/assert"

	"github.com/devrev/scim/services/e2e/harness"
)

// answer is what the service answered with.
type answer struct {
	t      *testing.T
	asked  string
	status int
	header http.Header
	text   string
	body   any // of text; nil if there is none
}

// is asserts the status, and of a body that it says it is SCIM. What does not hold ends the test,
// since nothing more can be learned.
func (a answer) is(status int) answer {
	a.t.Helper()
	if a.status != status {
		a.t.Fatalf("%s: %d, want %d\n%s", a.asked, a.status, status, a.text)
	}
	if a.body != nil && !strings.HasPrefix(a.header.Get("Content-Type"), harness.SCIM) {
		a.t.Errorf("%s: Content-Type %q, want %s", a.asked, a.header.Get("Content-Type"), harness.SCIM)
	}
	return a
}

// refused asserts an error response of RFC 7644 section 3.12 with this status and scimType, "" for
// none.
func (a answer) refused(status int, scimType string) answer {
	a.t.Helper()
	a.is(status).has("schemas", `["`+errorResponse+`"]`).has("status", strconv.Quote(strconv.Itoa(status)))
	if scimType == "" {
		a.lacks("scimType")
	} else {
		a.has("scimType", strconv.Quote(scimType))
	}
	detail, _ := a.at("detail").(string)
	if detail == "" {
		a.t.Errorf("%s: there is no detail\n%s", a.asked, a.text)
	}
	if request := a.header.Get("X-Request-Id"); request == "" || !strings.HasSuffix(detail, " The id of this request is "+request+".") {
		a.t.Errorf("%s: the detail does not end with the id of the request\n%s", a.asked, a.text)
	}
	members, _ := a.body.(map[string]any)
	for name := range members {
		if !slices.Contains([]string{"schemas", "status", "scimType", "detail"}, name) {
			a.t.Errorf("%s: RFC 7644 section 3.12 has no %s in an error\n%s", a.asked, name, a.text)
		}
	}
	return a
}

// has asserts that the value at path is that of this JSON text. The parts of a path are member
// names and indexes with slashes between them, since URNs have dots.
func (a answer) has(path, want string) answer {
	a.t.Helper()
	if diff := cmp.Diff(decoded(a.t, want), a.at(path)); diff != "" {
		a.t.Errorf("%s: %s differs (-want +got)\n%s\n%s", a.asked, path, diff, a.text)
	}
	return a
}

// holds asserts that there is something at each path.
func (a answer) holds(paths ...string) answer {
	a.t.Helper()
	for _, path := range paths {
		if a.at(path) == nil {
			a.t.Errorf("%s: there is no %s\n%s", a.asked, path, a.text)
		}
	}
	return a
}

// lacks asserts that there is nothing at any of the paths.
func (a answer) lacks(paths ...string) answer {
	a.t.Helper()
	for _, path := range paths {
		if v := a.at(path); v != nil {
			a.t.Errorf("%s: %s is %v, want nothing\n%s", a.asked, path, v, a.text)
		}
	}
	return a
}

// says asserts the value of a header.
func (a answer) says(name, want string) answer {
	a.t.Helper()
	if got := a.header.Get(name); got != want {
		a.t.Errorf("%s: header %s is %q, want %q", a.asked, name, got, want)
	}
	return a
}

// empty asserts that there is no body.
func (a answer) empty() answer {
	a.t.Helper()
	if a.text != "" {
		a.t.Errorf("%s: the body is not empty\n%s", a.asked, a.text)
	}
	return a
}

// at returns the value at path, nil if there is none.
func (a answer) at(path string) any {
	v := a.body
	for part := range strings.SplitSeq(path, "/") {
		switch holder := v.(type) {
		case map[string]any:
			v = holder[part]
		case []any:
			i, err := strconv.Atoi(part)
			if err != nil || i >= len(holder) {
				return nil
			}
			v = holder[i]
		default:
			return nil
		}
	}
	return v
}

// string returns the string at path, which must be there.
func (a answer) string(path string) string {
	a.t.Helper()
	s, ok := a.at(path).(string)
	if !ok || s == "" {
		a.t.Fatalf("%s: there is no string %s\n%s", a.asked, path, a.text)
	}
	return s
}

func (a answer) id() string {
	a.t.Helper()
	return a.string("id")
}

// path returns where the resource is, below the base URL.
func (a answer) path() string {
	a.t.Helper()
	return "/" + a.string("meta/resourceType") + "s/" + a.id()
}

// names returns the userName or displayName of each listed resource, with spaces between them.
func (a answer) names() string {
	a.t.Helper()
	a.is(http.StatusOK).has("schemas", `["`+listResponse+`"]`)
	list, ok := a.at("Resources").([]any)
	if !ok {
		a.t.Fatalf("%s: Resources is no list\n%s", a.asked, a.text)
	}
	names := make([]string, len(list))
	for i, v := range list {
		resource, _ := v.(map[string]any)
		name, ok := resource["userName"].(string)
		if !ok {
			name, _ = resource["displayName"].(string)
		}
		names[i] = name
	}
	return strings.Join(names, " ")
}

// lists asserts the names of the listed resources in their order.
func (a answer) lists(want string) answer {
	a.t.Helper()
	if got := a.names(); got != want {
		a.t.Errorf("%s: listed are %q, want %q", a.asked, got, want)
	}
	return a
}

func decoded(t *testing.T, text string) any {
	t.Helper()
	var v any
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return v
}

func marshalled(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	assert.NilError(t, err)
	return string(text)
}
