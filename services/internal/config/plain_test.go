package config_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/devrev/scim/services/console/consoleserver"
	"github.com/devrev/scim/services/internal/certs/certstest"
	"github.com/devrev/scim/services/scim/scimserver"
	"github.com/devrev/scim/services/token/tokenserver"
)

// TestPlainTextToOtherMachinesIsNamed: each listener and connection is warned of by its variable,
// and refused with REQUIRE_TLS; the same over TLS, or on this machine, is not.
func TestPlainTextToOtherMachinesIsNamed(t *testing.T) {
	t.Parallel()
	cert, key := certstest.New(t, "ours").Issue(t, "program")
	secured := map[string]map[string]string{} // of each program, all over TLS
	for _, program := range []string{"scimd", "tokend"} {
		secured[program] = maps.Clone(good(t))
		maps.Copy(secured[program], map[string]string{"TLS_CERT_FILE": cert, "TLS_KEY_FILE": key})
	}
	secured["consoled"] = map[string]string{
		"TLS_CERT_FILE": cert, "TLS_KEY_FILE": key,
		"CONSOLE_URL": "https://scim.example.com/console", "CONSOLE_CLIENT_ID": "console", "CONSOLE_SESSION_KEYS": strings.Repeat("c2Vj", 10) + "c2U=",
		"CONSOLE_TOKEND_URL": "https://tokend.example.com/api/v1",
		"OIDC_ISSUER":        "https://id.example.com", "OIDC_AUDIENCE": "scim", "OIDC_JWKS_URL": "https://id.example.com/keys",
	}
	load := map[string]func([]string) ([]string, error){
		"scimd": func(environ []string) ([]string, error) {
			c, err := scimserver.Load(environ)
			return c.PlainText(), err
		},
		"tokend": func(environ []string) ([]string, error) {
			c, err := tokenserver.Load(environ)
			return c.PlainText(), err
		},
		"consoled": func(environ []string) ([]string, error) {
			c, err := consoleserver.Load(environ)
			return c.PlainText(), err
		},
	}
	const services = "scimd tokend"
	for _, tt := range []struct {
		rule     string
		programs string
		change   map[string]string
		names    string // the variables that are named
	}{
		{"all is over TLS", services + " consoled", nil, ""},
		{"the address of the protocol", services, map[string]string{"SCIM_BASE_URL": "http://scim.example.com/scim/v2"}, "SCIM_BASE_URL"},
		{"Redis", services, map[string]string{"REDIS_URL": "redis://redis.example.com"}, "REDIS_URL"},
		{"Redis by Sentinels", services, map[string]string{"REDIS_URL": "redis+sentinel://127.0.0.1,redis.example.com/devrev"}, "REDIS_URL"},
		{"Redis by Sentinels with TLS", services, map[string]string{"REDIS_URL": "rediss+sentinel://redis.example.com/devrev"}, ""},
		{"Redis as a cluster", services, map[string]string{"REDIS_URL": "redis+cluster://redis.example.com"}, "REDIS_URL"},
		{"Redis on this machine", services, map[string]string{"REDIS_URL": "redis://[::1]:6379"}, ""},
		{"MongoDB", services, map[string]string{"MONGODB_URI": "mongodb://127.0.0.1,mongo.example.com/?replicaSet=rs0"}, "MONGODB_URI"},
		{"MongoDB on this machine", services, map[string]string{"MONGODB_URI": "mongodb://localhost:27017,127.0.0.1:27018/?replicaSet=rs0"}, ""},
		{"MongoDB that is looked up has TLS", services, map[string]string{"MONGODB_URI": "mongodb+srv://mongo.example.com"}, ""},
		{"unless it is off", services, map[string]string{"MONGODB_URI": "mongodb+srv://mongo.example.com/?tls=false"}, "MONGODB_URI"},
		{"the issuer's keys", services + " consoled", map[string]string{"OIDC_JWKS_URL": "http://id.example.com/keys"}, "OIDC_JWKS_URL"},
		{"the issuer", "consoled", map[string]string{"OIDC_ISSUER": "http://id.example.com"}, "OIDC_ISSUER"},
		{"telemetry", services + " consoled", map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318"}, "OTEL_EXPORTER_OTLP_ENDPOINT"},
		{"the services", "consoled", map[string]string{"CONSOLE_TOKEND_URL": "http://tokend:8082/api/v1", "CONSOLE_SCIMD_URL": "http://scimd:8081/api/v1"}, "CONSOLE_TOKEND_URL CONSOLE_SCIMD_URL"},
		{"listeners of scimd", "scimd", map[string]string{"TLS_CERT_FILE": "", "TLS_KEY_FILE": "", "SCIMD_OPS_ADDR": "127.0.0.1:9081"}, "SCIMD_ADDR SCIMD_API_ADDR"},
		{"listeners of tokend", "tokend", map[string]string{"TLS_CERT_FILE": "", "TLS_KEY_FILE": "", "TOKEND_PUBLIC_ADDR": "10.0.0.1:8084"}, "TOKEND_ADDR TOKEND_OPS_ADDR TOKEND_PUBLIC_ADDR"},
		{"listeners of the console", "consoled", map[string]string{"TLS_CERT_FILE": "", "TLS_KEY_FILE": ""}, "CONSOLE_ADDR CONSOLE_OPS_ADDR"},
	} {
		for program := range strings.FieldsSeq(tt.programs) {
			for _, require := range []string{"false", "true"} {
				vars := maps.Clone(secured[program])
				maps.Copy(vars, tt.change)
				vars["REQUIRE_TLS"] = require
				var environ []string
				for name, value := range vars {
					environ = append(environ, name+"="+value)
				}
				sentences, err := load[program](environ)
				if require == "true" && err != nil {
					sentences = strings.Split(err.Error(), "\n")
				} else if err != nil {
					t.Errorf("%s: %s: %v", tt.rule, program, err)
				}
				var named []string
				for _, s := range sentences {
					name, rest, _ := strings.Cut(s, ": ")
					named = append(named, name)
					if !strings.HasPrefix(rest, "is plain text to other machines (") || strings.Contains(s, secret) || strings.Contains(rest, "REQUIRE_TLS") != (require == "true") {
						t.Errorf("%s: %s says %q", tt.rule, program, s)
					}
				}
				want := strings.Fields(tt.names)
				slices.Sort(named)
				slices.Sort(want)
				if !slices.Equal(named, want) {
					t.Errorf("%s: %s with REQUIRE_TLS=%s names %q, want %q", tt.rule, program, require, named, want)
				}
			}
		}
	}
}
