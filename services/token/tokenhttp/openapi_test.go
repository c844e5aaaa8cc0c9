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

	"github.com/devrev/scim/services/token/audit"
	"github.com/devrev/scim/services/token/tokenhttp"
)

// document is the part of OpenAPI that is compared with the code.
type document struct {
	Servers []struct {
		URL string `yaml:"url"`
	} `yaml:"servers"`
	Paths      map[string]map[string]yaml.Node `yaml:"paths"`
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

// readDocument reads the parts of the document that D names, and returns the whole text as well.
func readDocument[D any](t *testing.T) (d D, text string) {
	t.Helper()
	data, err := os.ReadFile("../../../docs/api/tokend.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(data, &d); err != nil {
		t.Fatal(err)
	}
	return d, string(data)
}

func TestTheDocumentHasTheRoutesAndTheRoutesTheDocument(t *testing.T) {
	t.Parallel()
	d, _ := readDocument[document](t)
	if len(d.Servers) != 1 || d.Servers[0].URL != tokenhttp.Prefix {
		t.Fatalf("servers %v, want %s", d.Servers, tokenhttp.Prefix)
	}
	var documented, served []string
	for path, item := range d.Paths {
		for method := range item {
			if method != "parameters" {
				documented = append(documented, strings.ToUpper(method)+" "+tokenhttp.Prefix+path)
			}
		}
	}
	parameter := regexp.MustCompile(`:([a-z]+)`)
	for _, r := range newAPI(t).engine.Routes() {
		served = append(served, r.Method+" "+parameter.ReplaceAllString(r.Path, "{$1}"))
	}
	slices.Sort(documented)
	slices.Sort(served)
	if diff := cmp.Diff(served, documented); diff != "" {
		t.Errorf("docs/api/tokend.yaml against the routes (-served +documented):\n%s", diff)
	}
}

func TestTheDocumentHasTheQueryParametersOfEachRoute(t *testing.T) {
	t.Parallel()
	type asked struct {
		Name string `yaml:"name"`
		In   string `yaml:"in"`
		Ref  string `yaml:"$ref"`
	}
	d, _ := readDocument[struct {
		Paths map[string]struct {
			Get struct {
				Parameters []asked `yaml:"parameters"`
			} `yaml:"get"`
		} `yaml:"paths"`
		Components struct {
			Parameters map[string]asked `yaml:"parameters"`
		} `yaml:"components"`
	}](t)
	documented := map[string][]string{}
	for path, item := range d.Paths {
		for _, p := range item.Get.Parameters {
			if name, ok := strings.CutPrefix(p.Ref, "#/components/parameters/"); ok {
				p = d.Components.Parameters[name]
			}
			if p.In == "query" {
				documented[path] = append(documented[path], p.Name)
			}
		}
		slices.Sort(documented[path])
	}
	known := map[string][]string{}
	for path, names := range tokenhttp.Parameters {
		known[regexp.MustCompile(`:([a-z]+)`).ReplaceAllString(path, "{$1}")] = slices.Sorted(slices.Values(names))
	}
	maps.DeleteFunc(documented, func(_ string, names []string) bool { return len(names) == 0 })
	if diff := cmp.Diff(known, documented); diff != "" {
		t.Errorf("docs/api/tokend.yaml against the parameters (-known +documented):\n%s", diff)
	}
}

// TestTheDocumentNamesEveryMember compares the document with a token in all its states, and with requests that say all they can.
func TestTheDocumentNamesEveryMember(t *testing.T) {
	t.Parallel()
	d, _ := readDocument[schemas](t)
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
	a.touch(first, refusedUse(time.Now()))
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
		if err := json.Unmarshal([]byte(request.body), &said); err != nil {
			t.Fatal(err)
		}
		found[name] = said
	}
	for name, members := range found {
		want := slices.Sorted(maps.Keys(d.Components.Schemas[name].Properties))
		if diff := cmp.Diff(slices.Sorted(maps.Keys(members)), want); diff != "" {
			t.Errorf("%s in docs/api/tokend.yaml (-served +documented):\n%s", name, diff)
		}
	}
}

// TestTheDocumentNamesEveryProblem compares with what stands in the code, not with what some test happens to meet.
func TestTheDocumentNamesEveryProblem(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile("problem.go")
	if err != nil {
		t.Fatal(err)
	}
	var written []string
	for _, match := range regexp.MustCompile(`Name: "([a-z-]+)"`).FindAllStringSubmatch(string(source), -1) {
		written = append(written, "urn:devrev:scim:problem:"+match[1])
	}
	slices.Sort(written)
	d, _ := readDocument[document](t)
	if diff := cmp.Diff(slices.Compact(written), d.Components.Schemas.Problem.Properties.Type.Enum); diff != "" {
		t.Errorf("docs/api/tokend.yaml against problem.go (-written +documented):\n%s", diff)
	}
}

// TestTheDocumentNamesAllOfTheAudit compares it with what an entry, a head and a verification can have.
func TestTheDocumentNamesAllOfTheAudit(t *testing.T) {
	t.Parallel()
	d, _ := readDocument[schemas](t)
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

func TestTheDocumentRefersToWhatItHas(t *testing.T) {
	t.Parallel()
	whole, text := readDocument[map[string]any](t)
	references := regexp.MustCompile(`\$ref: "#/([^"]+)"`).FindAllStringSubmatch(text, -1)
	if len(references) < 20 {
		t.Errorf("only %d references were found", len(references))
	}
	for _, r := range references {
		var at any = whole
		for name := range strings.SplitSeq(r[1], "/") {
			members, _ := at.(map[string]any)
			at = members[name]
		}
		if at == nil {
			t.Errorf("#/%s is referred to and not there", r[1])
		}
	}
}
