package telemetry

import (
	"regexp"
	"strings"
	"testing"
)

// maxSeries is how many lines a process may have on its metrics page.
const maxSeries = 500

// TestSeriesStayFew counts them after thousands of organisations, paths and methods, on all routes.
func TestSeriesStayFew(t *testing.T) {
	for process, page := range observe(t).plain {
		byName, total := map[string]int{}, 0
		for line := range strings.Lines(page) {
			if strings.HasPrefix(line, "#") {
				continue
			}
			name, _, _ := strings.Cut(line, "{")
			name, _, _ = strings.Cut(name, " ")
			byName[name]++
			total++
			if strings.Contains(line, "otel_metric_overflow") || organisationLabel.MatchString(line) {
				t.Errorf("%s: this series should not be there: %s", process, line)
			}
		}
		if total > maxSeries {
			t.Errorf("%s: %d series, want at most %d: %v", process, total, maxSeries, byName)
		}
		t.Logf("%s: %d series of %d metrics", process, total, len(byName))
	}
}

// organisationLabel finds an organisation of the scene as the value of a label.
var organisationLabel = regexp.MustCompile(`="(org-\d+|first|second)"`)

var (
	busy     = regexp.MustCompile(`(?m)^http_server_request_duration_seconds_count\{.*http_route="([^"]+)".*\} (\d\d+)`)
	exemplar = regexp.MustCompile(`(?m)^http_server_request_duration_seconds_bucket\{.*http_route="([^"]+)".*\} \d+ # \{.*trace_id="([0-9a-f]{32})"`)
)

// TestExemplarsLeadToTraces finds for each route that was asked for ten times or more an exemplar,
// and its trace.
func TestExemplarsLeadToTraces(t *testing.T) {
	s := observe(t)
	traces, routes := s.collector.byTrace(), 0
	for process, page := range s.pages {
		led := map[string]bool{}
		for _, match := range exemplar.FindAllStringSubmatch(page, -1) {
			if len(traces[match[2]]) > 0 {
				led[match[1]] = true
			} else {
				t.Errorf("an exemplar of %s leads to %s, which was not exported", match[1], match[2])
			}
		}
		for _, match := range busy.FindAllStringSubmatch(page, -1) {
			routes++
			if !led[match[1]] {
				t.Errorf("%s: no exemplar of %s leads to a trace", process, match[1])
			}
		}
	}
	if routes == 0 {
		t.Error("no route was busy")
	}
	t.Logf("%d busy routes, by method and status", routes)
}
