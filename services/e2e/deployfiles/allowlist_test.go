package deployfiles

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"
	"gotest.tools/v3/assert"
)

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, path))
	assert.NilError(t, err)
	return string(text)
}

// collectorConfig is what a test wants to know of deploy/otel-collector/config.yaml.
type collectorConfig struct {
	Receivers, Exporters, Extensions map[string]any
	Processors                       map[string]struct {
		AllowAllKeys  bool     `yaml:"allow_all_keys"`
		IgnoredKeys   []string `yaml:"ignored_keys"`
		AllowedKeys   []string `yaml:"allowed_keys"`
		BlockedValues []string `yaml:"blocked_values"`
		AllTypes      bool     `yaml:"redact_all_types"`
		Policies      []policy
		Other         map[string]any `yaml:",inline"`
	}
	Service struct {
		Pipelines map[string]struct{ Receivers, Processors, Exporters []string }
		Other     map[string]any `yaml:",inline"`
	}
}

// policy is one of tail sampling.
type policy struct {
	Name, Type string
	Settings   map[string]any `yaml:",inline"`
}

func collectorConfigOf(t *testing.T) (c collectorConfig) {
	t.Helper()
	readYAML(t, filepath.Join(root, "deploy/otel-collector/config.yaml"), &c)
	return c
}

// TestCollectorAllowsWhatTheProgramsTellAndNothingElse compares the lists of the configuration with
// the code: a new attribute has to be let through on purpose, and what is told no more is let
// through no more.
func TestCollectorAllowsWhatTheProgramsTellAndNothingElse(t *testing.T) {
	c := collectorConfigOf(t)
	resource := ofResource(t)
	for name, told := range map[string]map[string]bool{"redaction/spans": inCode(t), "redaction/logs": inLog(t)} {
		maps.Copy(told, resource)
		allowed := slices.Sorted(slices.Values(c.Processors[name].AllowedKeys))
		if diff := cmp.Diff(slices.Sorted(maps.Keys(told)), allowed); diff != "" {
			t.Errorf("%s (-told +allowed):\n%s", name, diff)
		}
		if p := c.Processors[name]; p.AllowAllKeys || len(p.IgnoredKeys) > 0 || !p.AllTypes {
			t.Errorf("%s has a way around its list", name)
		}
	}
}

func TestCollectorMasksSecretsInWhatItAllows(t *testing.T) {
	t.Parallel()
	c := collectorConfigOf(t)
	for _, name := range []string{"redaction/spans", "redaction/logs"} {
		for _, secret := range []string{mail, bearer, "Bearer " + canary, "bearer " + canary, jwt, connection} {
			if !blocks(t, c.Processors[name].BlockedValues, secret) {
				t.Errorf("%s lets %q through", name, secret)
			}
		}
		for _, public := range []string{
			shown, "/api/v1/organisations/:org/scim/tokens/:token", "timeout", "findAndModify", "mongo-0.mongo.svc", "/tmp/engine.sock",
			"revoked", "dial tcp 10.0.0.7:6379: connect: connection refused", "1 of 2 replicas have it",
		} {
			if blocks(t, c.Processors[name].BlockedValues, public) {
				t.Errorf("%s masks %q", name, public)
			}
		}
	}
}

func blocks(t *testing.T, patterns []string, text string) bool {
	t.Helper()
	return slices.ContainsFunc(patterns, func(pattern string) bool {
		return regexp.MustCompile(pattern).MatchString(text)
	})
}

// TestCollectorPipelines: memory first, nothing leaves unredacted, and what is kept is decided
// last.
func TestCollectorPipelines(t *testing.T) {
	t.Parallel()
	c := collectorConfigOf(t)
	want := map[string][]string{
		"traces":  {"memory_limiter", "redaction/spans", "transform/spans", "filter/foreign", "tail_sampling"},
		"logs":    {"memory_limiter", "redaction/logs"},
		"metrics": {"memory_limiter"},
	}
	got := map[string][]string{}
	for name, pipeline := range c.Service.Pipelines {
		got[name] = pipeline.Processors
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("processors (-want +got):\n%s", diff)
	}
	if got := c.Service.Pipelines["metrics"].Exporters; !slices.Equal(got, []string{"nop"}) {
		t.Errorf("metrics, which nobody redacts, go to %v", got)
	}
}

// TestCollectorPolicies: errors, slow requests and changes of tokens are kept whole, of refused
// requests so many a second, of the rest 5 %.
func TestCollectorPolicies(t *testing.T) {
	t.Parallel()
	var want []policy
	err := yaml.Unmarshal([]byte(`
- {name: errors, type: status_code, status_code: {status_codes: [ERROR]}}
- {name: slow, type: latency, latency: {threshold_ms: 500}}
- name: token-changes
  type: ottl_condition
  ottl_condition:
    error_mode: ignore
    span:
      - IsMatch(span.attributes["http.request.method"], "^(POST|PUT|PATCH|DELETE)$") and IsMatch(span.attributes["http.route"], "^(/leaks/github|/api/v1/organisations/:org(/scim(/.*)?)?)$")
- name: refused
  type: and
  and:
    and_sub_policy:
      - name: refused-by-an-organisations-rules
        type: ottl_condition
        ottl_condition:
          error_mode: ignore
          span:
            - span.attributes["scim.organisation"] != nil and span.attributes["http.response.status_code"] >= 400 and span.attributes["http.response.status_code"] < 500 and span.attributes["http.response.status_code"] != 429
      - {name: bounded, type: rate_limiting, rate_limiting: {spans_per_second: "${env:REFUSED_SPANS_PER_SECOND:-200}"}}
- name: refused-at-the-door
  type: and
  and:
    and_sub_policy:
      - name: unknown-or-too-many
        type: ottl_condition
        ottl_condition:
          error_mode: ignore
          span:
            - (span.attributes["scim.organisation"] == nil and span.attributes["http.response.status_code"] >= 400 and span.attributes["http.response.status_code"] < 500) or span.attributes["http.response.status_code"] == 429
      - {name: bounded, type: rate_limiting, rate_limiting: {spans_per_second: "${env:STRANGE_SPANS_PER_SECOND:-20}"}}
- {name: the-rest, type: probabilistic, probabilistic: {sampling_percentage: 5}}
`), &want)
	assert.NilError(t, err)
	if diff := cmp.Diff(want, collectorConfigOf(t).Processors["tail_sampling"].Policies); diff != "" {
		t.Errorf("policies (-want +got):\n%s", diff)
	}
}
