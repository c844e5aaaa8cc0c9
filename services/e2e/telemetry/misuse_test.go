package telemetry

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"gotest.tools/v3/assert"

	"github.com/devrev/scim/libs/token"
	"github.com/devrev/scim/libs/token/redisstore"
	"github.com/devrev/scim/services/e2e/harness"
	"github.com/devrev/scim/services/internal/terms"
)

// forged is what would be a line of the log, could it only end the one before.
const forged = `{"level":"INFO","msg":"request","forged":true}`

// hostile are texts that try to end a line, to repaint a terminal, or to turn its direction.
var hostile = []string{"\n" + forged + "\n", "\r\n" + forged, "\x1b[2J\x1b[31m" + forged, "\u009b2J", "\u2028" + forged, "\u202e", "\x00"}

// misuse asks for what is refused, at every stage at which it can be.
func (s *scene) misuse() {
	c := s.protocol
	s.strangers()
	user := c.want(201, "POST", "/Users", map[string]any{"schemas": []string{coreUser}, "userName": s.canary() + "@example.com"}).string("id")
	for _, body := range []any{
		s.canary(), `{"` + s.canary(), `{"schemas":["` + s.canary() + `"]}`, `["` + s.canary() + `"]`, `{"a":"` + s.canary() + `","A":"` + s.canary() + `"}`,
		map[string]any{"schemas": []string{coreUser}, "userName": []any{s.canary()}, "name": s.canary(), "active": s.canary()},
		map[string]any{"schemas": []string{coreUser}, s.canary(): s.canary(), "emails": []any{map[string]any{"value": 7, "type": s.canary()}}},
		strings.Repeat(s.canary(), 1<<17),
		patchRequest(map[string]any{"op": s.canary(), "path": "title", "value": s.canary()}),
		patchRequest(map[string]any{"op": "replace", "path": s.canary(), "value": s.canary()}),
		patchRequest(map[string]any{"op": "replace", "path": `emails[` + s.canary(), "value": s.canary()}),
		patchRequest(map[string]any{"op": "replace", "path": "id", "value": s.canary()}),
		patchRequest(map[string]any{"op": "remove", "path": "userName", "value": s.canary()}),
		map[string]any{"schemas": []string{bulkRequest}, "Operations": []any{map[string]any{"method": s.canary(), "path": s.canary(), "bulkId": s.canary()}}},
		map[string]any{"schemas": []string{searchRequest}, "filter": s.canary(), "sortBy": s.canary(), "cursor": s.canary()},
	} {
		for _, request := range []string{"POST /Users", "POST /Groups", "PUT /Users/" + user, "PATCH /Users/" + user, "PATCH /Users/" + s.canary(), "POST /Bulk", "POST /.search", "PUT /Groups/" + s.canary()} {
			method, path, _ := strings.Cut(request, " ")
			c.send(method, path, body)
		}
		for _, request := range []string{"PUT ", "POST /sign-ins", "PUT /scim/settings", "POST /scim/tokens", "POST /scim/tokens/rotate", "PUT /users/" + s.canary() + "/email", "POST /scim/enable"} {
			method, path, _ := strings.Cut(request, " ")
			s.api.send(method, "/organisations/second"+path, body)
		}
	}
	for _, text := range append(hostile, s.canary()) {
		text += s.canary()
		c.send("GET", query("/Users", "filter", text), nil)
		c.send("GET", query("/Users", "filter", fmt.Sprintf("userName eq %q", text)), nil)
		c.send("GET", query("/Users", "sortBy", text, "count", text), nil)
		c.send("GET", query("/Groups", "cursor", text, "attributes", text), nil)
		c.send("POST", "/Users", map[string]any{"schemas": []string{coreUser, text}, "userName": text, "title": text, text: text})
		c.send("POST", "/Groups", map[string]any{"schemas": []string{coreGroup}, "displayName": text})
		s.api.send("GET", query("/organisations/second/activity", "user", text, "effect", text, "since", text), nil)
		s.api.send("POST", "/organisations/second/scim/tokens", map[string]any{"name": text})
		s.api.send("PUT", "/organisations/second", map[string]any{"sso": map[string]any{"enabled": true, "connection": text}})
		s.api.send("POST", "/organisations/second/sign-ins", map[string]any{"userName": text})
	}
	for _, header := range []string{"If-Match", "If-None-Match", "Content-Type", "Accept", "Content-Encoding", "Transfer", "Host", "Traceparent", "Tracestate"} {
		c.send("PUT", "/Users/"+user, map[string]any{"schemas": []string{coreUser}, "userName": s.canary()}, header, s.canary())
	}
	for _, method := range []string{"GET", "POST", "OPTIONS", "TRACE", strings.ToUpper(s.canary())} {
		c.send(method, "/Users/.search", nil)
		s.api.send(method, "/organisations/second/scim/enable", nil)
		c.send(method, "/"+s.canary()+"/"+s.canary(), nil)
		c.send(method, "/Users/"+s.canary()+"/"+s.canary(), nil)
		s.api.send(method, "/"+s.canary(), nil)
	}
	c.want(http.StatusPreconditionFailed, "DELETE", "/Users/"+user, nil, "If-Match", `W/"`+s.canary()+`"`)
	c.send("GET", "//Users//"+s.canary()+"/", nil)
}

// strangers send what is not a credential, or no longer one.
func (s *scene) strangers() {
	unknown := token.New(token.NewTag()).Reveal()
	known, err := token.Parse(s.protocol.Credential)
	assert.NilError(s.t, err)
	wrong := token.New(known.Tag()).Reveal()
	s.hide(unknown, wrong)
	for _, credentials := range []string{
		"", "Bearer", "Bearer " + s.canary(), "Basic " + s.canary(), s.canary(), "Bearer " + unknown, "Bearer " + wrong, "Bearer " + unknown[:70],
		"Bearer eyJhbGciOiJub25lIn0." + s.canary() + "." + s.canary(), "Digest username=" + s.canary(),
	} {
		s.protocol.want(http.StatusUnauthorized, "GET", "/Users?access_token="+s.canary(), nil, "Authorization", credentials)
		s.api.want(http.StatusUnauthorized, "GET", "/organisations/second/users", nil, "Authorization", credentials)
		s.api.want(http.StatusUnauthorized, "GET", "/organisations/second/scim", nil, "Authorization", credentials)
	}
	s.api.send("PUT", "/organisations/second/scim/settings", map[string]any{"strict": s.canary()}, "Authorization", "Bearer "+s.product.Ready.Orgs[0].AdminToken)
	s.hide(s.product.Ready.Orgs[0].AdminToken)
}

// crowd has a token of each of many organisations used, and many paths and methods that there are
// not.
func (s *scene) crowd() {
	keyring, err := token.ParseKeyring("local:" + s.product.pepper)
	assert.NilError(s.t, err)
	store := redisstore.New(harness.Redis(s.t, s.product.redis.URL()))
	crowd := make([]token.Organisation, organisations())
	documents := make([]any, len(crowd))
	for n := range crowd {
		o := token.Organisation{ID: fmt.Sprintf("org-%d", n), Tag: token.NewTag(), Enabled: true, Generation: 1, Settings: map[string]string{"userNameFormat": "any"}}
		crowd[n], documents[n] = o, bson.M{"_id": o.ID, "tag": o.Tag, "generation": o.Generation, "enabled": true, "sso": true, "userNameFormat": "any", "version": int64(1)}
	}
	s.product.insert(s.t, terms.Organisations, documents)
	methods := []string{"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "BREW", "PROPFIND"}
	const workers = 8
	callers := make([]*caller, workers)
	for i := range callers {
		callers[i] = s.as("")
	}
	var all sync.WaitGroup
	for w, c := range callers {
		all.Go(func() {
			for n := w; n < len(crowd); n += workers {
				o := crowd[n]
				t := token.New(o.Tag)
				r := token.Record{Org: o.ID, Tag: o.Tag, ID: t.ID(), Scopes: []token.Scope{token.ScopeWrite}, Generation: 1, IssuedAt: time.Now()}
				r.Kid, r.MAC = keyring.Sign(o.ID, t)
				harness.Eventually(s.t, "an organisation and its token are stored", func() bool { // which may be repeated
					return store.PutOrganisation(s.t.Context(), o) == nil && store.Insert(s.t.Context(), r) == nil
				})
				c.want(200, "GET", "/ServiceProviderConfig", nil, "Authorization", "Bearer "+t.Reveal())
				if n%5 == 0 {
					c.send(methods[n/5%len(methods)], "/"+s.canary(), nil)
				}
			}
		})
	}
	all.Wait()
}
