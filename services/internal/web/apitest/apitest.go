// Package apitest holds DevRev's API to the documents of docs/api: one check of both of its
// handlers.
package apitest

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
	"gotest.tools/v3/assert"
)

// API is what is served.
type API struct {
	Prefix     string // of all routes, as gin writes it
	Routes     gin.RoutesInfo
	Parameters map[string][]string // query parameters, by the route without Prefix
}

// parameter is a parameter of a path as gin writes it.
var parameter = regexp.MustCompile(`:([a-z]+)`)

// documented returns a path as OpenAPI writes it.
func documented(path string) string { return parameter.ReplaceAllString(path, "{$1}") }

type asked struct {
	Name string `yaml:"name"`
	In   string `yaml:"in"`
	Ref  string `yaml:"$ref"`
}

// document is the part of OpenAPI that is compared with what is served.
type document struct {
	Servers []struct {
		URL string `yaml:"url"`
	} `yaml:"servers"`
	Paths      map[string]map[string]yaml.Node `yaml:"paths"`
	Components struct {
		Parameters map[string]asked `yaml:"parameters"`
	} `yaml:"components"`
}

// Read reads the document at path into into, and returns its text.
func Read(t *testing.T, path string, into any) string {
	t.Helper()
	text, err := os.ReadFile(path)
	assert.NilError(t, err)
	assert.NilError(t, yaml.Unmarshal(text, into))
	return string(text)
}

// Check checks that the document at path has the routes and the query parameters that are served
// and no others, and refers to nothing that it lacks.
func Check(t *testing.T, path string, served API) {
	t.Helper()
	var d document
	text := Read(t, path, &d)
	if prefix := documented(served.Prefix); len(d.Servers) != 1 || d.Servers[0].URL != prefix {
		t.Fatalf("servers %v, want %s", d.Servers, prefix)
	}
	t.Run("it has the routes", func(t *testing.T) {
		t.Parallel()
		var routes []string
		for _, r := range served.Routes {
			routes = append(routes, r.Method+" "+documented(strings.TrimPrefix(r.Path, served.Prefix)))
		}
		slices.Sort(routes)
		if diff := cmp.Diff(routes, d.routes()); diff != "" {
			t.Errorf("%s against the routes (-served +documented):\n%s", path, diff)
		}
	})
	t.Run("it has the query parameters of each route", func(t *testing.T) {
		t.Parallel()
		known := map[string][]string{}
		for route, names := range served.Parameters {
			known[documented(route)] = slices.Sorted(slices.Values(names))
		}
		if diff := cmp.Diff(known, d.queries(t)); diff != "" {
			t.Errorf("%s against the parameters (-known +documented):\n%s", path, diff)
		}
	})
	t.Run("it refers to what it has", func(t *testing.T) {
		t.Parallel()
		var whole map[string]any
		Read(t, path, &whole)
		checkReferences(t, text, whole)
	})
}

// routes returns each method with its path, sorted.
func (d document) routes() (routes []string) {
	for path, item := range d.Paths {
		for method := range item {
			if method != "parameters" {
				routes = append(routes, strings.ToUpper(method)+" "+path)
			}
		}
	}
	slices.Sort(routes)
	return routes
}

// queries returns the names of the query parameters of each GET that has any, sorted.
func (d document) queries(t *testing.T) map[string][]string {
	t.Helper()
	all := map[string][]string{}
	for path, item := range d.Paths {
		var get struct {
			Parameters []asked `yaml:"parameters"`
		}
		if node, ok := item["get"]; ok {
			assert.NilError(t, node.Decode(&get))
		}
		for _, p := range get.Parameters {
			if name, ok := strings.CutPrefix(p.Ref, "#/components/parameters/"); ok {
				p = d.Components.Parameters[name]
			}
			if p.In == "query" {
				all[path] = append(all[path], p.Name)
			}
		}
		slices.Sort(all[path])
	}
	maps.DeleteFunc(all, func(_ string, names []string) bool { return len(names) == 0 })
	return all
}

func checkReferences(t *testing.T, text string, whole map[string]any) {
	t.Helper()
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
