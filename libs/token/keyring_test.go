package token_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"strings"
	"testing"

	"gotest.tools/v3/assert"

	"github.com/devrev/scim/libs/token"
)

// Stored MACs outlive releases: this one was computed without this code, as
// printf 'v1org-1<id><secret>' | openssl dgst -sha256 -hmac <pepper>.
func TestSignIsTheSameForEver(t *testing.T) {
	t.Parallel()
	read, err := token.Parse("dvscim_Tg5kP0aZ0J8sQ2mXc4Vb_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefg3LvaAJ")
	assert.NilError(t, err)
	kid, mac := keyring(t, "k1").Sign("org-1", read)
	if want := "59de74342a729551f80f764115eb71e179251609b0fe58af4b29cb835a8520b0"; kid != "k1" || hex.EncodeToString(mac) != want {
		t.Errorf("Sign gives %s %x, want k1 %s", kid, mac, want)
	}
}

func TestVerify(t *testing.T) {
	t.Parallel()
	signed, other := token.New(token.NewTag()), token.New(token.NewTag())
	k := keyring(t, "k2", "k1")
	record := func(change func(*token.Record)) token.Record {
		r := token.Record{Org: "org-1", Tag: signed.Tag(), ID: signed.ID()}
		r.Kid, r.MAC = k.Sign(r.Org, signed)
		change(&r)
		return r
	}
	for name, c := range map[string]struct {
		record token.Record
		token  token.Token
		want   bool
	}{
		"the record of the token":                {record(func(*token.Record) {}), signed, true},
		"the record of another token":            {record(func(*token.Record) {}), other, false},
		"the record copied to another org":       {record(func(r *token.Record) { r.Org = "org-2" }), signed, false},
		"a pepper of before":                     {record(func(r *token.Record) { r.Kid, r.MAC = keyring(t, "k1").Sign("org-1", signed) }), signed, true},
		"a pepper that is not in the keyring":    {record(func(r *token.Record) { r.Kid, r.MAC = keyring(t, "k3").Sign("org-1", signed) }), signed, false},
		"another kid than the one it was signed": {record(func(r *token.Record) { r.Kid = "k1" }), signed, false},
		"an unknown kid with a current MAC":      {record(func(r *token.Record) { r.Kid = "k3" }), signed, false},
		"no MAC":                                 {record(func(r *token.Record) { r.MAC = nil }), signed, false},
		"half a MAC":                             {record(func(r *token.Record) { r.MAC = r.MAC[:16] }), signed, false},
		"no record":                              {token.Record{}, signed, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := k.Verify(c.record, c.token); got != c.want {
				t.Errorf("Verify: %t, want %t", got, c.want)
			}
		})
	}
}

// Another secret behind the same tag and id is what a thief of the list would try.
func TestVerifyRefusesAnotherSecretOfTheSameID(t *testing.T) {
	t.Parallel()
	k := keyring(t, "k1")
	signed := token.New(token.NewTag())
	r := token.Record{Org: "org-1", Tag: signed.Tag(), ID: signed.ID()}
	r.Kid, r.MAC = k.Sign(r.Org, signed)
	if k.Verify(r, withSecretOf(t, signed, token.New(signed.Tag()))) {
		t.Error("Verify accepts it")
	}
}

func TestNewKeyring(t *testing.T) {
	t.Parallel()
	good := bytes.Repeat([]byte{1}, token.MinPepper)
	for name, c := range map[string]struct {
		current string
		peppers map[string][]byte
		ok      bool
	}{
		"one pepper of the least length":   {"k1", map[string][]byte{"k1": good}, true},
		"a pepper one byte too short":      {"k1", map[string][]byte{"k1": good[1:]}, false},
		"an old pepper one byte too short": {"k1", map[string][]byte{"k1": good, "k0": good[1:]}, false},
		"no pepper for the current kid":    {"k2", map[string][]byte{"k1": good}, false},
		"no peppers":                       {"", nil, false},
		"an empty kid":                     {"", map[string][]byte{"": good}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := token.NewKeyring(c.current, c.peppers); (err == nil) != c.ok {
				t.Errorf("NewKeyring: error %v", err)
			}
		})
	}
}

func TestNewKeyringKeepsNoHoldOfThePeppers(t *testing.T) {
	t.Parallel()
	pepper, signed := bytes.Repeat([]byte{1}, token.MinPepper), token.New(token.NewTag())
	k, err := token.NewKeyring("k1", map[string][]byte{"k1": pepper})
	assert.NilError(t, err)
	_, before := k.Sign("org-1", signed)
	clear(pepper)
	if _, after := k.Sign("org-1", signed); !bytes.Equal(before, after) {
		t.Error("the caller can change the keyring")
	}
}

func TestParseKeyring(t *testing.T) {
	t.Parallel()
	encode := func(length int) string { return base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{0xfb}, length)) }
	good := encode(32)
	for name, c := range map[string]struct {
		text    string
		current string // "": refused
	}{
		"one":                         {"k1:" + good, "k1"},
		"two, the first is current":   {"k2:" + good + ",k1:" + encode(64), "k2"},
		"space and a line end":        {" k2:" + good + " , k1:" + good + "\n", "k2"},
		"nothing":                     {"", ""},
		"no kid":                      {good, ""},
		"an empty kid":                {":" + good, ""},
		"a short pepper":              {"k1:" + encode(31), ""},
		"no base64":                   {"k1:hunter2hunter2hunter2hunter2hunter2!", ""},
		"base64 of URLs":              {"k1:" + strings.NewReplacer("+", "-", "/", "_").Replace(good), ""},
		"a kid twice":                 {"k1:" + good + ",k1:" + good, ""},
		"a comma at the end":          {"k1:" + good + ",", ""},
		"the second is short":         {"k1:" + good + ",k0:" + encode(1), ""},
		"a pepper in place of a kid":  {"k1," + good + ":k1", ""},
		"a pepper where a kid may be": {good + ":" + good + "x", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k, err := token.ParseKeyring(c.text)
			if (err == nil) != (c.current != "") {
				t.Fatalf("ParseKeyring: error %v", err)
			}
			if err != nil {
				if strings.Contains(err.Error(), good[:8]) || strings.Contains(err.Error(), "hunter2") {
					t.Errorf("the error shows a pepper: %v", err)
				}
				return
			}
			if kid, _ := k.Sign("org-1", token.New(token.NewTag())); kid != c.current {
				t.Errorf("current is %s, want %s", kid, c.current)
			}
		})
	}
}

func BenchmarkSign(b *testing.B) {
	k, signed := keyring(b, "k1"), token.New(token.NewTag())
	for b.Loop() {
		k.Sign("org-1", signed)
	}
}

// keyring has a pepper for each kid, made from it; the first is current.
func keyring(tb testing.TB, kids ...string) token.Keyring {
	tb.Helper()
	peppers := make(map[string][]byte)
	for _, kid := range kids {
		peppers[kid] = []byte(strings.Repeat(kid, 16))
	}
	k, err := token.NewKeyring(kids[0], peppers)
	assert.NilError(tb, err)
	return k
}

func TestDerive(t *testing.T) {
	keyring := func(pepper byte) token.Keyring {
		k, err := token.NewKeyring("k", map[string][]byte{"k": bytes.Repeat([]byte{pepper}, token.MinPepper)})
		assert.NilError(t, err)
		return k
	}
	key := keyring(1).Derive("cursor")
	if len(key) != 32 {
		t.Errorf("a derived key has %d bytes, want 32", len(key))
	}
	if !bytes.Equal(key, keyring(1).Derive("cursor")) {
		t.Error("two processes with one pepper derive different keys")
	}
	if bytes.Equal(key, keyring(1).Derive("other")) || bytes.Equal(key, keyring(2).Derive("cursor")) {
		t.Error("another purpose or another pepper derives the same key")
	}
}
