package deployfiles

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"gotest.tools/v3/assert"
)

// ruleFile is a file of deploy/prometheus/rules.
type ruleFile struct {
	Groups []struct {
		Name  string
		Rules []rule
	}
}

// rule either records or alerts.
type rule struct {
	Record      string
	Alert       string
	Expr        string
	For         string
	Labels      map[string]string
	Annotations map[string]string
}

func rules(t *testing.T) (all []rule) {
	t.Helper()
	for _, path := range glob(t, "deploy/prometheus/rules/*.yaml") {
		var file ruleFile
		readYAML(t, path, &file)
		for _, group := range file.Groups {
			all = append(all, group.Rules...)
		}
	}
	return all
}

func alerts(t *testing.T) map[string]rule {
	t.Helper()
	all := map[string]rule{}
	for _, r := range rules(t) {
		if r.Alert == "" {
			continue
		}
		if _, twice := all[r.Alert]; twice {
			t.Errorf("two alerts are called %s", r.Alert)
		}
		all[r.Alert] = r
	}
	return all
}

func TestAlertSaysHowUrgentItIsAndWhatToDo(t *testing.T) {
	t.Parallel()
	camelCase := regexp.MustCompile(`^([A-Z][a-z]+)+$`)
	for name, alert := range alerts(t) {
		if !camelCase.MatchString(name) {
			t.Errorf("%s is not in CamelCase", name)
		}
		if severity := alert.Labels["severity"]; severity != "page" && severity != "ticket" {
			t.Errorf("%s: severity %q is neither page nor ticket", name, severity)
		}
		if summary := alert.Annotations["summary"]; !strings.HasSuffix(summary, ".") || len(summary) < 60 {
			t.Errorf("%s: the summary %q does not say what is and what to do", name, summary)
		}
		if got, want := alert.Annotations["runbook"], "docs/runbooks/"+name+".md"; got != want {
			t.Errorf("%s: the runbook is %q, want %q", name, got, want)
		}
	}
}

// chapters are what a runbook has, in this order.
var chapters = []string{"# ", "## What it means", "## How to see it", "## First steps", "## Causes, most likely first", "## What not to do", "## When to escalate"}

func TestEveryAlertHasARunbookAndEveryRunbookAnAlert(t *testing.T) {
	t.Parallel()
	alerts := alerts(t)
	for _, path := range glob(t, "docs/runbooks/*.md") {
		name := strings.TrimSuffix(filepath.Base(path), ".md")
		if name == "README" {
			continue
		}
		alert, ok := alerts[name]
		if !ok {
			t.Errorf("%s is of no alert", path)
			continue
		}
		delete(alerts, name)
		text, err := os.ReadFile(path)
		assert.NilError(t, err)
		rest := string(text)
		if first, _, _ := strings.Cut(rest, "\n"); first != "# "+name {
			t.Errorf("%s begins with %q", path, first)
		}
		if !strings.Contains(rest, "**"+strings.ToUpper(alert.Labels["severity"][:1])+alert.Labels["severity"][1:]+".**") {
			t.Errorf("%s does not say that it is a %s", path, alert.Labels["severity"])
		}
		for _, chapter := range chapters {
			at := strings.Index(rest, chapter)
			if at < 0 {
				t.Errorf("%s lacks %q, or has it in another order", path, chapter)
				break
			}
			rest = rest[at+len(chapter):]
		}
	}
	for name := range alerts {
		t.Errorf("%s has no runbook", name)
	}
}

// caseFile is a file of deploy/prometheus/tests.
type caseFile struct {
	RuleFiles          []string `yaml:"rule_files"`
	EvaluationInterval string   `yaml:"evaluation_interval"`
	Tests              []struct {
		Name        string
		Interval    string
		InputSeries []struct{ Series, Values string } `yaml:"input_series"`
		Expressions []struct {
			Expr     string
			EvalTime string `yaml:"eval_time"`
			Samples  []struct {
				Labels string
				Value  float64
			} `yaml:"exp_samples"`
		} `yaml:"promql_expr_test"`
	}
}

// TestEveryAlertHasCases wants of each alert a case in which it fires and three in which it stays
// silent, under names that say so.
func TestEveryAlertHasCases(t *testing.T) {
	t.Parallel()
	fires, silent := map[string]int{}, map[string]int{}
	names := map[string]bool{}
	about := regexp.MustCompile(`^(\w+) (fires|is silent): .`)
	for _, path := range glob(t, "deploy/prometheus/tests/*.yaml") {
		var file caseFile
		readYAML(t, path, &file)
		for _, c := range file.Tests {
			if names[c.Name] {
				t.Errorf("two cases are called %q", c.Name)
			}
			names[c.Name] = true
			said := about.FindStringSubmatch(c.Name)
			if said == nil || len(c.Expressions) != 1 || len(c.InputSeries) == 0 {
				t.Errorf("%q is not one alert's case with series and one question", c.Name)
				continue
			}
			question := c.Expressions[0]
			if want := `ALERTS{alertname="` + said[1] + `",alertstate="firing"}`; question.Expr != want {
				t.Errorf("%q asks for %s, want %s", c.Name, question.Expr, want)
			}
			if expects := len(question.Samples) > 0; expects != (said[2] == "fires") {
				t.Errorf("%q expects %d alerts", c.Name, len(question.Samples))
			}
			if said[2] == "fires" {
				fires[said[1]]++
			} else {
				silent[said[1]]++
			}
		}
	}
	alerts := alerts(t)
	for name := range alerts {
		if fires[name] < 1 || silent[name] < 3 {
			t.Errorf("%s fires in %d cases and is silent in %d, want 1 and 3 at least", name, fires[name], silent[name])
		}
	}
	for name := range fires {
		if _, ok := alerts[name]; !ok {
			t.Errorf("there are cases of %s, and no such alert", name)
		}
	}
}
