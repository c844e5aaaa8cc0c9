package telemetry_test

import (
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/devrev/scim/libs/telemetry"
	"github.com/devrev/scim/libs/telemetry/telemetrytest"
)

func TestMetricsPage(t *testing.T) {
	tel, _ := telemetrytest.Start(t, new(page))
	m, ctx := tel.Metrics(), t.Context()
	m.RequestDuration(ctx, "GET", "/scim/v2/Users/:id", 404, 40*time.Millisecond)
	m.RequestDuration(ctx, "PUT", "/scim/v2/Users/:id", 503, 2*time.Second)
	m.Refusals(ctx, "uniqueness")
	m.StoreDuration(ctx, "findAndModify", "", time.Millisecond)
	m.StoreDuration(ctx, "find", "timeout", time.Second)
	m.RedisDuration(ctx, "HMGET", "", time.Millisecond)
	m.TokenVerifications(ctx, "accepted", "store")
	m.TokenEvents(ctx, "feed_lost")
	m.TokensExpiring(ctx, "7d", 3)
	m.TokensExpiring(ctx, "7d", 2)
	m.Coercions(ctx, "capital_op")
	m.Outcomes(ctx, "created")
	m.Guard(ctx, "counted", 3)
	m.MemberDelta(ctx, 50)
	m.RateDecisions(ctx, "limited", "shared")
	m.Connections(telemetry.Redis, func() telemetry.Pool { return telemetry.Pool{Idle: 3, Used: 2, Max: 10} })
	m.QueueLength("usage", func() int { return 4 })
	m.QueueLength("tally", func() int { return 5 })
	m.FeedAge(func() time.Duration { return 1500 * time.Millisecond })

	text := telemetrytest.Scrape(t, tel)
	for _, want := range []string{
		`http_server_request_duration_seconds_bucket{http_request_method="GET",http_response_status_class="ok",http_route="/scim/v2/Users/:id",le="0.1"} 1`,
		`http_server_request_duration_seconds_count{http_request_method="PUT",http_response_status_class="5xx",http_route="/scim/v2/Users/:id"} 1`,
		`scim_refusals_total{error_type="uniqueness"} 1`,
		`db_client_operation_duration_seconds_count{db_operation_name="findAndModify",db_system_name="mongodb"} 1`,
		`db_client_operation_duration_seconds_count{db_operation_name="find",db_system_name="mongodb",error_type="timeout"} 1`,
		`db_client_operation_duration_seconds_count{db_operation_name="HMGET",db_system_name="redis"} 1`,
		`scim_token_verifications_total{outcome="accepted",source="store"} 1`,
		`scim_token_events_total{kind="feed_lost"} 1`,
		`scim_tokens_expiring{within="7d"} 2`,
		`scim_coercions_total{kind="capital_op"} 1`,
		`scim_outcomes_total{kind="created"} 1`,
		`scim_guard_total{outcome="counted"} 3`,
		`scim_group_member_delta_bucket{le="100"} 1`,
		`scim_rate_decisions_total{by="shared",outcome="limited"} 1`,
		`db_client_connection_count{db_system_name="redis",state="idle"} 3`,
		`db_client_connection_count{db_system_name="redis",state="used"} 2`,
		`db_client_connection_max{db_system_name="redis"} 10`,
		`scim_queue_length{queue="usage"} 4`,
		`scim_queue_length{queue="tally"} 5`,
		`scim_feed_age_seconds 1.5`,
		"go_goroutine_count",
		"target_info{",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	if t.Failed() {
		t.Log(text)
	}
}

func TestExemplarLeadsFromAHistogramToATrace(t *testing.T) {
	tel, _ := telemetrytest.Start(t, new(page))
	ctx, span := tel.Tracer().Start(t.Context(), "GET /Users")
	tel.Metrics().RequestDuration(ctx, "GET", "/Users", 200, time.Millisecond)
	span.End()

	w, r := httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), "GET", "/metrics", nil)
	r.Header.Set("Accept", "application/openmetrics-text;version=1.0.0")
	tel.MetricsHandler().ServeHTTP(w, r)
	if want := `trace_id="` + span.SpanContext().TraceID().String() + `"`; !strings.Contains(w.Body.String(), want) {
		t.Errorf("no exemplar %s on the OpenMetrics page", want)
	}
}

func TestLabelsStayClosedUnderHostileTraffic(t *testing.T) {
	tel, _ := telemetrytest.Start(t, new(page))
	methods := []string{"GET", "POST", "PUT", "PATCH", "DELETE", "_OTHER"}
	for i := range 1_000 {
		tel.Metrics().RequestDuration(t.Context(), methods[i%len(methods)], "", 404, time.Millisecond)
	}
	text := telemetrytest.Scrape(t, tel)
	series := regexp.MustCompile(`(?m)^http_server_request_duration_seconds_count\{.*$`).FindAllString(text, -1)
	want := []string{`http_server_request_duration_seconds_count{http_request_method="_OTHER",http_response_status_class="ok",http_route="unmatched"} 1000`}
	if !slices.Equal(series, want) {
		t.Errorf("unmatched routes are %d series, want 1:\n%s", len(series), strings.Join(series, "\n"))
	}
	if strings.Contains(text, "otel_metric_overflow") {
		t.Error("a metric overflowed")
	}
}
