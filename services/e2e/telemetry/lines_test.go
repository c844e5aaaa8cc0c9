package telemetry

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode"
)

// TestEachRequestIsOneLine compares what was answered with what was logged, on standard error and
// as exported. The scene has requests that try to forge lines.
func TestEachRequestIsOneLine(t *testing.T) {
	s := observe(t)
	lines, exported := map[string]int{}, map[string]int{}
	for line := range strings.Lines(s.log) {
		var fields map[string]any
		if err := json.Unmarshal([]byte(line), &fields); err != nil {
			t.Errorf("this line is no JSON: %s", line)
			continue
		}
		if strings.IndexFunc(strings.TrimSuffix(line, "\n"), func(r rune) bool { return !unicode.IsPrint(r) }) >= 0 || fields["forged"] != nil {
			t.Errorf("this line is not only ours: %q", line)
		}
		if id, ok := fields["request_id"].(string); ok && fields["msg"] == "request" {
			lines[id]++
			if fields["trace_id"] == nil || fields["span_id"] == nil || fields["status"] == nil || fields["route"] == nil || fields["duration_ms"] == nil || fields["client"] == nil {
				t.Errorf("this line lacks something: %s", line)
			}
		}
	}
	for _, record := range s.collector.logs {
		if record.GetBody().GetStringValue() == "request" {
			exported[attributes(record.GetAttributes())["request_id"]]++
		}
	}
	answers := s.answers()
	for _, a := range answers {
		if lines[a.request] != 1 || exported[a.request] != 1 {
			t.Errorf("the request %s has %d lines and %d exported records, want one each", a.request, lines[a.request], exported[a.request])
		}
	}
	t.Logf("%d requests, %d lines of requests, %d exported", len(answers), len(lines), len(exported))
}
