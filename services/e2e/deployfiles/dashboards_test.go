package deployfiles

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
	"gotest.tools/v3/assert"
)

// dashboard is what a test wants to know of a file of deploy/grafana/dashboards.
type dashboard struct {
	UID        string
	Title      string
	Templating struct {
		List []struct{ Name, Type, Query string }
	}
	Panels []panel
}

type panel struct {
	ID         int
	Type       string
	Title      string
	Datasource source
	GridPos    struct{ X, Y, W, H int }
	Targets    []struct {
		Datasource source
		Expr       string // of Prometheus and Loki
		Query      string // of Tempo
	}
}

type source struct{ UID string }

func dashboards(t *testing.T) (all []dashboard) {
	t.Helper()
	for _, path := range glob(t, "deploy/grafana/dashboards/*.json") {
		text, err := os.ReadFile(path)
		assert.NilError(t, err)
		var d dashboard
		if err := json.Unmarshal(text, &d); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		all = append(all, d)
	}
	return all
}

// filled is an expression with values for what Grafana fills in.
func filled(expr string) string {
	return strings.NewReplacer("$job", "scimd", "$__rate_interval", "5m", "$__range", "1h").Replace(expr)
}

func TestDashboardsAreDistinctAndTheirPanelsDoNotOverlap(t *testing.T) {
	t.Parallel()
	uids, titles := map[string]bool{}, map[string]bool{}
	for _, d := range dashboards(t) {
		if d.UID == "" || uids[d.UID] || titles[d.Title] {
			t.Errorf("%s: uid %q or title is not its own", d.Title, d.UID)
		}
		uids[d.UID], titles[d.Title] = true, true
		ids, names, cells := map[int]bool{}, map[string]bool{}, map[[2]int]string{}
		for _, p := range d.Panels {
			if ids[p.ID] || names[p.Title] {
				t.Errorf("%s: id or title of %q is not its own", d.Title, p.Title)
			}
			ids[p.ID], names[p.Title] = true, true
			if len(p.Targets) == 0 && p.Type != "row" {
				t.Errorf("%s: %q shows nothing", d.Title, p.Title)
			}
			for x := p.GridPos.X; x < p.GridPos.X+p.GridPos.W; x++ {
				for y := p.GridPos.Y; y < p.GridPos.Y+p.GridPos.H; y++ {
					if other := cells[[2]int{x, y}]; other != "" || x >= 24 {
						t.Fatalf("%s: %q lies on %q, or beyond the edge", d.Title, p.Title, other)
					}
					cells[[2]int{x, y}] = p.Title
				}
			}
		}
	}
}

// TestDashboardsAskOnlyForWhatThereIs reads each query: of Prometheus metrics and labels, of Tempo
// attributes that the collector lets through, of Loki fields that it lets through. promtool parses
// those of Prometheus once more, as rules.
func TestDashboardsAskOnlyForWhatThereIs(t *testing.T) {
	t.Parallel()
	names := recorded(t)
	processors := collectorConfigOf(t).Processors
	attributes, fields := processors["redaction/spans"].AllowedKeys, append(processors["redaction/logs"].AllowedKeys, "service_name", "trace_id")
	attribute := regexp.MustCompile(`(?:span|resource)\.([a-z_.]+)`)
	field := regexp.MustCompile(`(\w+) *(?:=~|!=|>=|=|>)`)
	group := regexp.MustCompile(`by \(([^)]*)\)`)
	var asRules []rule
	for _, d := range dashboards(t) {
		for _, p := range d.Panels {
			where := d.Title + ": " + p.Title
			for _, target := range p.Targets {
				switch target.Datasource.UID {
				case "prometheus":
					checkExpression(t, where, filled(target.Expr), names)
					asRules = append(asRules, rule{Record: "panel", Expr: filled(target.Expr)})
				case "tempo":
					found := attribute.FindAllStringSubmatch(target.Query, -1)
					if len(found) == 0 {
						t.Errorf("%s names no attribute", where)
					}
					for _, name := range found {
						if !slices.Contains(attributes, name[1]) {
							t.Errorf("%s: spans have no %s", where, name[1])
						}
					}
				case "loki":
					asked := field.FindAllStringSubmatch(target.Expr, -1)
					for _, list := range group.FindAllStringSubmatch(target.Expr, -1) {
						for name := range strings.SplitSeq(list[1], ", ") {
							asked = append(asked, []string{"", name})
						}
					}
					for _, name := range asked {
						if !slices.Contains(fields, name[1]) {
							t.Errorf("%s: log lines have no %s", where, name[1])
						}
					}
				default:
					t.Errorf("%s asks %q, which deploy/grafana/provisioning does not have", where, target.Datasource.UID)
				}
			}
		}
	}
	parse(t, asRules)
}

// parse has promtool read the rules.
func parse(t *testing.T, rules []rule) {
	t.Helper()
	type entry struct {
		Record, Expr string
	}
	var entries []entry
	for _, r := range rules {
		entries = append(entries, entry{r.Record, r.Expr})
	}
	text, err := yaml.Marshal(map[string]any{"groups": []any{map[string]any{"name": "panels", "rules": entries}}})
	assert.NilError(t, err)
	path := filepath.Join(t.TempDir(), "panels.yaml")
	assert.NilError(t, os.WriteFile(path, text, 0o600))
	promtool(t, "check", "rules", "--lint=none", path)
}

// TestOrganisationIsAskedOfLogsAndTracesOnly: it is in no metric, and the page of one organisation
// shows no other's.
func TestOrganisationIsAskedOfLogsAndTracesOnly(t *testing.T) {
	t.Parallel()
	found := false
	for _, d := range dashboards(t) {
		if d.UID != "scim-organisation" {
			continue
		}
		found = true
		for _, p := range d.Panels {
			for _, target := range p.Targets {
				if target.Datasource.UID == "prometheus" || !strings.Contains(target.Expr+target.Query, `organisation`) || strings.Count(target.Expr+target.Query, `"$organisation"`) == 0 {
					t.Errorf("%q does not ask for the organisation alone", p.Title)
				}
			}
		}
	}
	if !found {
		t.Error("there is no dashboard scim-organisation")
	}
}

// TestPanelsOfTheRunbooksAreThere finds "panel *Latency by route* of *SCIM service*" in runbooks.
func TestPanelsOfTheRunbooksAreThere(t *testing.T) {
	t.Parallel()
	panels := map[string]bool{}
	for _, d := range dashboards(t) {
		panels[d.Title] = true
		for _, p := range d.Panels {
			panels[p.Title] = true
		}
	}
	mention := regexp.MustCompile(`(?:[Pp]anels?|and|of|[Dd]ashboard) \*([A-Z][^*]+)\*`)
	n := 0
	for _, path := range glob(t, "docs/runbooks/*.md") {
		text, err := os.ReadFile(path)
		assert.NilError(t, err)
		for _, name := range mention.FindAllStringSubmatch(string(text), -1) {
			n++
			if !panels[name[1]] {
				t.Errorf("%s: there is no panel or dashboard %q", filepath.Base(path), name[1])
			}
		}
	}
	if n < 10 {
		t.Errorf("%d panels are mentioned, fewer than 10", n)
	}
}
