package tokenhttp_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"
	"gotest.tools/v3/assert"

	"github.com/devrev/scim/services/internal/audit"
	"github.com/devrev/scim/services/internal/web/apitest"
	"github.com/devrev/scim/services/token/tokenhttp"
)

const path = "../../../docs/api/tokend.yaml"

// problems is the part of OpenAPI that names the kinds of problems.
type problems struct {
	Components struct {
		Schemas struct {
			Problem struct {
				Properties struct {
					Type struct {
						Enum []string `yaml:"enum"`
					} `yaml:"type"`
				} `yaml:"properties"`
			} `yaml:"Problem"`
		} `yaml:"schemas"`
	} `yaml:"components"`
}

// schemas is the part that describes bodies.
type schemas struct {
	Components struct {
		Schemas map[string]struct {
			Enum       []audit.Action       `yaml:"enum"`
			Properties map[string]yaml.Node `yaml:"properties"`
		} `yaml:"schemas"`
	} `yaml:"components"`
}

// readDocument reads the parts of the document that D names.
func readDocument[D any](t *testing.T) (d D) {
	t.Helper()
	apitest.Read(t, path, &d)
	return d
}

func TestTheDocumentIsWhatIsServed(t *testing.T) {
	t.Parallel()
	apitest.Check(t, path, apitest.API{
		Prefix: tokenhttp.Prefix, Routes: newAPI(t).engine.Routes(), Parameters: tokenhttp.Parameters,
	})
}

// TestTheDocumentNamesEveryMember compares the document with a token in all its states, and with
// requests that use every member.
func TestTheDocumentNamesEveryMember(t *testing.T) {
	t.Parallel()
	d := readDocument[schemas](t)
	a, first := rotatable(t)
	requests := map[string]struct{ path, body string }{
		"Rotation": {
			"/rotate", `{"current":"` + first.ID + `","overlapHours":1,"force":true,"name":"okta","expiresAt":"2126-01-31T12:00:00Z"}`,
		},
		"TokenRequest": {"", `{"name":"okta","scopes":["scim:read"],"expiresAt":"` + time.Now().Add(72*time.Hour).Format(time.RFC3339) + `"}`},
	}
	found := map[string]map[string]any{"Token": {}, "Verdict": {}}
	rotate, issue := requests["Rotation"], requests["TokenRequest"]
	a.admin("org-a", "POST", rotationTokens+rotate.path, rotate.body).want(http.StatusCreated)
	a.admin("org-a", "POST", rotationTokens+"/"+first.ID+"/end", "").want(http.StatusOK)
	a.admin("org-a", "POST", rotationTokens+issue.path, issue.body).want(http.StatusCreated)
	a.recordUsage(first, refusedUsage(time.Now()))
	b, old := rotatable(t)
	b.rotate(`{"current":"` + old.ID + `"}`).want(http.StatusCreated)
	if _, err := a.file.Tokens().RevokeLeaked(t.Context(), "org-a", first.ID, time.Now()); err != nil {
		t.Fatal(err)
	}
	for _, api := range []*api{a, b} {
		var list struct{ Tokens []map[string]any }
		api.admin("org-a", "GET", rotationTokens, "").want(http.StatusOK).into(&list)
		for _, token := range list.Tokens {
			maps.Copy(found["Token"], token)
			if verdict, live := token["verdict"].(map[string]any); live {
				maps.Copy(found["Verdict"], verdict)
			}
		}
	}
	var detail struct{ Use, Refused map[string]any }
	a.admin("org-a", "GET", rotationTokens+"/"+first.ID, "").want(http.StatusOK).into(&detail)
	firstOf := func(member string) map[string]any {
		all, _ := detail.Use[member].([]any)
		one, _ := all[0].(map[string]any)
		return one
	}
	found["Use"], found["Refused"], found["Seen"], found["Hour"] = detail.Use, detail.Refused, firstOf("clients"), firstOf("hours")
	for name, request := range requests {
		var said map[string]any
		assert.NilError(t, json.Unmarshal([]byte(request.body), &said))
		found[name] = said
	}
	for name, members := range found {
		want := slices.Sorted(maps.Keys(d.Components.Schemas[name].Properties))
		if diff := cmp.Diff(slices.Sorted(maps.Keys(members)), want); diff != "" {
			t.Errorf("%s in docs/api/tokend.yaml (-served +documented):\n%s", name, diff)
		}
	}
}

// TestTheDocumentNamesEveryProblem compares with the code, not with what a test happens to meet.
func TestTheDocumentNamesEveryProblem(t *testing.T) {
	t.Parallel()
	var written []string
	for _, file := range []string{"problem.go", "../../internal/web/problem/kinds.go"} {
		source, err := os.ReadFile(file)
		assert.NilError(t, err)
		for _, match := range regexp.MustCompile(`(?:Name: |conflict\()"([a-z-]+)"`).FindAllStringSubmatch(string(source), -1) {
			written = append(written, "urn:devrev:scim:problem:"+match[1])
		}
	}
	slices.Sort(written)
	d := readDocument[problems](t)
	if diff := cmp.Diff(slices.Compact(written), d.Components.Schemas.Problem.Properties.Type.Enum); diff != "" {
		t.Errorf("docs/api/tokend.yaml against problem.go (-written +documented):\n%s", diff)
	}
}

// TestTheDocumentNamesAllOfTheAudit compares it with what an entry, a head and a verification can
// have.
func TestTheDocumentNamesAllOfTheAudit(t *testing.T) {
	t.Parallel()
	d := readDocument[schemas](t)
	if diff := cmp.Diff(audit.Actions(), d.Components.Schemas["AuditAction"].Enum); diff != "" {
		t.Errorf("AuditAction (-written +documented):\n%s", diff)
	}
	for name, shape := range map[string]any{"AuditEntry": audit.Line{}, "AuditHead": audit.Head{}, "AuditVerification": audit.Part{}} {
		var written []string
		for _, field := range reflect.VisibleFields(reflect.TypeOf(shape)) {
			if field.Anonymous {
				continue
			}
			member, _, _ := strings.Cut(field.Tag.Get("json"), ",")
			written = append(written, member)
		}
		slices.Sort(written)
		if diff := cmp.Diff(written, slices.Sorted(maps.Keys(d.Components.Schemas[name].Properties))); diff != "" {
			t.Errorf("%s (-written +documented):\n%s", name, diff)
		}
	}
}
