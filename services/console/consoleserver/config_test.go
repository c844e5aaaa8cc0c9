package consoleserver

import (
	"encoding/base64"
	"maps"
	"strings"
	"testing"

	"github.com/devrev/scim/services/console"
)

var secretKey = base64.StdEncoding.EncodeToString([]byte("secret-session-key-of-the-tests-"))

// settings is a good environment with these changes; a variable set to "" is not set.
func settings(change map[string]string) (environ []string) {
	vars := map[string]string{
		"CONSOLE_URL": "https://scim.example.com/console", "CONSOLE_CLIENT_ID": "console", "CONSOLE_SESSION_KEYS": secretKey,
		"CONSOLE_TOKEND_URL": "https://tokend.example.com/api/v1", "CONSOLE_SCIMD_URL": "https://scimd.example.com/api/v1",
		"OIDC_ISSUER": "https://idp.example.com", "OIDC_AUDIENCE": "scim", "OIDC_JWKS_URL": "https://idp.example.com/keys",
	}
	maps.Copy(vars, change)
	for name, value := range vars {
		if value != "" {
			environ = append(environ, name+"="+value)
		}
	}
	return environ
}

func TestTheEnvironmentSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		rule   string
		change map[string]string
		says   string // "": nothing is wrong
	}{
		{"all is there", nil, ""},
		{"one front for both services", map[string]string{"CONSOLE_SCIMD_URL": ""}, ""},
		{"no public address", map[string]string{"CONSOLE_URL": ""}, "CONSOLE_URL must be set"},
		{"a public address without the path", map[string]string{"CONSOLE_URL": "https://scim.example.com"}, "/console"},
		{"a public address in clear", map[string]string{"CONSOLE_URL": "http://scim.example.com/console"}, "http://"},
		{"a public address in clear, on this machine", map[string]string{"CONSOLE_URL": "http://127.0.0.1:8083/console"}, ""},
		{"no key", map[string]string{"CONSOLE_SESSION_KEYS": ""}, "CONSOLE_SESSION_KEYS must be set"},
		{"a key that is too short", map[string]string{"CONSOLE_SESSION_KEYS": "c2VjcmV0"}, "session key 1"},
		{"a service in clear", map[string]string{"CONSOLE_TOKEND_URL": "http://tokend:8082/api/v1"}, "http://"},
		{"a service in clear, on purpose", map[string]string{"CONSOLE_TOKEND_URL": "http://tokend:8082/api/v1", "CONSOLE_INSECURE_HTTP": "true"}, ""},
		{"no issuer", map[string]string{"OIDC_ISSUER": ""}, "OIDC_ISSUER must be set"},
		{"a secret in two places", map[string]string{"CONSOLE_SESSION_KEYS_FILE": "/run/keys"}, "CONSOLE_SESSION_KEYS_FILE too: remove one of them"},
	} {
		t.Run(tt.rule, func(t *testing.T) {
			t.Parallel()
			c, err := Load(settings(tt.change))
			if err == nil {
				_, err = c.Console(console.Deps{})
			}
			switch {
			case tt.says == "" && err != nil:
				t.Errorf("got %v", err)
			case tt.says != "" && (err == nil || !strings.Contains(err.Error(), tt.says) || strings.Contains(err.Error(), "secret-")):
				t.Errorf("got %v, want %q and no secret", err, tt.says)
			}
		})
	}
}
