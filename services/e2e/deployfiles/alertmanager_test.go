package deployfiles

import (
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const alertmanager = "deploy/alertmanager/alertmanager.yml"

// routing is what these tests read of Alertmanager's configuration.
type routing struct {
	Route struct {
		Receiver string
		Routes   []struct {
			Matchers []string
			Receiver string
		}
	}
	Receivers []struct{ Name string }
}

// TestEachSeverityHasAReceiver: an alert is a page or a ticket, and each goes to the receiver of
// that name; an alert without a severity is a ticket.
func TestEachSeverityHasAReceiver(t *testing.T) {
	t.Parallel()
	file := readCompose(t) // which mounts the configuration
	if !slices.ContainsFunc(file.at("services", "alertmanager", "volumes").list(), func(v node) bool {
		return strings.HasPrefix(v.string(), "./deploy/alertmanager:")
	}) {
		t.Error("compose.yaml has another configuration of Alertmanager")
	}
	var r routing
	readLoosely(t, alertmanager, &r)
	var receivers []string
	for _, receiver := range r.Receivers {
		receivers = append(receivers, receiver.Name)
	}
	if !slices.Equal(receivers, []string{"page", "ticket"}) || r.Route.Receiver != "ticket" {
		t.Errorf("receivers %q, and without a route %s", receivers, r.Route.Receiver)
	}
	if len(r.Route.Routes) != 1 || r.Route.Routes[0].Receiver != "page" || !slices.Equal(r.Route.Routes[0].Matchers, []string{`severity = "page"`}) {
		t.Errorf("the routes are %v", r.Route.Routes)
	}
}

// TestAlertmanagerRoutesEachAlert has amtool judge the configuration and route every alert of the
// rules; `make test-alertmanager` runs it.
func TestAlertmanagerRoutesEachAlert(t *testing.T) {
	amtool := func(args ...string) (string, error) {
		out, err := exec.CommandContext(t.Context(), built(t, "AMTOOL"), args...).CombinedOutput()
		return string(out), err
	}
	config := filepath.Join(root, alertmanager)
	if out, err := amtool("check-config", config); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	for name, alert := range alerts(t) {
		severity := alert.Labels["severity"]
		if out, err := amtool("config", "routes", "test", "--config.file", config, "--verify.receivers", severity, "alertname="+name, "severity="+severity, "job=scimd"); err != nil {
			t.Errorf("%s, a %s: %v\n%s", name, severity, err, out)
		}
	}
	if out, err := amtool("config", "routes", "test", "--config.file", config, "--verify.receivers", "page", "alertname=Any", "severity=ticket"); err == nil {
		t.Errorf("a ticket wakes a person:\n%s", out)
	}
}
