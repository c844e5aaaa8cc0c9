package redisstore_test

import (
	"errors"
	"testing"
	"time"

	"gotest.tools/v3/assert"

	"github.com/devrev/scim/libs/token"
)

// issued is an organisation with one token, stored.
type issued struct {
	organisation token.Organisation
	record       token.Record
	token        token.Token
	keyring      token.Keyring
}

// issue stores an organisation and one token of it that does not expire.
func issue(tb testing.TB, s token.Store) issued {
	tb.Helper()
	keyring := testKeyring(tb)
	o := newOrganisation()
	retried(tb, func() error { return s.PutOrganisation(tb.Context(), o) })
	t := token.New(o.Tag)
	r := newRecord(o, t)
	r.Kid, r.MAC = keyring.Sign(o.ID, t)
	retried(tb, func() error { return s.Insert(tb.Context(), r) })
	return issued{organisation: o, record: r, token: t, keyring: keyring}
}

// retried makes a change until it is known to be done.
func retried(tb testing.TB, change func() error) {
	tb.Helper()
	var err error
	for deadline := time.Now().Add(forGood); time.Now().Before(deadline); {
		if err = change(); !errors.Is(err, token.ErrUnavailable) {
			break
		}
	}
	assert.NilError(tb, err)
}

// testKeyring is that of every token of issue.
func testKeyring(tb testing.TB) token.Keyring {
	tb.Helper()
	keyring, err := token.NewKeyring("k1", map[string][]byte{"k1": make([]byte, token.MinPepper)})
	assert.NilError(tb, err)
	return keyring
}

func newOrganisation() token.Organisation {
	tag := token.NewTag()
	return token.Organisation{
		ID: "org-" + tag, Tag: tag, Enabled: true, Generation: 1,
		Settings: map[string]string{"userNameFormat": "email", "requestsPerSecond": "50"},
	}
}

func newRecord(o token.Organisation, t token.Token) token.Record {
	return token.Record{
		Org: o.ID, Tag: o.Tag, ID: t.ID(), Name: "okta", Kid: "k1", MAC: []byte(t.ID()), Issuer: "administrator-7",
		Scopes: []token.Scope{token.ScopeWrite}, Generation: o.Generation, IssuedAt: time.Now().UTC().Truncate(time.Millisecond),
	}
}
