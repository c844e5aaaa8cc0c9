package deployfiles

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"
	"gotest.tools/v3/assert"

	"github.com/devrev/scim/services/console"
	"github.com/devrev/scim/services/internal/config"
	"github.com/devrev/scim/services/internal/service"
	"github.com/devrev/scim/services/internal/terms"
	"github.com/devrev/scim/services/scim/limits"
	"github.com/devrev/scim/services/token/tokenhttp"
)

// manifests is the file that `make manifests` renders of the chart and its values.
const manifests = "deploy/kubernetes/manifests.yaml"

// kubernetesPorts are the ports of each program, with the variable that says where it listens.
var kubernetesPorts = map[string]map[string]string{
	"scimd":    {"protocol": "SCIMD_ADDR", "api": "SCIMD_API_ADDR", "operations": "SCIMD_OPS_ADDR"},
	"tokend":   {"api": "TOKEND_ADDR", "leaks": "TOKEND_PUBLIC_ADDR", "operations": "TOKEND_OPS_ADDR"},
	"consoled": {"pages": "CONSOLE_ADDR", "operations": "CONSOLE_OPS_ADDR"},
}

// TestDeploymentsStartThePrograms: each program gets the variables that it reads, its secrets as
// files, probes at its operations port, and the time that it takes to end; it is never without a
// ready process, and has no privileges.
func TestDeploymentsStartThePrograms(t *testing.T) {
	t.Parallel()
	all := readManifests(t)
	for name, p := range programs {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pod := all.need(t, "Deployment", name).at("spec", "template", "spec")
			container := pod.at("containers", 0)
			variables := map[string]string{}
			for _, v := range container.at("env").list() {
				variables[v.text("name")] = v.text("value")
			}
			p.starts(t, name, variables)

			mount, secret := container.at("volumeMounts", 0).text("mountPath"), pod.at("volumes", 0, "secret")
			var keys []string
			for _, item := range secret.at("items").list() {
				keys = append(keys, item.text("key"))
				variable := strings.ToUpper(strings.ReplaceAll(item.text("key"), "-", "_")) + "_FILE"
				if variables[variable] != mount+"/"+item.text("path") {
					t.Errorf("%s is %q, and the secret's key %s is at %s/%s", variable, variables[variable], item.text("key"), mount, item.text("path"))
				}
			}
			if secret.text("secretName") != name || len(keys) != secretsOf(p) {
				t.Errorf("the secret %s has the keys %q; the program reads %d secrets", secret.text("secretName"), keys, secretsOf(p))
			}

			for _, c := range container.at("ports").list() {
				addr, set := variables[kubernetesPorts[name][c.text("name")]]
				if !set {
					addr = p.port(t, kubernetesPorts[name][c.text("name")])
				}
				if port := strings.TrimPrefix(addr, ":"); port != c.text("containerPort") {
					t.Errorf("the port %s is %s, and the program listens on %s", c.text("name"), c.text("containerPort"), port)
				}
			}
			if got := len(container.at("ports").list()); got != len(kubernetesPorts[name]) {
				t.Errorf("it has %d ports, want %d", got, len(kubernetesPorts[name]))
			}
			for kind, path := range map[string]string{"startupProbe": "/livez", "livenessProbe": "/livez", "readinessProbe": "/readyz"} {
				if got := container.at(kind, "httpGet"); got.text("path") != path || got.text("port") != "operations" {
					t.Errorf("%s asks %v", kind, got.value)
				}
			}
			grace, err := time.ParseDuration(pod.text("terminationGracePeriodSeconds") + "s")
			if want := service.Grace(drainDelay(t, variables)); err != nil || grace < want {
				t.Errorf("it is killed after %s (%v), and may take %s to end", grace, err, want)
			}
			if got := pod.at("topologySpreadConstraints").list(); len(got) != 2 {
				t.Errorf("it is spread by %d topologies, want by zone and by node", len(got))
			}
		})
	}
}

// secretsOf returns how many secrets the program reads.
func secretsOf(p program) (n int) {
	for _, v := range config.Variables(p.config) {
		if v.Secret {
			n++
		}
	}
	return n
}

// TestNoChangeTakesAProgramAway: a rollout, a drained node and the autoscaler leave processes that
// are ready.
func TestNoChangeTakesAProgramAway(t *testing.T) {
	t.Parallel()
	all := readManifests(t)
	for name := range programs {
		deployment := all.need(t, "Deployment", name)
		if got := deployment.at("spec", "strategy", "rollingUpdate"); got.text("maxUnavailable") != "0" || got.text("maxSurge") != "1" {
			t.Errorf("%s: a rollout is %v", name, got.value)
		}
		least := deployment.at("spec").text("replicas")
		if scaler, found := all.find("HorizontalPodAutoscaler", name); found {
			if least != "<nil>" {
				t.Errorf("%s: the Deployment has replicas, which every rollout would set again, beside its autoscaler", name)
			}
			least = scaler.at("spec").text("minReplicas")
		}
		if n, err := strconv.Atoi(least); err != nil || n < 2 {
			t.Errorf("%s: %s processes at least, want 2", name, least)
		}
		if got := all.need(t, "PodDisruptionBudget", name).at("spec").text("maxUnavailable"); got != "1" {
			t.Errorf("%s: a drained node may take %s processes", name, got)
		}
	}
	if _, found := all.find("HorizontalPodAutoscaler", "scimd"); !found {
		t.Error("scimd is not scaled")
	}
}

// TestServicesLeadToThePrograms: a Service has the ports of its program, the operations port apart,
// in a headless Service that shows Prometheus every process, also one that drains.
func TestServicesLeadToThePrograms(t *testing.T) {
	t.Parallel()
	all := readManifests(t)
	prometheus, err := os.ReadFile(filepath.Join(root, "deploy/prometheus/prometheus.yml"))
	assert.NilError(t, err)
	for name, ports := range kubernetesPorts {
		container := all.need(t, "Deployment", name).at("spec", "template", "spec", "containers", 0)
		numbers := map[string]string{}
		for _, p := range container.at("ports").list() {
			numbers[p.text("name")] = p.text("containerPort")
		}
		public, operations := all.need(t, "Service", name).at("spec"), all.need(t, "Service", name+"-operations").at("spec")
		for _, p := range append(public.at("ports").list(), operations.at("ports").list()...) {
			if p.text("targetPort") != p.text("name") || p.text("port") != numbers[p.text("name")] {
				t.Errorf("%s: the port %v leads to %v", name, p.value, numbers)
			}
		}
		if len(public.at("ports").list()) != len(ports)-1 || len(operations.at("ports").list()) != 1 || operations.at("ports", 0).text("name") != "operations" {
			t.Errorf("%s: services with the ports %v and %v", name, public.at("ports").value, operations.at("ports").value)
		}
		if operations.text("clusterIP") != "None" || operations.text("publishNotReadyAddresses") != "true" {
			t.Errorf("%s: the operations service hides processes from Prometheus", name)
		}
		for _, s := range []node{public, operations} {
			if s.at("selector").text("app.kubernetes.io/name") != name {
				t.Errorf("%s: a service selects %v", name, s.at("selector").value)
			}
		}
		if name != "consoled" && !strings.Contains(string(prometheus), "names: ["+name+"-operations]\n        type: A\n        port: "+numbers["operations"]) {
			t.Errorf("prometheus.yml does not scrape %s-operations at %s", name, numbers["operations"])
		}
	}
}

// TestTheNetworkIsClosed: to each port comes who is to use it, and no other.
func TestTheNetworkIsClosed(t *testing.T) {
	t.Parallel()
	all := readManifests(t)
	want := map[string]map[string][]string{
		"scimd":    {"protocol": {"namespace ingress-nginx"}, "api": {"namespace platform", "pods consoled"}, "operations": {"namespace monitoring"}},
		"tokend":   {"api": {"namespace platform", "pods consoled"}, "leaks": {"namespace ingress-nginx"}, "operations": {"namespace monitoring"}},
		"consoled": {"pages": {"namespace ingress-nginx"}, "operations": {"namespace monitoring"}},
	}
	for name := range programs {
		policy := all.need(t, "NetworkPolicy", name).at("spec")
		if policy.at("podSelector", "matchLabels").text("app.kubernetes.io/name") != name || policy.at("policyTypes", 0).string() != "Ingress" {
			t.Errorf("%s: the policy is for %v", name, policy.at("podSelector").value)
		}
		got := map[string][]string{}
		for _, rule := range policy.at("ingress").list() {
			var from []string
			for _, f := range rule.at("from").list() {
				if namespace := f.at("namespaceSelector", "matchLabels").text("kubernetes.io/metadata.name"); namespace != "<nil>" {
					from = append(from, "namespace "+namespace)
				} else {
					from = append(from, "pods "+f.at("podSelector", "matchLabels").text("app.kubernetes.io/name"))
				}
			}
			for _, p := range rule.at("ports").list() {
				got[p.text("port")] = from
			}
		}
		if !maps.EqualFunc(got, want[name], slices.Equal[[]string]) {
			t.Errorf("%s: admitted are %v, want %v", name, got, want[name])
		}
	}
}

// TestTheIngressLeadsToWhatIsPublic: the protocol, the reports of leaked tokens and the console,
// over TLS, with the largest body that the program takes, and a page for when no process is ready.
func TestTheIngressLeadsToWhatIsPublic(t *testing.T) {
	t.Parallel()
	all := readManifests(t)
	got := map[string]string{}
	for _, name := range []string{"scim", "scim-console"} {
		ingress := all.need(t, "Ingress", name)
		for _, rule := range ingress.at("spec", "rules").list() {
			for _, path := range rule.at("http", "paths").list() {
				to := path.at("backend", "service")
				got[path.text("path")] = to.text("name") + ":" + to.at("port").text("name")
				all.need(t, "Service", to.text("name"))
			}
			if tls := ingress.at("spec", "tls", 0); tls.at("hosts", 0).string() != rule.text("host") || tls.text("secretName") == "<nil>" {
				t.Errorf("%s: the certificate is for %v, and the host is %s", name, tls.value, rule.text("host"))
			}
		}
		if backend := ingress.at("metadata", "annotations").text("nginx.ingress.kubernetes.io/default-backend"); backend != "unavailable" {
			t.Errorf("%s: while no process is ready %q answers", name, backend)
		}
	}
	want := map[string]string{terms.SCIMPath: "scimd:protocol", tokenhttp.LeakPath: "tokend:leaks", console.Path: "consoled:pages"}
	if !maps.Equal(got, want) {
		t.Errorf("the paths lead to %v, want %v", got, want)
	}
	size := all.need(t, "Ingress", "scim").at("metadata", "annotations").text("nginx.ingress.kubernetes.io/proxy-body-size")
	if size != strconv.Itoa(limits.GroupBody>>20)+"m" {
		t.Errorf("bodies of %s pass, and a group may have %d bytes", size, limits.GroupBody)
	}
	all.need(t, "Service", "unavailable")
	page := all.need(t, "ConfigMap", "unavailable").at("data").text("default.conf")
	for _, part := range []string{"location " + terms.SCIMPath + " {", "Retry-After 5 always", "return 503", "application/scim+json"} {
		if !strings.Contains(page, part) {
			t.Errorf("the page lacks %q:\n%s", part, page)
		}
	}
}

// node is a value of a YAML document.
type node struct{ value any }

// at returns what is at a path of keys and indexes; its value is nil if nothing is.
func (n node) at(path ...any) node {
	for _, step := range path {
		switch v := n.value.(type) {
		case map[string]any:
			key, _ := step.(string)
			n = node{v[key]}
		case []any:
			i, ok := step.(int)
			if !ok || i >= len(v) {
				return node{}
			}
			n = node{v[i]}
		default:
			return node{}
		}
	}
	return n
}

func (n node) string() string { return fmt.Sprint(n.value) }

// text returns the value of a key as text, "<nil>" if there is none.
func (n node) text(key string) string { return n.at(key).string() }

func (n node) list() (all []node) {
	values, _ := n.value.([]any)
	for _, v := range values {
		all = append(all, node{v})
	}
	return all
}

// objects are Kubernetes objects.
type objects []node

func (o objects) find(kind, name string) (node, bool) {
	i := slices.IndexFunc(o, func(n node) bool { return n.text("kind") == kind && n.at("metadata").text("name") == name })
	if i < 0 {
		return node{}, false
	}
	return o[i], true
}

func (o objects) need(t *testing.T, kind, name string) node {
	t.Helper()
	found, ok := o.find(kind, name)
	if !ok {
		t.Fatalf("there is no %s %s", kind, name)
	}
	return found
}

func readManifests(t *testing.T) objects {
	t.Helper()
	file, err := os.Open(filepath.Join(root, manifests))
	assert.NilError(t, err)
	defer func() { _ = file.Close() }()
	return parseManifests(t, file)
}

func parseManifests(t *testing.T, text io.Reader) (all objects) {
	t.Helper()
	for documents := yaml.NewDecoder(text); ; {
		var document map[string]any
		err := documents.Decode(&document)
		if errors.Is(err, io.EOF) {
			return all
		}
		assert.NilError(t, err)
		if document != nil {
			all = append(all, node{document})
		}
	}
}
