package token_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"gotest.tools/v3/assert"

	"github.com/devrev/scim/libs/token"
)

func TestTokenPrintsRedacted(t *testing.T) {
	t.Parallel()
	secret := token.New(token.NewTag())
	want := "dvscim_" + secret.Tag() + secret.ID() + "_***"
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%t", "%08.3f", "%c"} {
		if got := fmt.Sprintf(verb, secret); got != want {
			t.Errorf("%s prints %q, want %q", verb, got, want)
		}
		if got := fmt.Sprintf(verb, &secret); got != want {
			t.Errorf("%s of a pointer prints %q, want %q", verb, got, want)
		}
	}
	if got := secret.String(); got != want {
		t.Errorf("String gives %q, want %q", got, want)
	}
	if got, err := secret.MarshalText(); err != nil || string(got) != want {
		t.Errorf("MarshalText gives %q, %v, want %q", got, err, want)
	}
	if got, err := json.Marshal(map[string]any{"token": secret}); err != nil || string(got) != `{"token":"`+want+`"}` {
		t.Errorf("json gives %s, %v", got, err)
	}
	if got := slog.AnyValue(secret).Resolve(); got.Kind() != slog.KindString || got.String() != want {
		t.Errorf("LogValue gives %v", got)
	}
	var text, jsonText bytes.Buffer
	slog.New(slog.NewTextHandler(&text, nil)).Info("issued", "token", secret)
	slog.New(slog.NewJSONHandler(&jsonText, nil)).Info("issued", "token", secret)
	if !strings.Contains(text.String(), "token="+want) || !strings.Contains(jsonText.String(), `"token":"`+want+`"`) {
		t.Errorf("slog gives %s%s", text.String(), jsonText.String())
	}
}

// Wherever the methods are passed by, there is still no secret: in unexported fields, bad verbs and
// extra arguments.
func TestTokenShowsNoSecretAnywhere(t *testing.T) {
	t.Parallel()
	secret := token.New(token.NewTag())
	type request struct {
		token   token.Token
		pointer *token.Token
		list    []token.Token
		byID    map[string]token.Token
		any     any
	}
	r := request{secret, &secret, []token.Token{secret}, map[string]token.Token{"id": secret}, secret}
	outputs := []string{
		fmt.Errorf("issue: %w", printedError{secret}).Error(),
		errors.Join(printedError{secret}).Error(),
		fmt.Sprint(secret, secret), fmt.Sprintln(secret),
		fmt.Sprint(slog.AnyValue(r), slog.AnyValue(secret)),
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d", "%p", "no verb", "%*d"} {
		outputs = append(outputs, fmt.Sprintf(verb, secret), fmt.Sprintf(verb, r), fmt.Sprintf(verb, &r), fmt.Sprintf(verb, []any{r, &r}))
	}
	encoded, err := json.Marshal(struct {
		Token token.Token
		List  []token.Token
		ByID  map[string]*token.Token
		Any   any
	}{secret, r.list, map[string]*token.Token{"id": &secret}, r})
	assert.NilError(t, err)
	outputs = append(outputs, string(encoded))

	plain := secret.Reveal()[28:]
	for i, out := range outputs {
		for from := range len(plain) - 11 {
			part := plain[from : from+12]
			if strings.Contains(out, part) || strings.Contains(out, fmt.Sprintf("%x", part)) {
				t.Fatalf("output %d shows the secret", i)
			}
		}
	}
}

type printedError struct{ token token.Token }

func (e printedError) Error() string { return fmt.Sprintf("cannot store %v", e.token) }

func TestKeyringShowsNoPepper(t *testing.T) {
	t.Parallel()
	pepper := strings.Repeat("pepper", 6)
	keyring, err := token.NewKeyring("k1", map[string][]byte{"k1": []byte(pepper)})
	assert.NilError(t, err)
	v := token.NewVerifier(nil, keyring, nil)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%d"} {
		for _, out := range []string{fmt.Sprintf(verb, keyring), fmt.Sprintf(verb, v), fmt.Sprintf(verb, *v)} {
			for _, form := range []string{"%s", "%x", "%d", "%#v"} {
				if strings.Contains(out, strings.Trim(fmt.Sprintf(form, []byte(pepper[:6])), "[]")) {
					t.Errorf("%s shows the pepper: %s", verb, out)
				}
			}
		}
	}
}

func TestATokenInATextLosesItsSecret(t *testing.T) {
	tok := token.New(token.NewTag())
	whole := tok.Reveal()
	public := "dvscim_" + tok.Tag() + tok.ID() + "_***"
	for rule, row := range map[string]struct{ text, want string }{
		"a text without one stays":      {"Users/7", "Users/7"},
		"a token alone":                 {whole, public},
		"in a sentence, with quotes":    {`"` + whole + `" is not an attribute`, `"` + public + `" is not an attribute`},
		"one that is mistyped":          {whole[:len(whole)-1] + "x", public},
		"one that is cut in its secret": {whole[:40], public},
		"one that is cut in its id":     {whole[:20], "dvscim__***"},
		"one in small letters":          {strings.ToLower(whole), "dvscim_" + strings.ToLower(tok.Tag()+tok.ID()) + "_***"},
		"two of them":                   {whole + "," + whole, public + "," + public},
	} {
		if got := token.Redact(row.text); got != row.want {
			t.Errorf("%s: got %q, want %q", rule, got, row.want)
		}
	}
}
