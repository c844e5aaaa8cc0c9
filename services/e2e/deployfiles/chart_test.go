package deployfiles

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"gotest.tools/v3/assert"
)

const (
	chart             = "deploy/kubernetes/chart"
	kubernetesVersion = "1.34.0" // of the schemas, see the Makefile
)

// built returns the path that is in the variable, of something that a target of the Makefile has
// built, and skips the test without it.
func built(t *testing.T, variable string) string {
	t.Helper()
	path := os.Getenv(variable)
	if path == "" {
		t.Skipf("no %s; `make test-manifests` and `make test-alertmanager` build what they need", variable)
	}
	return path
}

func helm(t *testing.T, args ...string) (stdout, stderr string, err error) {
	t.Helper()
	var out, errs strings.Builder
	cmd := exec.CommandContext(t.Context(), built(t, "HELM"), args...)
	cmd.Stdout, cmd.Stderr = &out, &errs
	err = cmd.Run()
	return out.String(), errs.String(), err
}

func template(t *testing.T, args ...string) (stdout, stderr string, err error) {
	t.Helper()
	return helm(t, append([]string{
		"template", "devrev-scim", filepath.Join(root, chart), "--namespace", "devrev-scim", "--kube-version", kubernetesVersion,
	}, args...)...)
}

func TestManifestsChartHasNoFault(t *testing.T) {
	if out, errs, err := helm(t, "lint", "--strict", filepath.Join(root, chart)); err != nil {
		t.Errorf("%v\n%s%s", err, out, errs)
	}
}

func TestManifestsAreThoseOfTheChart(t *testing.T) {
	rendered, errs, err := template(t)
	if err != nil {
		t.Fatalf("%v\n%s", err, errs)
	}
	committed, err := os.ReadFile(filepath.Join(root, manifests))
	assert.NilError(t, err)
	if rendered != string(committed) {
		t.Errorf("the chart renders other manifests than %s: run `make manifests`", manifests)
	}
}

// TestManifestsValuesAreChecked: the schema refuses a value of another type or form, with its name.
func TestManifestsValuesAreChecked(t *testing.T) {
	for rule, wrong := range map[string][]string{ // the argument, and what the refusal names
		"a number is one":                      {"scimd.replicas=many", "/scimd/replicas"},
		"one process is too few":               {"tokend.replicas=1", "/tokend/replicas"},
		"memory is a number of MiB":            {"scimd.memoryMiB=512Mi", "/scimd/memoryMiB"},
		"a delay is seconds":                   {"drainDelaySeconds=5s", "/drainDelaySeconds"},
		"a host is not a URL":                  {"publicHost=https://scim.example.com", "/publicHost"},
		"an issuer is a URL":                   {"oidc.issuer=login.example.com", "/oidc/issuer"},
		"an issuer is needed":                  {"oidc.issuer=null", "/oidc"},
		"proxies are a list":                   {"trustedProxies=10.0.0.0/8", "/trustedProxies"},
		"a pull policy is one of Kubernetes'":  {"image.pullPolicy=Sometimes", "/image/pullPolicy"},
		"a misspelt value is refused":          {"scimd.replica=3", "replica"},
		"a variable has the name of one":       {"scimd.env.rate=9", "/scimd/env"},
		"a database has a name for MongoDB":    {"mongodbDatabase=dev/rev", "/mongodbDatabase"},
		"the collector's address is a URL":     {"telemetry.endpoint=collector:4318", "/telemetry/endpoint"},
		"TLS is on or off":                     {"tls=perhaps", "/tls"},
		"a namespace is a name, not a pattern": {"namespaces.prometheus=*", "/namespaces/prometheus"},
	} {
		_, errs, err := template(t, "--set", wrong[0])
		if err == nil || !strings.Contains(errs, wrong[1]) {
			t.Errorf("%s: %s gives %v, want a refusal that names %s\n%s", rule, wrong[0], err, wrong[1], errs)
		}
	}
}

// TestManifestsKeepTheSchemas: kubeconform takes what the chart renders, of its own values and of
// others, and refuses a field that does not exist.
func TestManifestsKeepTheSchemas(t *testing.T) {
	kubeconform, schemas := built(t, "KUBECONFORM"), built(t, "KUBERNETES_SCHEMAS")
	check := func(rendered string) (string, error) {
		cmd := exec.CommandContext(t.Context(), kubeconform, "-strict", "-summary", "-kubernetes-version", kubernetesVersion,
			"-schema-location", schemas+"/{{.ResourceKind}}{{.KindSuffix}}.json")
		cmd.Stdin = strings.NewReader(rendered)
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	for _, values := range [][]string{
		nil,
		{"--set", "tls=true"},
		{"--set", "telemetry.endpoint=http://collector:4318,scimd.maxReplicas=null,consoled.maxReplicas=5,drainDelaySeconds=0", "--set-string", "scimd.env.SCIMD_RATE=100"},
	} {
		rendered, errs, err := template(t, values...)
		if err != nil {
			t.Fatalf("%v\n%s", err, errs)
		}
		if out, err := check(rendered); err != nil {
			t.Errorf("%q: %v\n%s", values, err, out)
		}
		if out, err := check(strings.ReplaceAll(rendered, "readinessProbe:", "readynessProbe:")); err == nil || !strings.Contains(out, "readynessProbe") {
			t.Errorf("a misspelt field is taken: %v\n%s", err, out)
		}
		if _, err := check(strings.ReplaceAll(rendered, "periodSeconds: 10", `periodSeconds: "10"`)); err == nil {
			t.Error("a text is taken for a number")
		}
	}
}

// TestManifestsWithTLS: with tls=true each program gets its certificate, and what calls it uses
// TLS.
func TestManifestsWithTLS(t *testing.T) {
	rendered, errs, err := template(t, "--set", "tls=true")
	if err != nil {
		t.Fatalf("%v\n%s", err, errs)
	}
	all := parseManifests(t, strings.NewReader(rendered))
	for name, p := range programs {
		pod := all.need(t, "Deployment", name).at("spec", "template", "spec")
		container := pod.at("containers", 0)
		if mount, volume := container.at("volumeMounts", 1), pod.at("volumes", 1); mount.text("name") != volume.text("name") || volume.at("secret").text("secretName") != name+"-tls" {
			t.Errorf("%s mounts %v of %v", name, mount.value, volume.value)
		}
		files := 0
		for _, v := range container.at("env").list() {
			if !p.reads(v.text("name")) {
				t.Errorf("%s does not read %s", name, v.text("name"))
			}
			if strings.HasPrefix(v.text("value"), container.at("volumeMounts", 1).text("mountPath")+"/") {
				files++
			}
			if strings.HasPrefix(v.text("name"), "CONSOLE_") && strings.Contains(v.text("value"), "http://") {
				t.Errorf("%s calls %s", name, v.text("value"))
			}
		}
		if want := map[bool]int{true: 3, false: 4}[name == "consoled"]; files != want {
			t.Errorf("%s is told of %d files of TLS, want %d", name, files, want)
		}
		for _, probe := range []string{"startupProbe", "livenessProbe", "readinessProbe"} {
			if container.at(probe, "httpGet").text("scheme") != "HTTPS" {
				t.Errorf("%s: the %s is in plain text", name, probe)
			}
		}
	}
}
