package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"

	"gotest.tools/v3/assert"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/libs/telemetry"
	"github.com/devrev/scim/services/local"
	"github.com/devrev/scim/services/local/embedded"
	"github.com/devrev/scim/services/scim/directory"
	"github.com/devrev/scim/services/scim/directory/directorytest"
	"github.com/devrev/scim/services/token/tokenserver"
)

// BenchmarkRequest answers requests without a network, for profiles of the code itself:
//
//	go test ./services/local/allinone -run '^$' -bench Request/get -cpuprofile cpu.out
func BenchmarkRequest(b *testing.B) {
	file, err := embedded.Open(filepath.Join(b.TempDir(), "scim.db"))
	assert.NilError(b, err)
	b.Cleanup(func() { _ = file.Close() })
	reporting, err := telemetry.Start(b.Context(), telemetry.Config{Service: "bench", Log: io.Discard})
	assert.NilError(b, err)
	options := local.Options{Addr: "127.0.0.1:0", Data: b.TempDir()}
	people, err := local.NewIssuer(options, options.Addr)
	assert.NilError(b, err)
	product, err := assemble(options, tokenserver.Grace{}, options.Addr, file, people, reporting)
	assert.NilError(b, err)
	server := httptest.NewServer(product.front)
	b.Cleanup(server.Close)
	platform := local.Platform{BaseURL: server.URL + "/api/v1", Credential: product.ready.PlatformCredential}
	token, err := platform.Prepare(b.Context(), "org", "email", true)
	assert.NilError(b, err)
	const users = 1000
	var ids []directory.UserID
	for i := range users {
		name := fmt.Sprintf("user%d@example.com", i)
		u := directorytest.NewUser(name, "externalId", fmt.Sprint("00u", i), "displayName", "Given Family", "title", "Member of staff",
			"name", scim.NewDocument("givenName", "Given", "familyName", "Family"),
			"emails", []any{scim.NewDocument("value", name, "type", "work", "primary", true)},
			scim.EnterpriseUserSchema, scim.NewDocument("department", "Sales", "employeeNumber", fmt.Sprint(i)))
		assert.NilError(b, file.Directory().CreateUser(b.Context(), "org", u))
		ids = append(ids, u.ID)
	}
	patch := func(i int) string {
		return fmt.Sprintf(`{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],`+
			`"Operations":[{"op":"replace","path":"active","value":%t}]}`, i/users%2 == 1)
	}
	for _, row := range []struct {
		name, method string
		path         func(i int) string
		body         func(i int) string
	}{
		{"get", "GET", func(i int) string { return "/Users/" + string(ids[i%users]) }, nil},
		{"lookup", "GET", func(i int) string {
			return fmt.Sprintf("/Users?filter=userName+eq+%%22user%d@example.com%%22", i%users)
		}, nil},
		{"page", "GET", func(i int) string { return "/Users?count=100" }, nil},
		{"patch", "PATCH", func(i int) string { return "/Users/" + string(ids[i%users]) }, patch},
	} {
		b.Run(row.name, func(b *testing.B) {
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				var body io.Reader = http.NoBody
				if row.body != nil {
					body = bytes.NewReader([]byte(row.body(i)))
				}
				r := httptest.NewRequest(row.method, "/scim/v2"+row.path(i), body)
				r.Header.Set("Authorization", "Bearer "+token)
				r.Header.Set("Content-Type", "application/scim+json")
				w := httptest.NewRecorder()
				product.front.ServeHTTP(w, r)
				if w.Code != http.StatusOK {
					b.Fatalf("%d %s", w.Code, w.Body)
				}
			}
		})
	}
}
