package main

import (
	"net/http"
	"strings"
	"testing"

	"github.com/devrev/scim/libs/token/redistest"
	"github.com/devrev/scim/services/e2e/harness"
	"github.com/devrev/scim/services/internal/access/accesstest"
	"github.com/devrev/scim/services/internal/mongodb/mongotest"
)

// tokend is one that runs in this process.
type tokend struct {
	*harness.Here
	api, public, operations string
}

func start(t *testing.T, redisURL, mongoURI, database string) tokend {
	t.Helper()
	api, public, operations := harness.FreeAddr(t), harness.FreeAddr(t), harness.FreeAddr(t)
	return tokend{harness.RunHere(t, run,
		"TOKEND_ADDR="+api, "TOKEND_PUBLIC_ADDR="+public, "TOKEND_OPS_ADDR="+operations,
		"SCIM_BASE_URL=https://scim.example.com/scim/v2",
		"REDIS_URL="+redisURL, "MONGODB_URI="+mongoURI, "MONGODB_DATABASE="+database,
		"TOKEN_PEPPERS=k1:"+strings.Repeat("c2Vj", 12),
		"PLATFORM_CREDENTIAL="+accesstest.PlatformCredential,
	), "http://" + api, "http://" + public, "http://" + operations}
}

func TestTokendServesUntilItIsStopped(t *testing.T) {
	t.Parallel()
	redisURL, mongoURI, database := redistest.URL(t), mongotest.URI(t), mongotest.Database(t).Name()
	harness.OneEnvironment(t, redisURL, mongoURI, database)
	d := start(t, redisURL, mongoURI, database)
	d.Wait(d.operations+"/readyz", http.StatusOK)
	d.Wait(d.api+"/api/v1/organisations/no-such-organisation", http.StatusNotFound)
	d.Wait(d.public+"/leaks/github", http.StatusMethodNotAllowed) // it is POST
	d.Wait(d.operations+"/metrics", http.StatusOK)
	d.Stop()
	if got := (harness.Client{Base: d.api}).Try(t, http.MethodGet, "/api/v1/organisations/org-a", nil); got.Status != 0 {
		t.Errorf("after its end the address still answers %d", got.Status)
	}
}

func TestTokendStartsBeforeItsStores(t *testing.T) {
	t.Parallel()
	for rule, mongoURI := range map[string]string{
		"no server answers":         "mongodb://" + harness.FreeAddr(t),
		"its name does not resolve": "mongodb+srv://cluster.mongo.invalid/",
	} {
		t.Run(rule, func(t *testing.T) {
			t.Parallel()
			d := start(t, "redis://"+harness.FreeAddr(t), mongoURI, "test")
			d.Wait(d.operations+"/livez", http.StatusOK)
			d.Wait(d.operations+"/readyz", http.StatusServiceUnavailable)
			d.Wait(d.api+"/api/v1/organisations/org-a", http.StatusServiceUnavailable)
			d.Wait(d.public+"/leaks/github", http.StatusServiceUnavailable)
			d.Stop()
		})
	}
}

func TestTokendSaysWhyItCannotStart(t *testing.T) {
	t.Parallel()
	for rule, environ := range map[string][]string{
		"nothing is set": nil,
		"MONGODB_URI is not one": {
			"SCIM_BASE_URL=https://scim.example.com/scim/v2", "REDIS_URL=redis://redis.example.com", "MONGODB_URI=mongo://user:secret@mongo.example.com",
			"TOKEN_PEPPERS=k1:" + strings.Repeat("c2Vj", 12), "PLATFORM_CREDENTIAL=" + accesstest.PlatformCredential,
		},
	} {
		err := run(t.Context(), environ)
		if err == nil || !strings.Contains(err.Error(), "MONGODB_URI") || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: got %v, want a sentence with MONGODB_URI and no password", rule, err)
		}
	}
}
