package conformance

import (
	"net/http"
	"strings"
	"testing"
)

func TestAuthentication(t *testing.T) {
	prove(t, []rule{
		{"RFC 7644 s2 a request without credentials is refused with 401", func(c *client) {
			c.send("GET", "/Users", "", "Authorization", "").refused(http.StatusUnauthorized, "")
		}},
		{"RFC 7644 s2 a refusal names the supported scheme in WWW-Authenticate", func(c *client) {
			for _, credentials := range []string{"", "Bearer nobody-knows-this", "Basic YTpi"} {
				a := c.send("GET", "/Users", "", "Authorization", credentials).refused(http.StatusUnauthorized, "")
				if scheme := a.header.Get("WWW-Authenticate"); scheme != "Bearer" && !strings.HasPrefix(scheme, "Bearer ") {
					c.t.Errorf("%q: WWW-Authenticate is %q", credentials, scheme)
				}
			}
		}},
		{"RFC 6750 s3 who has shown no token is told of no error", func(c *client) {
			a := c.send("GET", "/Users", "", "Authorization", "").refused(http.StatusUnauthorized, "")
			if got := a.header.Get("WWW-Authenticate"); strings.Contains(got, "error") {
				c.t.Errorf("WWW-Authenticate is %q", got)
			}
		}},
		{"RFC 6750 s3.1 a token that is not valid is called so", func(c *client) {
			a := c.send("GET", "/Users", "", "Authorization", "Bearer nobody-knows-this").refused(http.StatusUnauthorized, "")
			if got := a.header.Get("WWW-Authenticate"); !strings.Contains(got, `error="invalid_token"`) {
				c.t.Errorf("WWW-Authenticate is %q", got)
			}
		}},
		{"RFC 6750 s3.1 a token that may only read is refused a write with 403 and insufficient_scope", func(c *client) {
			u := c.user(`"userName":"bjensen"`)
			reader := c.reader()
			reader.get(u.path()).is(http.StatusOK)
			reader.post("/Users/.search", message(searchRequest, `"filter":"userName pr"`)).lists("bjensen")
			for _, a := range []answer{
				reader.post("/Users", user(`"userName":"new"`)), reader.put(u.path(), user(`"userName":"new"`)), reader.remove(u.path()),
				reader.patch(u.path(), `{"op":"replace","path":"active","value":false}`), reader.post("/Bulk", bulk()),
			} {
				a.refused(http.StatusForbidden, "")
				if got := a.header.Get("WWW-Authenticate"); !strings.HasPrefix(got, "Bearer ") || !strings.Contains(got, `error="insufficient_scope"`) || !strings.Contains(got, `scope="scim:write"`) {
					c.t.Errorf("%s: WWW-Authenticate is %q", a.asked, got)
				}
			}
			c.get(u.path()).has("meta", marshalled(c.t, u.at("meta")))
		}},
		{"RFC 7644 s2 a write without credentials changes nothing", func(c *client) {
			c.post("/Users", user(`"userName":"bjensen"`), "Authorization", "").refused(http.StatusUnauthorized, "")
			c.get("/Users").lists("")
		}},
		{"RFC 7644 s2 bearer tokens are accepted", func(c *client) {
			c.get("/Users").is(http.StatusOK)
		}},
		{"RFC 9110 s11.1 the name of the scheme may be in any case", func(c *client) {
			c.send("GET", "/Users", "", "Authorization", "bearer "+c.Credential).is(http.StatusOK)
		}},
		{"RFC 6750 s2.1 a token that was pasted with what does not belong to it is told so", func(c *client) {
			for credential, says := range map[string]string{
				"Bearer Bearer " + c.Credential: "twice", `Bearer "` + c.Credential + `"`: "quotation marks", `"` + c.Credential + `"`: "quotation marks", "Bearer <" + c.Credential + ">": "quotation marks",
			} {
				a := c.send("GET", "/Users", "", "Authorization", credential).refused(http.StatusUnauthorized, "")
				if !strings.Contains(a.string("detail"), says) {
					c.t.Errorf("%s\n%s", says, a.text)
				}
			}
		}},
		{"RFC 6750 s2.3 a token in the URI is not accepted", func(c *client) {
			c.send("GET", with("/Users", "access_token", c.Credential), "", "Authorization", "").refused(http.StatusUnauthorized, "")
		}},
		{"RFC 7644 s6 a token reaches the resources of its own tenant only", func(c *client) {
			theirs := c.other().user(`"userName":"bjensen"`)
			c.get(theirs.path()).refused(http.StatusNotFound, "")
			c.put(theirs.path(), user(`"userName":"bjensen"`)).refused(http.StatusNotFound, "")
			c.patch(theirs.path(), `{"op":"replace","path":"active","value":false}`).refused(http.StatusNotFound, "")
			c.remove(theirs.path()).refused(http.StatusNotFound, "")
			c.get("/Users").lists("")
		}},
		{"RFC 7644 s6 two tenants may use one userName and one externalId", func(c *client) {
			c.user(`"userName":"bjensen","externalId":"7"`)
			c.other().user(`"userName":"bjensen","externalId":"7"`)
		}},
	})
}
