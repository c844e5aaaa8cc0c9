package token_test

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"github.com/devrev/scim/libs/token"
)

// oneToken is a store with one token of one organisation.
type oneToken struct {
	record token.Record
	org    token.Organisation
}

func (s oneToken) Lookup(_ context.Context, tag, id string) (token.Record, token.Organisation, error) {
	if tag != s.record.Tag || id != s.record.ID {
		return token.Record{}, token.Organisation{}, token.ErrNotFound
	}
	return s.record, s.org, nil
}

func ExampleVerifier() {
	keyring, err := token.NewKeyring("k1", map[string][]byte{"k1": bytes.Repeat([]byte{7}, token.MinPepper)})
	if err != nil {
		fmt.Println(err)
		return
	}
	org := token.Organisation{ID: "acme", Tag: token.NewTag(), Enabled: true}
	issued := token.New(org.Tag)
	kid, mac := keyring.Sign(org.ID, issued)
	store := oneToken{org: org, record: token.Record{
		Org: org.ID, Tag: org.Tag, ID: issued.ID(), Kid: kid, MAC: mac, Scopes: []token.Scope{token.ScopeRead},
	}}

	verifier := token.NewVerifier(store, keyring, time.Now)
	principal, err := verifier.Verify(context.Background(), "Bearer "+issued.Reveal())
	fmt.Println(principal.Org, err)

	_, err = verifier.Verify(context.Background(), "Bearer "+token.New(org.Tag).Reveal())
	fmt.Println(err != nil)
	// Output:
	// acme <nil>
	// true
}
