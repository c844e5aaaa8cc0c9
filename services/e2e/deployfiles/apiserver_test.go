package deployfiles

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
	"gotest.tools/v3/assert"

	"github.com/devrev/scim/services/e2e/harness"
)

const (
	apiserverToken = "token-of-the-tests"
	namespace      = "devrev-scim"
)

// cluster is a Kubernetes API server without nodes, in which the namespace has the pod security
// level restricted.
type cluster struct {
	t   *testing.T
	url string
}

// TestManifestsAreTakenByKubernetes has a real API server judge the manifests, and the pods of the
// deployments under the level restricted; then what it has to refuse.
func TestManifestsAreTakenByKubernetes(t *testing.T) {
	c := startCluster(t)
	c.must("create", "namespace", namespace)
	c.must("label", "namespace", namespace, "pod-security.kubernetes.io/enforce=restricted", "pod-security.kubernetes.io/warn=restricted")
	text, err := os.ReadFile(filepath.Join(root, manifests))
	assert.NilError(t, err)
	if out, err := c.apply(string(text)); err != nil || strings.Contains(out, "Warning") {
		t.Errorf("the manifests: %v\n%s", err, out)
	}
	for _, o := range readManifests(t) {
		if o.text("kind") != "Deployment" {
			continue
		}
		spec, _ := o.at("spec", "template", "spec").value.(map[string]any)
		name := o.at("metadata").text("name")
		if out, err := c.apply(podOf(t, name, spec)); err != nil || strings.Contains(out, "Warning") {
			t.Errorf("the pod of %s: %v\n%s", name, err, out)
		}
		delete(spec, "securityContext")
		if out, err := c.apply(podOf(t, name, spec)); err == nil || !strings.Contains(out, `violates PodSecurity "restricted:latest"`) {
			t.Errorf("the pod of %s without its security context is taken: %v\n%s", name, err, out)
		}
	}
	for rule, change := range map[string][3]string{ // what is replaced, by what, and what the refusal says
		"a misspelt field":                          {"readinessProbe:", "readynessProbe:", "field not declared in schema"},
		"a port's name is short":                    {"name: operations", "name: operations-of-the-program", "must be no more than 15"},
		"a rollout that cannot begin":               {"maxSurge: 1", "maxSurge: 0", "may not be 0 when"},
		"a budget is a number":                      {"maxUnavailable: 1", "maxUnavailable: one", "maxUnavailable"},
		"an ingress leads to a path that is one":    {"path: /scim/v2", "path: scim/v2", "must be an absolute path"},
		"a policy's labels are labels":              {"kubernetes.io/metadata.name: monitoring", "kubernetes.io/metadata.name: monitoring/of us", "a valid label"},
		"a selector is that of the pods it selects": {"app.kubernetes.io/name: scimd\n  template:", "app.kubernetes.io/name: other\n  template:", "`selector` does not match template `labels`"},
	} {
		if !strings.Contains(string(text), change[0]) {
			t.Errorf("%s: the manifests have no %q", rule, change[0])
		}
		if out, err := c.apply(strings.ReplaceAll(string(text), change[0], change[1])); err == nil || !strings.Contains(out, change[2]) {
			t.Errorf("%s: %v, want a refusal with %q\n%s", rule, err, change[2], out)
		}
	}
}

func podOf(t *testing.T, name string, spec map[string]any) string {
	t.Helper()
	text, err := yaml.Marshal(map[string]any{"apiVersion": "v1", "kind": "Pod", "metadata": map[string]any{"name": name}, "spec": spec})
	assert.NilError(t, err)
	return string(text)
}

// startCluster starts etcd and the API server that `make test-manifests` has built.
func startCluster(t *testing.T) *cluster {
	t.Helper()
	apiserver, folder := built(t, "KUBE_APISERVER"), t.TempDir()
	store, peer := "http://"+harness.FreeAddr(t), "http://"+harness.FreeAddr(t)
	launch(t, "etcd", "--data-dir", filepath.Join(folder, "etcd"), "--listen-client-urls", store, "--advertise-client-urls", store,
		"--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer, "--initial-cluster", "default="+peer, "--log-level", "error")

	key := filepath.Join(folder, "accounts.key")
	writeKey(t, key)
	tokens := filepath.Join(folder, "tokens.csv")
	assert.NilError(t, os.WriteFile(tokens, []byte(apiserverToken+",tests,tests,system:masters\n"), 0o600))
	addr := harness.FreeAddr(t)
	host, port, _ := net.SplitHostPort(addr)
	launch(t, apiserver, "--etcd-servers", store, "--bind-address", host, "--secure-port", port, "--cert-dir", filepath.Join(folder, "certs"),
		"--token-auth-file", tokens, "--authorization-mode", "AlwaysAllow", "--disable-admission-plugins", "ServiceAccount",
		"--service-account-issuer", "https://kubernetes.example.com", "--service-account-key-file", key, "--service-account-signing-key-file", key)
	c := &cluster{t, "https://" + addr}
	harness.Eventually(t, "the API server is ready", func() bool {
		_, err := c.kubectl("", "get", "--raw", "/readyz")
		return err == nil
	})
	return c
}

// kubectl runs kubectl, and returns what it writes.
func (c *cluster) kubectl(stdin string, args ...string) (string, error) {
	c.t.Helper()
	args = append([]string{"--kubeconfig", "/dev/null", "--server", c.url, "--insecure-skip-tls-verify", "--token", apiserverToken, "--namespace", namespace}, args...)
	cmd := exec.CommandContext(c.t.Context(), "kubectl", args...)
	cmd.Stdin = strings.NewReader(stdin)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func (c *cluster) must(args ...string) {
	c.t.Helper()
	if out, err := c.kubectl("", args...); err != nil {
		c.t.Fatalf("kubectl %q: %v\n%s", args, err, out)
	}
}

// apply has the API server judge the manifest; it stores nothing.
func (c *cluster) apply(manifest string) (string, error) {
	c.t.Helper()
	return c.kubectl(manifest, "apply", "--server-side", "--dry-run=server", "-f", "-")
}

// launch runs a program until the test ends.
func launch(t *testing.T, name string, args ...string) {
	t.Helper()
	var log bytes.Buffer
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Stdout, cmd.Stderr = &log, &log
	if err := cmd.Start(); err != nil {
		stop()
		t.Fatal(err)
	}
	t.Cleanup(func() {
		stop()
		_ = cmd.Wait() // it was killed
		if t.Failed() {
			t.Logf("%s, the end of its log:\n%s", filepath.Base(name), log.Bytes()[max(0, log.Len()-2000):])
		}
	})
}

func writeKey(t *testing.T, path string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	assert.NilError(t, err)
	der, err := x509.MarshalECPrivateKey(key)
	assert.NilError(t, err)
	assert.NilError(t, os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: der}), 0o600))
}
