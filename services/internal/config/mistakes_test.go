package config_test

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gotest.tools/v3/assert"

	"github.com/devrev/scim/services/scim/scimserver"
	"github.com/devrev/scim/services/token/tokenserver"
)

// secret is part of every value that holds one. No sentence may quote it.
const secret = "hunter2"

// good is an environment that both programs take.
func good(t *testing.T) map[string]string {
	t.Helper()
	return map[string]string{
		"SCIM_BASE_URL": "https://scim.example.com/scim/v2",
		"REDIS_URL":     "rediss://tokend:" + secret + "@redis.example.com/0?pool_size=7",
		"MONGODB_URI":   "mongodb://scim:" + secret + "@mongo.example.com:27017/?replicaSet=rs0&tls=true",
		"TOKEN_PEPPERS": "k1:" + strings.Repeat("c2Vj", 12),
		"OIDC_ISSUER":   "https://id.example.com", "OIDC_AUDIENCE": "scim", "OIDC_JWKS_URL": "https://id.example.com/keys",
		"PLATFORM_CREDENTIAL": secret + strings.Repeat("p", 32),
	}
}

// load returns what each program says of the environment, by its name.
func load(env map[string]string) map[string]error {
	var environ []string
	for _, name := range slices.Sorted(maps.Keys(env)) {
		environ = append(environ, name+"="+env[name])
	}
	_, scimd := scimserver.Load(environ)
	_, tokend := tokenserver.Load(environ)
	return map[string]error{"scimd": scimd, "tokend": tokend}
}

func TestEveryMistakeIsASentenceWithItsVariable(t *testing.T) {
	t.Parallel()
	empty := filepath.Join(t.TempDir(), "empty")
	assert.NilError(t, os.WriteFile(empty, []byte("\n"), 0o600))
	const both, scimd, tokend = "", "scimd", "tokend"
	for _, tt := range []struct {
		rule    string
		program string // the one that reads the variable
		name    string
		value   string // "": not set
		says    string
	}{
		{"a base URL is required", both, "SCIM_BASE_URL", "", "must be an absolute"},
		{"a base URL has its path", both, "SCIM_BASE_URL", "https://scim.example.com", "/scim/v2"},
		{"a base URL has no slash at its end", both, "SCIM_BASE_URL", "https://scim.example.com/scim/v2/", "/scim/v2"},
		{"a base URL is absolute", both, "SCIM_BASE_URL", "scim.example.com/scim/v2", "absolute"},
		{"a base URL holds no password", both, "SCIM_BASE_URL", "https://u:" + secret + "@scim.example.com/scim/v2", "absolute"},
		{"a base URL is not a socket's", both, "SCIM_BASE_URL", "ftp://scim.example.com/scim/v2", "http"},

		{"Redis is required", both, "REDIS_URL", "", "REDIS_URL_FILE"},
		{"a Redis URL has a scheme", both, "REDIS_URL", "redis.example.com:6379", "redis[s]://"},
		{"a Redis URL has a number as its port", both, "REDIS_URL", "redis://redis.example.com:" + secret, "redis[s]://"},
		{"a password is escaped", both, "REDIS_URL", "redis://u:a#" + secret + "%@redis.example.com", "redis[s]://"},
		{"an option of Redis exists", both, "REDIS_URL", "redis://redis.example.com?pool=" + secret, "the options are"},
		{"an option of Redis has a value of its type", both, "REDIS_URL", "redis://redis.example.com?pool_size=many", "pool_size"},
		{"a time of Redis has a unit", both, "REDIS_URL", "redis://redis.example.com?read_timeout=soon", "read_timeout"},
		{"Redis is known by its certificate", both, "REDIS_URL", "rediss://redis.example.com?skip_verify=true", "TLS_CA_FILE"},

		{"MongoDB is required", both, "MONGODB_URI", "", "MONGODB_URI_FILE"},
		{"a MongoDB URI has a scheme", both, "MONGODB_URI", "mongo://u:" + secret + "@mongo.example.com", "mongodb://"},
		{"a MongoDB URI has a host", both, "MONGODB_URI", "mongodb://", "host"},
		{"a password of MongoDB is escaped", both, "MONGODB_URI", "mongodb://u:a@" + secret + "@mongo.example.com", "%3A"},
		{"an option of MongoDB exists", both, "MONGODB_URI", "mongodb://mongo.example.com/?replicaset=rs0&retryWrite=true", "retrywrite"},
		{"an option of MongoDB has a value of its type", both, "MONGODB_URI", "mongodb://mongo.example.com/?maxPoolSize=many", "maxPoolSize"},
		{"a write concern is one", both, "MONGODB_URI", "mongodb://mongo.example.com/?w=-1", "w "},
		{"the primary is read from", both, "MONGODB_URI", "mongodb://mongo.example.com/?readPreference=secondary", "readPreference"},
		{"MongoDB is known by its certificate", both, "MONGODB_URI", "mongodb://mongo.example.com/?tls=true&tlsInsecure=true", "tlsCAFile"},
		{"no option lets a certificate be wrong", both, "MONGODB_URI", "mongodb://mongo.example.com/?tls=true&tlsAllowInvalidHostnames=true", "tlsallowinvalidhostnames"},
		{"a CA file is there", both, "MONGODB_URI", "mongodb://mongo.example.com/?tls=true&tlsCAFile=/no/such/ca.pem", "tlsCAFile: open /no/such/ca.pem"},
		{"a looked-up URI has the same options", both, "MONGODB_URI", "mongodb+srv://mongo.example.com/?retryWrite=true", "retrywrite"},
		{"a looked-up URI has one host", both, "MONGODB_URI", "mongodb+srv://a.example.com,b.example.com/", "one host"},
		{"a looked-up URI has no port", both, "MONGODB_URI", "mongodb+srv://mongo.example.com:27017/", "without a port"},
		{"a looked-up URI names a CA file that is there", both, "MONGODB_URI", "mongodb+srv://mongo.example.com/?tlsCAFile=/no/such/ca.pem", "tlsCAFile: open /no/such/ca.pem"},
		{"options go together", both, "MONGODB_URI", "mongodb://a.example.com,b.example.com/?directConnection=true", "together"},
		{"a database has a name that MongoDB takes", both, "MONGODB_DATABASE", "dev/rev", "letters"},
		{"a database's name is short", both, "MONGODB_DATABASE", strings.Repeat("d", 64), "63"},

		{"a certificate has a key", both, "TLS_CERT_FILE", "/no/such/cert.pem", "without its key"},
		{"a key has a certificate", both, "TLS_KEY_FILE", "/no/such/key.pem", "without the certificate"},
		{"clients are asked for certificates over TLS", both, "TLS_CLIENT_CA_FILE", "/no/such/ca.pem", "certificate of the program's own"},
		{"a file of authorities is there", both, "TLS_CA_FILE", "/no/such/ca.pem", "/no/such/ca.pem"},
		{"TLS is required or not", both, "REQUIRE_TLS", "perhaps", "true or false"},

		{"peppers are required", both, "TOKEN_PEPPERS", "", "TOKEN_PEPPERS_FILE"},
		{"a pepper has a kid", both, "TOKEN_PEPPERS", strings.Repeat("c2Vj", 12), "entry 1"},
		{"a pepper is Base64", both, "TOKEN_PEPPERS", "k1:" + secret, "entry 1"},
		{"a pepper is long", both, "TOKEN_PEPPERS", "k1:c2Vj", "bytes or more"},
		{"a kid is there once", both, "TOKEN_PEPPERS", "k1:" + strings.Repeat("c2Vj", 12) + ",k1:" + strings.Repeat("c2Vj", 12), "entry 2"},

		{"an issuer is there with its audience", both, "OIDC_ISSUER", "", "OIDC_AUDIENCE"},
		{"an audience is there with its issuer", both, "OIDC_AUDIENCE", "", "other services"},
		{"an issuer has keys", both, "OIDC_JWKS_URL", "", "keys"},
		{"keys are at a URL", both, "OIDC_JWKS_URL", "/keys", "http(s)"},
		{"a credential is long", both, "PLATFORM_CREDENTIAL", secret, "32"},
		{"each of several credentials is long", both, "PLATFORM_CREDENTIAL", secret + strings.Repeat("p", 32) + "," + secret, "number 2"},

		{"a drain delay has a unit", both, "DRAIN_DELAY", "5", "such as 5s"},
		{"a drain delay is not below none", both, "DRAIN_DELAY", "-5s", "below"},
		{"a drain delay is a time", both, "DRAIN_DELAY", "soon", "such as 5s"},

		{"a file is there", both, "PLATFORM_CREDENTIAL_FILE", "/no/such/file", "remove one"},
		{"an address has a port", scimd, "SCIMD_ADDR", "8080", "HOST:PORT"},
		{"a port is a number", scimd, "SCIMD_API_ADDR", ":http-alt", "HOST:PORT"},
		{"a port is below 65536", tokend, "TOKEND_ADDR", ":80800", "HOST:PORT"},
		{"two listeners differ", scimd, "SCIMD_OPS_ADDR", ":8080", "SCIMD_ADDR"},
		{"two of tokend's differ", tokend, "TOKEND_PUBLIC_ADDR", ":8082", "TOKEND_ADDR"},
		{"a rate is a number", scimd, "SCIMD_RATE", "fast", "0 to 4294967295"},
		{"a rate is not below none", scimd, "SCIMD_RATE", "-1", "0 to 4294967295"},
		{"replicas are a number", tokend, "TOKEND_REDIS_REPLICAS", "-1", "0 to 255"},
		{"a grace has a unit", tokend, "TOKEND_ERASE_AFTER", "30", "such as 5s"},
		{"a grace is longer than a request", tokend, "TOKEND_ERASE_AFTER", "59s", "1m0s or longer"},
		{"a proxy is an address", scimd, "SCIMD_TRUSTED_PROXIES", "proxy.example.com", "10.0.0.0/8"},
		{"not everybody is a proxy", scimd, "SCIMD_TRUSTED_PROXIES", "10.0.0.0/8,0.0.0.0/0", "0.0.0.0/0"},
		{"not every IPv6 address is a proxy", tokend, "TOKEND_TRUSTED_PROXIES", "::/0", "::/0"},
		{"keys of reports come by https", tokend, "LEAK_KEYS_URL", "http://keys.example.com", "https"},
	} {
		env := good(t)
		if env[tt.name] = tt.value; tt.value == "" {
			delete(env, tt.name)
		}
		for program, err := range load(env) {
			if tt.program != both && tt.program != program {
				if err != nil {
					t.Errorf("%s: %s does not read %s, and says %v", tt.rule, program, tt.name, err)
				}
				continue
			}
			if err == nil {
				t.Errorf("%s: %s takes %s=%s", tt.rule, program, tt.name, tt.value)
				continue
			}
			checkForm(t, tt.rule, err)
			if !strings.Contains(err.Error(), strings.TrimSuffix(tt.name, "_FILE")+":") && !strings.Contains(err.Error(), tt.name+":") || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("%s: %s says %q, want a sentence of %s with %q", tt.rule, program, err, tt.name, tt.says)
			}
		}
	}
}

var form = regexp.MustCompile(`^[A-Z_]+: [^A-Z]?.*[^.\n]$`)

// checkForm: each mistake is a line that begins with the variable, and no line has a secret or the
// name of a field.
func checkForm(t *testing.T, rule string, err error) {
	t.Helper()
	for line := range strings.SplitSeq(err.Error(), "\n") {
		if !form.MatchString(line) {
			t.Errorf("%s: the line %q is not of the form VARIABLE: sentence", rule, line)
		}
	}
	if strings.Contains(err.Error(), secret) {
		t.Errorf("%s: a secret is quoted: %v", rule, err)
	}
}

func TestAllMistakesAreToldAtOnce(t *testing.T) {
	t.Parallel()
	for program, err := range load(nil) {
		for _, name := range []string{"SCIM_BASE_URL", "REDIS_URL", "MONGODB_URI", "TOKEN_PEPPERS", "PLATFORM_CREDENTIAL"} {
			if err == nil || !strings.Contains(err.Error(), name+": ") {
				t.Errorf("%s says %v, want a line of %s", program, err, name)
			}
		}
		checkForm(t, "nothing is set", err)
	}
}

func TestVariablesThatAreNotReadAreToldOf(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		rule, name, warning string
	}{
		{"one of the program that does not exist", "SCIMD_TRUSTED", "SCIMD_TRUSTED: is not read by this program"},
		{"a misspelt one", "SCIMD_TRUSTED_PROXY", "SCIMD_TRUSTED_PROXY: is not read by this program"},
		{"one with two letters wrong", "DRAIN_DELEY", "DRAIN_DELEY: is not read by this program; is DRAIN_DELAY meant?"},
		{"one of both with a letter too many", "MONGODB_DATABASES", "MONGODB_DATABASES: is not read by this program; is MONGODB_DATABASE meant?"},
		{"not what Kubernetes sets", "SCIMD_SERVICE_HOST", ""},
		{"not what Kubernetes sets for a port", "SCIMD_PORT_8080_TCP", ""},
		{"not the other program's", "TOKEND_REDIS_REPLICAS", ""},
		{"not a secret's file", "REDIS_URL_FILE", ""},
		{"not anything else", "PATH", ""},
	} {
		env := good(t)
		delete(env, "REDIS_URL")
		redis := filepath.Join(t.TempDir(), "redis")
		assert.NilError(t, os.WriteFile(redis, []byte("redis://redis.example.com\n"), 0o600))
		env["REDIS_URL_FILE"] = redis
		if _, set := env[tt.name]; !set {
			env[tt.name] = "1"
		}
		var environ []string
		for name, value := range env {
			environ = append(environ, name+"="+value)
		}
		c, err := scimserver.Load(environ)
		if err != nil {
			t.Errorf("%s: %v", tt.rule, err)
		}
		if got := strings.Join(c.Warnings(), "\n"); got != tt.warning && (tt.warning == "" || !strings.HasPrefix(got, tt.warning)) {
			t.Errorf("%s: got %q, want %q", tt.rule, got, tt.warning)
		}
	}
	misspelt := good(t)
	misspelt["REDIS_URI"] = misspelt["REDIS_URL"]
	delete(misspelt, "REDIS_URL")
	for program, err := range load(misspelt) {
		if err == nil || !strings.Contains(err.Error(), "REDIS_URI: is not read by this program; is REDIS_URL meant?") {
			t.Errorf("%s says %v, want that REDIS_URI is misspelt", program, err)
		}
	}
}

func TestAGoodEnvironmentIsTaken(t *testing.T) {
	t.Parallel()
	for program, err := range load(good(t)) {
		if err != nil {
			t.Errorf("%s: %v", program, err)
		}
	}
}
