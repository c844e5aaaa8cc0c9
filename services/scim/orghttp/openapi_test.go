package orghttp_test

import (
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"
	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"

	"github.com/devrev/scim/services/scim/orghttp"
)

const document = "../../../docs/api/scimd.yaml"

// parameter is a parameter of a path as gin writes it.
var parameter = regexp.MustCompile(`:([a-z]+)`)

func readDocument(t *testing.T, into any) string {
	t.Helper()
	text, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(text, into); err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestTheDocumentHasTheRoutesAndTheRoutesTheDocument(t *testing.T) {
	t.Parallel()
	var d struct {
		Servers []struct {
			URL string `yaml:"url"`
		} `yaml:"servers"`
		Paths map[string]map[string]yaml.Node `yaml:"paths"`
	}
	readDocument(t, &d)
	prefix := parameter.ReplaceAllString(orghttp.Prefix, "{$1}")
	if len(d.Servers) != 1 || d.Servers[0].URL != prefix {
		t.Fatalf("servers %v, want %s", d.Servers, prefix)
	}
	var documented, served []string
	for path, item := range d.Paths {
		for method := range item {
			if method != "parameters" {
				documented = append(documented, strings.ToUpper(method)+" "+prefix+path)
			}
		}
	}
	engine := gin.New()
	orghttp.Register(engine, orghttp.Deps{})
	for _, r := range engine.Routes() {
		served = append(served, r.Method+" "+parameter.ReplaceAllString(r.Path, "{$1}"))
	}
	slices.Sort(documented)
	slices.Sort(served)
	if diff := cmp.Diff(served, documented); diff != "" {
		t.Errorf("%s against the routes (-served +documented):\n%s", document, diff)
	}
}

func TestTheDocumentHasTheQueryParametersOfEachRoute(t *testing.T) {
	t.Parallel()
	type asked struct {
		Name string `yaml:"name"`
		In   string `yaml:"in"`
		Ref  string `yaml:"$ref"`
	}
	var d struct {
		Paths map[string]struct {
			Get struct {
				Parameters []asked `yaml:"parameters"`
			} `yaml:"get"`
		} `yaml:"paths"`
		Components struct {
			Parameters map[string]asked `yaml:"parameters"`
		} `yaml:"components"`
	}
	readDocument(t, &d)
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
	for path, names := range orghttp.Parameters {
		known[parameter.ReplaceAllString(path, "{$1}")] = slices.Sorted(slices.Values(names))
	}
	maps.DeleteFunc(documented, func(_ string, names []string) bool { return len(names) == 0 })
	if diff := cmp.Diff(known, documented); diff != "" {
		t.Errorf("%s against the parameters (-known +documented):\n%s", document, diff)
	}
}

func TestTheDocumentRefersToWhatItHas(t *testing.T) {
	t.Parallel()
	var whole map[string]any
	text := readDocument(t, &whole)
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
