package deployfiles

import (
	"context"
	"io"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/devrev/scim/libs/telemetry"
	"github.com/devrev/scim/libs/telemetry/telemetrytest"
)

// known are the metrics of the operations ports with their labels, without those that every series
// has from its scrape. A histogram stands here once; its parts end in _bucket, _sum and _count.
var known = map[string][]string{
	"http_server_request_duration_seconds": {"http_request_method", "http_route", "http_response_status_class"},
	"db_client_operation_duration_seconds": {"db_system_name", "db_operation_name", "error_type"},
	"db_client_connection_count":           {"db_system_name", "state"},
	"db_client_connection_max":             {"db_system_name"},
	"db_client_connection_utilization":     {"db_system_name"},
	"scim_dependency_up":                   {"check"},
	"scim_build_info":                      {"version", "revision"},
	"scim_token_verifications_total":       {"outcome", "source"},
	"scim_token_events_total":              {"kind"},
	"scim_tokens_expiring":                 {"within"},
	"scim_feed_age_seconds":                nil,
	"scim_reconcile_age_seconds":           nil,
	"scim_rate_decisions_total":            {"outcome", "by"},
	"scim_refusals_total":                  {"error_type"},
	"scim_outcomes_total":                  {"kind"},
	"scim_guard_total":                     {"outcome"},
	"scim_coercions_total":                 {"kind"},
	"scim_group_member_delta":              nil,
	"scim_queue_length":                    {"queue"},
	"scim_telemetry_spans_total":           {"state"},
	"scim_telemetry_failures_total":        nil,
	"go_goroutine_count":                   nil,
	"go_memory_used_bytes":                 {"go_memory_type"},
	"go_memory_allocated_bytes_total":      nil,
	"go_memory_allocations_total":          nil,
	"go_memory_gc_goal_bytes":              nil,
	"go_config_gogc_percent":               nil,
	"go_processor_limit":                   nil,
	"up":                                   nil,
	"ALERTS":                               {"alertname", "alertstate", "severity"},
}

// scraped are the labels that Prometheus adds to every series.
var scraped = []string{"job", "instance"}

// labelsOf returns the labels of a series called name; false if there is none.
func labelsOf(name string) ([]string, bool) {
	for _, part := range []string{"_bucket", "_sum", "_count", ""} {
		labels, ok := known[strings.TrimSuffix(name, part)]
		if !ok || !strings.HasSuffix(name, part) {
			continue
		}
		if part == "_bucket" {
			labels = append(slices.Clone(labels), "le")
		}
		return append(slices.Clone(labels), scraped...), true
	}
	return nil, false
}

// TestKnownMetricsAreWhatTelemetryReports calls every instrument, also one that is added tomorrow,
// and compares the page with known.
func TestKnownMetricsAreWhatTelemetryReports(t *testing.T) {
	tel, _ := telemetrytest.Start(t, io.Discard)
	record(t, tel.Metrics())
	page := telemetrytest.Scrape(t, tel)
	series := regexp.MustCompile(`(?m)^(\w+)(?:\{(.*)\})? \S+$`)
	label := regexp.MustCompile(`(\w+)="`)
	lines := series.FindAllStringSubmatch(page, -1)
	if len(lines) == 0 {
		t.Fatalf("no series on the page:\n%s", page)
	}
	for _, line := range lines {
		if line[1] == "target_info" { // the resource
			continue
		}
		labels, ok := labelsOf(line[1])
		if !ok {
			t.Errorf("%s is on the page, and not known here", line[1])
			continue
		}
		for _, found := range label.FindAllStringSubmatch(line[2], -1) {
			if !slices.Contains(labels, found[1]) {
				t.Errorf("%s has the label %s on the page, and not here", line[1], found[1])
			}
		}
	}
}

// record calls each method of metrics that records something.
func record(t *testing.T, metrics *telemetry.Metrics) {
	t.Helper()
	arguments := map[reflect.Type]any{
		reflect.TypeFor[context.Context](): t.Context(), reflect.TypeFor[string](): "x", reflect.TypeFor[int](): 200, reflect.TypeFor[time.Duration](): time.Millisecond,
	}
	of := reflect.ValueOf(metrics)
	for i := range of.NumMethod() {
		method := of.Method(i)
		if method.Type().NumIn() == 0 || method.Type().In(0) != reflect.TypeFor[context.Context]() {
			continue // it observes what it is given a function for
		}
		var in []reflect.Value
		for j := range method.Type().NumIn() {
			argument, ok := arguments[method.Type().In(j)]
			if !ok {
				t.Fatalf("this test has no %s to call %s with", method.Type().In(j), of.Type().Method(i).Name)
			}
			in = append(in, reflect.ValueOf(argument))
		}
		method.Call(in)
	}
}
