package main

import (
	"encoding/pem"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"gotest.tools/v3/assert"

	"github.com/devrev/scim/services/internal/apiclient"
)

func TestWhatIsNotTheServiceIsTold(t *testing.T) {
	elsewhere := 0
	other := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { elsewhere++ })
	for rule, c := range map[string]struct {
		answer http.HandlerFunc
		want   exitCode
	}{
		"a page":          {func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("<html>")) }, refused},
		"a page with 404": {func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "<html>", http.StatusNotFound) }, refused},
		"a page with 503, again and again": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "60")
			http.Error(w, "<html>", http.StatusServiceUnavailable)
		}, unavailable},
		"a page with 502": {func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "<html>", http.StatusBadGateway) }, unavailable},
		"a redirect": {func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/elsewhere" {
				other(w, r)
				return
			}
			http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
		}, refused},
	} {
		serve(t, func(_ int, w http.ResponseWriter, r *http.Request) { c.answer(w, r) })
		if got := invoke(t, "list"); got.code != c.want || !strings.Contains(got.stderr, "is not the service's: check the URL") {
			t.Errorf("%s: it ended with %+v, want code %d", rule, got, c.want)
		}
	}
	if elsewhere != 0 {
		t.Error("the credential was sent to where a redirect points")
	}
}

func TestATokenWithoutItsSecretIsNotTheServices(t *testing.T) {
	serve(t, func(_ int, w http.ResponseWriter, _ *http.Request) {
		answerWith(w, http.StatusCreated, apiclient.Token{ID: "k3J9xQ2mZr7B"})
	})
	if got := invoke(t, "issue", "--name", "Okta"); got.code != refused || got.stdout != "" {
		t.Errorf("it ended with %+v", got)
	}
}

func TestACertificateIsCheckedAndNotAskedForAgain(t *testing.T) {
	var attempts atomic.Int64
	service := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		answerWith(w, http.StatusOK, apiclient.Status{Enabled: true})
	}))
	service.Config.ErrorLog = log.New(io.Discard, "", 0)
	service.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			attempts.Add(1)
		}
	}
	service.StartTLS()
	defer service.Close()
	command := func() *exec.Cmd {
		c := exec.CommandContext(t.Context(), "scimctl", "status", "--url", service.URL+"/api/v1", "--org", "acme")
		c.Env = append(os.Environ(), tokenVariable+"="+testCredential, tokenFileVariable+"=")
		return c
	}
	out, err := command().CombinedOutput()
	if failed, ok := errors.AsType[*exec.ExitError](err); !ok || failed.ExitCode() != int(unavailable) || !strings.Contains(string(out), "x509") || attempts.Load() != 1 {
		t.Errorf("a certificate that nobody knows: %v after %d attempts: %s", err, attempts.Load(), out)
	}

	authority := filepath.Join(t.TempDir(), "authority.pem")
	certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: service.Certificate().Raw})
	assert.NilError(t, os.WriteFile(authority, certificate, 0o600))
	trusting := command()
	trusting.Env = append(trusting.Env, "SSL_CERT_FILE="+authority)
	if out, err := trusting.CombinedOutput(); err != nil {
		t.Errorf("with SSL_CERT_FILE: %v: %s", err, out)
	}
}
