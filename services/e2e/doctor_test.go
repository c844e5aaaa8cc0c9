package e2e

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"gotest.tools/v3/assert"

	"github.com/devrev/scim/services/e2e/harness"
)

const (
	userSchemas = `"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"]`
	patchOp     = `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[%s]}`
)

// setUp is an organisation whose connection is broken in one way.
type setUp struct {
	journey
	token string
	id    string // of the token
}

// send sends a request below the SCIM base URL, in the name of Okta, and does not care how it is
// answered.
func (s setUp) send(method, path, body string, headers ...string) harness.Answer {
	s.Helper()
	c := harness.Client{Base: s.ready.SCIMBaseURL, Credential: s.token, MediaType: harness.SCIM}
	return c.Served(s, method, path, body, append([]string{"User-Agent", "Okta SCIM Client 1.0.0"}, headers...)...)
}

// create creates a user and returns the id.
func (s setUp) create(userName string) string {
	s.Helper()
	return text(s.send("POST", "/Users", fmt.Sprintf(`{%s,"userName":%q}`, userSchemas, userName)).Object(), "id")
}

// brokenSetUps are ways in which connections are broken in practice, and what the doctor says.
var brokenSetUps = []struct {
	rule    string
	verdict string
	cause   string // in the sentence of the verdict, or of a problem that is open
	breakIt func(s setUp)
}{
	{"nothing was entered", "waiting", "no request has come with a token", func(setUp) {}},
	{"the token of another organisation is entered", "waiting", "no request has come with a token of this organisation", func(s setUp) {
		other := (&wiring{ready: s.ready}).client(s)
		s.token = other.Credential
		s.send("GET", "/Users?startIndex=1&count=2", "")
	}},
	{"single sign-on is off", "off", "single sign-on is off", func(s setUp) {
		s.platform("PUT", s.org, `{"sso":{"enabled":false}}`, 200)
	}},
	{"SCIM is disabled, and the identity provider goes on", "off", "SCIM is disabled", func(s setUp) {
		s.platform("POST", s.org+"/scim/disable", "", 200)
		s.send("GET", "/Users", "")
	}},
	{"the token was revoked", "off", "which was revoked", func(s setUp) {
		s.platform("DELETE", s.org+"/scim/tokens/"+s.id, "", 204)
		s.send("GET", "/Users", "")
	}},
	{"an old token is still sent, beside one that nobody has entered", "failing", "which was revoked", func(s setUp) {
		s.platform("POST", s.org+"/scim/tokens", `{"name":"new"}`, 201)
		s.platform("DELETE", s.org+"/scim/tokens/"+s.id, "", 204)
		for range 3 {
			s.send("GET", "/Users", "")
		}
	}},
	{"the token expired", "off", "which expired", func(s setUp) {
		s.platform("DELETE", s.org+"/scim/tokens/"+s.id, "", 204)
		s.token = ""
		for seconds := time.Duration(2); s.token == ""; seconds *= 2 { // a busy machine issues it when it has expired already, which is refused
			soon := time.Now().Add(seconds * time.Second).UTC().Format(time.RFC3339Nano)
			s.token = s.api().Served(s, "POST", s.org+"/scim/tokens", `{"name":"short","expiresAt":"`+soon+`"}`).Text("token")
		}
		harness.Eventually(s, "the token expires", func() bool { return s.send("GET", "/Users", "").Status == 401 })
	}},
	{"the token is from before SCIM was disabled", "waiting", "ended when SCIM was disabled", func(s setUp) {
		s.platform("POST", s.org+"/scim/disable", "", 200)
		s.platform("POST", s.org+"/scim/enable", "", 201)
		s.send("GET", "/Users", "")
	}},
	{"the token is cut off", "waiting", "mistyped or cut off", func(s setUp) {
		s.token = s.token[:len(s.token)-8]
		s.send("GET", "/Users", "")
	}},
	{"the token is mistyped", "waiting", "mistyped or cut off", func(s setUp) {
		last := s.token[len(s.token)-1]
		s.token = s.token[:len(s.token)-1] + map[bool]string{true: "b", false: "a"}[last == 'a']
		s.send("GET", "/Users", "")
	}},
	{"the token is in quotation marks", "waiting", "quotation marks", func(s setUp) {
		s.send("GET", "/Users", "", "Authorization", `Bearer "`+s.token+`"`)
	}},
	{"the word Bearer is there twice", "waiting", "Bearer is before the API token twice", func(s setUp) {
		s.send("GET", "/Users", "", "Authorization", `Bearer Bearer `+s.token)
	}},
	{"the base URL is without /scim/v2", "waiting", "the base URL is wrong", func(s setUp) {
		base := strings.TrimSuffix(s.ready.SCIMBaseURL, "/scim/v2")
		harness.Client{Base: base, Credential: s.token}.Must(s, "GET", "/Users?startIndex=1&count=2", "")
	}},
	{"the base URL is that of an old version", "waiting", "the base URL is wrong", func(s setUp) {
		base := strings.TrimSuffix(s.ready.SCIMBaseURL, "/scim/v2")
		harness.Client{Base: base + "/scim/v1", Credential: s.token}.Must(s, "GET", "/Users?startIndex=1&count=2", "")
	}},
	{"the token may only read", "failing", "The token may only read", func(s setUp) {
		issued := s.platform("POST", s.org+"/scim/tokens", `{"name":"read","scopes":["scim:read"]}`, 201)
		s.token = text(issued, "token")
		for range 3 {
			s.create("ann@example.com")
		}
	}},
	{"user names are not e-mail addresses", "failing", "not e-mail addresses", func(s setUp) {
		for _, name := range []string{"ann", "ben", "cid"} {
			s.create(name)
		}
	}},
	{"the organisation is strict", "failing", "The organisation is strict", func(s setUp) {
		s.platform("PUT", s.org+"/scim/settings", `{"strict":true}`, 200)
		id := s.create("ann@example.com")
		for range 3 {
			s.send("PATCH", "/Users/"+id, fmt.Sprintf(patchOp, `{"op":"Replace","path":"active","value":"False"}`))
		}
	}},
	{"a group is a member of a group", "failing", "has a group as a member", func(s setUp) {
		s.create("ann@example.com")
		inner := text(s.send("POST", "/Groups", `{"displayName":"Inner"}`).Object(), "id")
		outer := text(s.send("POST", "/Groups", `{"displayName":"Outer"}`).Object(), "id")
		for range 3 {
			s.send("PATCH", "/Groups/"+outer, fmt.Sprintf(patchOp, `{"op":"add","path":"members","value":[{"value":"`+inner+`"}]}`))
		}
	}},
	{"members arrive before their users", "failing", "arrive before their users", func(s setUp) {
		s.create("ann@example.com")
		group := text(s.send("POST", "/Groups", `{"displayName":"Guides"}`).Object(), "id")
		for range 3 {
			s.send("PATCH", "/Groups/"+group, fmt.Sprintf(patchOp, `{"op":"add","path":"members","value":[{"value":"ben@example.com"}]}`))
		}
	}},
	{"two people have one userName", "failing", "whose userName another user", func(s setUp) {
		for range 4 {
			s.create("ann@example.com")
		}
	}},
	{"a group of this name is here already", "failing", "has a name that another group", func(s setUp) {
		s.create("ann@example.com")
		for range 4 {
			s.send("POST", "/Groups", `{"displayName":"Guides"}`)
		}
	}},
	{"the identity provider knows ids of another environment", "failing", "by an id that this organisation does not have", func(s setUp) {
		s.create("ann@example.com")
		for range 3 {
			s.send("PATCH", "/Users/019bd6a1-5d7e-7c2a-9a57-3f0c1d2e4b5a", fmt.Sprintf(patchOp, `{"op":"replace","value":{"active":false}}`))
		}
	}},
	{"an attribute is mapped to an extension that is not there", "working", "is left out: its schema is not known", func(s setUp) {
		s.send("POST", "/Users", `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User","urn:example:acme:1.0:User"],"userName":"ann@example.com","urn:example:acme:1.0:User":{"badge":"7"}}`)
	}},
	{"the content type is wrong", "failing", "not in the format of SCIM", func(s setUp) {
		for range 3 {
			s.send("POST", "/Users", `userName=ann@example.com`, "Content-Type", "application/x-www-form-urlencoded")
		}
	}},
	{"a body is too large", "failing", "larger than DevRev accepts", func(s setUp) {
		for range 3 {
			s.send("POST", "/Users", `{`+userSchemas+`,"userName":"ann@example.com","title":"`+strings.Repeat("x", 1<<20)+`"}`)
		}
	}},
	{"a list is too large", "failing", "a list has at most 1000", func(s setUp) {
		var emails []string
		for i := range 1001 {
			emails = append(emails, fmt.Sprintf(`{"value":"a%d@example.com"}`, i))
		}
		for range 3 {
			s.send("POST", "/Users", `{`+userSchemas+`,"userName":"ann@example.com","emails":[`+strings.Join(emails, ",")+`]}`)
		}
	}},
	{"the rate is exceeded", "", "more requests than its rate allows", func(s setUp) {
		s.platform("PUT", s.org, `{"sso":{"enabled":true},"rate":{"perSecond":25,"burst":25}}`, 200)
		for range 60 { // some pass, so how it stands depends on the machine
			s.send("GET", "/Users", "")
		}
		s.send("GET", "/Users?sortBy=userName", "") // which costs twenty
		s.send("GET", "/Users?sortBy=userName", "")
		s.send("GET", "/Users?sortBy=userName", "")
	}},
}

// diagnosis is an answer of the doctor.
type diagnosis struct {
	Verdict, Sentence string
	Problems          []struct {
		Sentence, Remedy, Sample string
		Open                     bool
	}
}

// names reports whether the diagnosis names the cause in one sentence.
func (d diagnosis) names(cause string) bool {
	for _, p := range d.Problems {
		if strings.Contains(p.Sentence, cause) && p.Remedy != "" && p.Sample != "" {
			return true
		}
	}
	return strings.Contains(d.Sentence, cause)
}

// theDoctorNamesTheCause breaks a connection in each of the ways, and asks the doctor.
func theDoctorNamesTheCause(t *testing.T, w *wiring) {
	for _, b := range brokenSetUps {
		t.Run(b.rule, func(t *testing.T) {
			t.Parallel()
			j, first := w.connected(t, "")
			b.breakIt(setUp{j, first.Token, first.ID})
			var d diagnosis
			defer func() {
				if t.Failed() {
					t.Logf("the doctor says %+v", d)
				}
			}()
			took := harness.Eventually(t, b.cause, func() bool {
				d = j.diagnose()
				return d.names(b.cause) && (b.verdict == "" || d.Verdict == b.verdict)
			})
			t.Logf("named after %s: %s", took.Round(time.Millisecond), d.Sentence)
		})
	}
}

func (j journey) diagnose() (d diagnosis) {
	j.Helper()
	assert.NilError(j, json.Unmarshal([]byte(marshal(j.platform("GET", j.org+"/doctor", "", 200))), &d))
	return d
}

// nothingOfARehearsalRemains: on organisations of all terms, the dialogues pass or name what
// they do not take, and leave users, groups, activity and tokens as they were.
func nothingOfARehearsalRemains(t *testing.T, w *wiring) {
	for _, c := range []struct {
		rule, settings, play string
		cause                string // "": it passes
	}{
		{"Okta's app of the catalogue", "", `{"client":"okta"}`, ""},
		{"Okta's own app", "", `{"client":"okta","app":"wizard"}`, ""},
		{"Entra ID", "", `{"client":"entra"}`, ""},
		{"an extension of its own", `{"schemas":[` + acmeSchema + `]}`, `{"client":"okta"}`, ""},
		{"a strict organisation and Entra ID", `{"strict":true}`, `{"client":"entra"}`, "The organisation is strict"},
		{"a user name that is no address", "", `{"client":"okta","userName":"ann"}`, "not e-mail addresses"},
		{"a user name with what JSON and Go quote differently", "", "{\"client\":\"okta\",\"userName\":\"\U000f0000@example.com\"}", ""},
		{"a user who is here", "", `{"client":"entra","userName":"here@example.com"}`, ""},
	} {
		t.Run(c.rule, func(t *testing.T) {
			t.Parallel()
			j, first := w.connected(t, c.settings)
			s := setUp{j, first.Token, first.ID}
			id := s.create("here@example.com")
			s.send("POST", "/Groups", `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"displayName":"Guides","members":[{"value":"`+id+`"}]}`)
			harness.Eventually(t, "the use of the token is told", func() bool { return strings.Contains(s.everything(), "requests24h") })
			before := s.everything()
			r := j.platform("POST", j.org+"/doctor/rehearse", c.play, 200)
			if passed, _ := r["passed"].(bool); passed != (c.cause == "") || !strings.Contains(text(r, "sentence"), c.cause) || c.cause != "" && text(r, "remedy") == "" {
				t.Errorf("the rehearsal came to: %s", marshal(r))
			}
			if exchanges, _ := r["exchanges"].([]any); len(exchanges) < 3 {
				t.Errorf("%d exchanges are told", len(exchanges))
			}
			if after := s.everything(); after != before {
				t.Errorf("before it was\n%s\nand after\n%s", before, after)
			}
			harness.Eventually(t, "a rehearsal right after another is refused", func() bool {
				answer, err := j.api().Send(t.Context(), "POST", j.org+"/doctor/rehearse", c.play)
				return err == nil && answer.Status == 429
			})
		})
	}
}

// everything is all that the organisation can read of itself.
func (s setUp) everything() string {
	s.Helper()
	var all []string
	for _, path := range []string{"/users?limit=100", "/users?limit=100&state=deleted", "/groups?limit=100", "/activity?limit=100", "/coercions", "/scim/tokens", "/scim/audit?limit=100"} {
		all = append(all, marshal(s.platform("GET", s.org+path, "", 200)))
	}
	return strings.Join(all, "\n")
}

// reachLooksFromOutside: the product finds its own base URL, once a minute.
func reachLooksFromOutside(t *testing.T, w *wiring) {
	j, _ := w.connected(t, "")
	r := j.platform("POST", j.org+"/doctor/reach", "", 200)
	if reached, _ := r["reached"].(bool); !reached || text(r, "baseUrl") != j.ready.SCIMBaseURL {
		t.Errorf("it came to %s", marshal(r))
	}
	harness.Eventually(t, "looking right after another look is refused", func() bool {
		return j.api().Must(t, "POST", j.org+"/doctor/reach", nil).Status == 429
	})
}
