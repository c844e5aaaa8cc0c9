package tokenserver_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gotest.tools/v3/assert"

	"github.com/devrev/scim/services/token/leak"
	"github.com/devrev/scim/services/token/tokenserver"
)

// Secrets of the tests. None of them may be in an error.
const (
	peppers    = "k2:c2VjcmV0LXBlcHBlci1vZi10aGUtdGVzdHMtMDEyMzQ1Njc4OQ==,k1:c2VjcmV0LXBlcHBlci1iZWZvcmUtdGhhdC0wMTIzNDU2Nzg5YWI="
	credential = "secret-platform-credential-of-the-tests"
	redisURL   = "redis://tokend:secret-redis@redis.example.com:6379"
	mongoURI   = "mongodb://tokend:secret-mongo@mongo.example.com"
)

// environment is a good one, for a test to spoil; a variable set to "" is not set.
func environment(change map[string]string) (environ []string) {
	vars := map[string]string{
		"SCIM_BASE_URL": "https://scim.example.com/scim/v2",
		"REDIS_URL":     redisURL,
		"MONGODB_URI":   mongoURI,
		"TOKEN_PEPPERS": peppers,
		"OIDC_ISSUER":   "https://idp.example.com", "OIDC_AUDIENCE": "scim", "OIDC_JWKS_URL": "https://idp.example.com/keys",
		"PLATFORM_CREDENTIAL": credential,
	}
	for name, value := range change {
		vars[name] = value
	}
	for name, value := range vars {
		if value != "" {
			environ = append(environ, name+"="+value)
		}
	}
	return environ
}

func TestLoad(t *testing.T) {
	t.Parallel()
	c, err := tokenserver.Load(environment(map[string]string{
		"PLATFORM_CREDENTIAL": credential + "," + credential + "-next", "TOKEND_TRUSTED_PROXIES": "10.0.0.0/8,192.0.2.1",
	}))
	assert.NilError(t, err)
	if c.Addr == "" || c.OpsAddr == "" || c.Database != "devrev_scim" || c.DrainDelay != 5*time.Second {
		t.Errorf("defaults: got %+v", c)
	}
	if got := c.Access().PlatformCredentials; len(got) != 2 || got[1] != credential+"-next" {
		t.Error("two credentials, so that one can replace the other, were not read as two")
	}
	if c.PublicAddr != "" || c.LeakKeysURL != leak.GitHubKeysURL {
		t.Errorf("reports of leaked tokens: got %q and %q", c.PublicAddr, c.LeakKeysURL)
	}
	if len(c.TrustedProxies) != 2 {
		t.Errorf("trusted proxies: got %v", c.TrustedProxies)
	}
	if _, err := c.Keyring(); err != nil {
		t.Error(err)
	}
}

func TestLoadSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		rule   string
		change map[string]string
		says   []string
	}{
		{"no Redis", map[string]string{"REDIS_URL": ""}, []string{"REDIS_URL: must be set, or REDIS_URL_FILE"}},
		{"no MongoDB", map[string]string{"MONGODB_URI": ""}, []string{"MONGODB_URI: must be set, or MONGODB_URI_FILE"}},
		{"no peppers", map[string]string{"TOKEN_PEPPERS": ""}, []string{"TOKEN_PEPPERS: must be set, or TOKEN_PEPPERS_FILE"}},
		{"several at once", map[string]string{"REDIS_URL": "", "SCIM_BASE_URL": ""}, []string{"REDIS_URL", "SCIM_BASE_URL"}},
		{"peppers that are not base64", map[string]string{"TOKEN_PEPPERS": "k1:secret-pepper"}, []string{"TOKEN_PEPPERS: "}},
		{"no base URL", map[string]string{"SCIM_BASE_URL": ""}, []string{"SCIM_BASE_URL: "}},
		{"a base URL with a slash too many", map[string]string{"SCIM_BASE_URL": "https://scim.example.com/scim/v2/"}, []string{"SCIM_BASE_URL: "}},
		{"a base URL without a scheme", map[string]string{"SCIM_BASE_URL": "scim.example.com/scim/v2"}, []string{"SCIM_BASE_URL: "}},
		{"no issuer and no platform credential", map[string]string{"OIDC_ISSUER": "", "PLATFORM_CREDENTIAL": ""}, []string{"PLATFORM_CREDENTIAL: must be set where there is no issuer"}},
		{"an issuer without an audience", map[string]string{"OIDC_AUDIENCE": ""}, []string{"OIDC_AUDIENCE: must be set"}},
		{"a short credential", map[string]string{"PLATFORM_CREDENTIAL": "secret"}, []string{"PLATFORM_CREDENTIAL: number 1 has 6 characters"}},
		{"a duration without a unit", map[string]string{"DRAIN_DELAY": "5"}, []string{"DRAIN_DELAY: must be a time with its unit"}},
		{"a negative number of replicas", map[string]string{"TOKEND_REDIS_REPLICAS": "-1"}, []string{"TOKEND_REDIS_REPLICAS: must be a whole number from 0 to 255"}},
		{"keys without https", map[string]string{"LEAK_KEYS_URL": "http://keys.example.com"}, []string{"LEAK_KEYS_URL: ", "https"}},
		{"a secret in two places", map[string]string{"REDIS_URL_FILE": "/run/redis"}, []string{"REDIS_URL: is set, and REDIS_URL_FILE too"}},
		{"a file that is not there", map[string]string{"REDIS_URL": "", "REDIS_URL_FILE": "/no/such/file"}, []string{"REDIS_URL_FILE: ", "/no/such/file"}},
	} {
		t.Run(tt.rule, func(t *testing.T) {
			t.Parallel()
			_, err := tokenserver.Load(environment(tt.change))
			if err == nil {
				t.Fatal("no error")
			}
			for _, part := range tt.says {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("got %q, which does not contain %q", err, part)
				}
			}
			if strings.Contains(err.Error(), "secret") {
				t.Errorf("the error shows a secret: %q", err)
			}
		})
	}
}

func TestSecretsCanBeFiles(t *testing.T) {
	t.Parallel()
	change := make(map[string]string)
	for name, value := range map[string]string{
		"REDIS_URL": redisURL, "MONGODB_URI": mongoURI, "TOKEN_PEPPERS": peppers, "PLATFORM_CREDENTIAL": credential,
	} {
		path := filepath.Join(t.TempDir(), name)
		assert.NilError(t, os.WriteFile(path, []byte(value+"\n"), 0o600))
		change[name], change[name+"_FILE"] = "", path
	}
	c, err := tokenserver.Load(environment(change))
	assert.NilError(t, err)
	if c.RedisURL != redisURL || c.MongoURI != mongoURI || c.Peppers != peppers || c.Access().PlatformCredentials[0] != credential {
		t.Errorf("got %+v", c)
	}
}
