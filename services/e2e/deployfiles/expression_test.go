package deployfiles

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/VictoriaMetrics/metricsql"
	"gotest.tools/v3/assert"
)

// checkExpression fails t unless every series that expr reads is known, with labels that it has.
// recorded are those of rules.
func checkExpression(t *testing.T, where, expr string, recorded map[string][]string) {
	t.Helper()
	parsed, err := metricsql.Parse(expr)
	if err != nil {
		t.Errorf("%s: %v", where, err)
		return
	}
	var labels []string // of all series of the expression
	metricsql.VisitAll(parsed, func(e metricsql.Expr) {
		series, ok := e.(*metricsql.MetricExpr)
		if !ok {
			return
		}
		for _, filters := range series.LabelFilterss {
			if len(filters) == 0 || filters[0].Label != "__name__" {
				t.Errorf("%s: %s names no metric", where, series.AppendString(nil))
				continue
			}
			name := filters[0].Value
			has, ok := recorded[name]
			if !ok {
				has, ok = labelsOf(name)
			}
			if !ok {
				t.Errorf("%s: there is no metric %s", where, name)
				continue
			}
			labels = append(labels, has...)
			for _, filter := range filters[1:] {
				if !slices.Contains(has, filter.Label) {
					t.Errorf("%s: %s has no label %s", where, name, filter.Label)
				}
			}
		}
	})
	metricsql.VisitAll(parsed, func(e metricsql.Expr) {
		for _, label := range grouping(e) {
			if !slices.Contains(labels, label) {
				t.Errorf("%s: nothing in it has the label %s", where, label)
			}
		}
	})
}

// grouping returns the labels that e groups or joins by.
func grouping(e metricsql.Expr) []string {
	switch e := e.(type) {
	case *metricsql.AggrFuncExpr:
		return e.Modifier.Args
	case *metricsql.BinaryOpExpr:
		return append(slices.Clone(e.GroupModifier.Args), e.JoinModifier.Args...)
	default:
		return nil
	}
}

// recorded returns the labels of what the recording rules make: those of the first aggregation of
// each.
func recorded(t *testing.T) map[string][]string {
	t.Helper()
	labels := map[string][]string{}
	for _, r := range rules(t) {
		if r.Record == "" {
			continue
		}
		parsed, err := metricsql.Parse(r.Expr)
		if err != nil {
			t.Fatalf("%s: %v", r.Record, err)
		}
		metricsql.VisitAll(parsed, func(e metricsql.Expr) {
			if aggregate, ok := e.(*metricsql.AggrFuncExpr); ok && labels[r.Record] == nil {
				labels[r.Record] = aggregate.Modifier.Args
			}
		})
		if labels[r.Record] == nil {
			t.Errorf("%s aggregates nothing", r.Record)
		}
	}
	return labels
}

func TestRulesNameOnlyWhatThereIs(t *testing.T) {
	t.Parallel()
	names := recorded(t)
	for _, r := range rules(t) {
		checkExpression(t, r.Alert+r.Record, r.Expr, names)
	}
}

// TestQueriesOfTheDocumentsNameOnlyWhatThereIs reads each code span of the runbooks and of the page
// on objectives that speaks of a metric.
func TestQueriesOfTheDocumentsNameOnlyWhatThereIs(t *testing.T) {
	t.Parallel()
	names := recorded(t)
	code := regexp.MustCompile("`[^`\n]*\\b(?:http_server_|db_client_|scim_|up\\b)[^`\n]*`")
	queries := 0
	for _, path := range append(glob(t, "docs/runbooks/*.md"), glob(t, "docs/slo.md")...) {
		text, err := os.ReadFile(path)
		assert.NilError(t, err)
		for _, query := range code.FindAllString(string(text), -1) {
			queries++
			checkExpression(t, filepath.Base(path), strings.Trim(query, "`"), names)
		}
	}
	if queries < len(alerts(t)) {
		t.Errorf("%d queries in all, fewer than alerts", queries)
	}
}
