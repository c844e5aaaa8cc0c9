package conformance

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/devrev/scim/services/e2e/harness"
)

func TestMediaType(t *testing.T) {
	prove(t, []rule{
		{"RFC 7644 s3.1 bodies are application/scim+json", func(c *client) {
			a := c.post("/Users", user(`"userName":"bjensen"`), "Content-Type", harness.SCIM).is(http.StatusCreated)
			if got := a.header.Get("Content-Type"); got != harness.SCIM && got != harness.SCIM+"; charset=utf-8" {
				c.t.Errorf("Content-Type is %q", got)
			}
		}},
		{"RFC 7644 s3.8 parameters of the media type do not matter", func(c *client) {
			c.post("/Users", user(`"userName":"a"`), "Content-Type", "application/scim+json; charset=UTF-8").is(http.StatusCreated)
			c.post("/Users", user(`"userName":"b"`), "Content-Type", "Application/SCIM+json;charset=utf-8").is(http.StatusCreated)
		}},
		{"RFC 7644 s3.8 bodies may be application/json", func(c *client) {
			c.post("/Users", user(`"userName":"bjensen"`), "Content-Type", "application/json").is(http.StatusCreated)
		}},
		{"RFC 7644 s3.8 Accept may ask for either, for both or for nothing", func(c *client) {
			for _, accept := range []string{harness.SCIM, "application/json", harness.SCIM + ", application/json;q=0.5", "*/*", "", "application/scim+json; charset=utf-8"} {
				c.send("GET", "/Users", "", "Accept", accept).is(http.StatusOK).has("totalResults", `0`)
			}
		}},
		{"RFC 7644 s3.8 text is UTF-8 both ways", func(c *client) {
			u := c.user(`"userName":"bjensen","title":"Führerin 日本"`)
			if !strings.Contains(c.get(u.path()).has("title", `"Führerin 日本"`).text, "Führerin 日本") {
				c.t.Error("the text is escaped")
			}
		}},
		{"RFC 9110 s15.5.16 another media type is refused with 415", func(c *client) {
			for _, contentType := range []string{"text/plain", "application/xml", "application/x-www-form-urlencoded", "nonsense"} {
				c.post("/Users", user(`"userName":"bjensen"`), "Content-Type", contentType).refused(http.StatusUnsupportedMediaType, "")
			}
		}},
		{"RFC 9110 s15.5.16 a packed body is refused with 415 and Accept-Encoding", func(c *client) {
			for _, encoding := range []string{"gzip", "deflate", "identity, br"} {
				c.post("/Users", user(`"userName":"bjensen"`), "Content-Encoding", encoding).refused(http.StatusUnsupportedMediaType, "").says("Accept-Encoding", "identity")
			}
			c.post("/Users", user(`"userName":"bjensen"`), "Content-Encoding", "Identity").is(http.StatusCreated)
		}},
		{"RFC 8259 s8.1 another charset than UTF-8 is refused with 415", func(c *client) {
			for _, charset := range []string{"utf-16", "ISO-8859-1"} {
				c.post("/Users", user(`"userName":"bjensen"`), "Content-Type", harness.SCIM+"; charset="+charset).refused(http.StatusUnsupportedMediaType, "").says("Accept-Encoding", "identity")
			}
		}},
		{"RFC 8259 s8.1 a byte order mark is skipped", func(c *client) {
			c.post("/Users", "\ufeff"+user(`"userName":"bjensen"`)).is(http.StatusCreated)
			c.other().configure(`{"strict":true}`).post("/Users", "\ufeff"+user(`"userName":"bjensen"`)).is(http.StatusCreated)
		}},
		{"RFC 9110 s8.3 an answer without a body names its type too", func(c *client) {
			g := c.group("g")
			c.patch(g.path(), `{"op":"replace","path":"externalId","value":"7"}`).is(http.StatusNoContent).says("Content-Type", harness.SCIM+"; charset=utf-8")
			c.remove(g.path()).is(http.StatusNoContent).says("Content-Type", harness.SCIM+"; charset=utf-8")
		}},
		{"RFC 7644 s3.1 Location names the resource of every answer about one", func(c *client) {
			u, g := c.user(`"userName":"bjensen"`), c.group("g")
			for _, a := range []answer{
				u, c.get(u.path()), c.put(u.path(), user(`"userName":"bjensen","title":"Guide"`)), c.patch(u.path(), `{"op":"replace","path":"title","value":"Head"}`),
			} {
				a.says("Location", c.Base+u.path())
			}
			for _, a := range []answer{c.get(g.path()), c.patch(g.path(), `{"op":"replace","path":"externalId","value":"7"}`)} {
				a.says("Location", c.Base+g.path())
			}
		}},
	})
}

func TestMethods(t *testing.T) {
	prove(t, []rule{
		{"RFC 9110 s9.3.2 HEAD is GET without the body", func(c *client) {
			u := c.user(`"userName":"bjensen"`)
			for _, path := range []string{"/Users", u.path(), "/Groups", "/ServiceProviderConfig", "/Schemas", "/ResourceTypes/User"} {
				get := c.get(path).is(http.StatusOK)
				c.send("HEAD", path, "").is(http.StatusOK).empty().says("Content-Type", get.header.Get("Content-Type")).says("ETag", get.header.Get("ETag"))
			}
			c.send("HEAD", "/Users/nobody", "").is(http.StatusNotFound).empty()
		}},
		{"RFC 9110 s15.5.6 a method that a path has not is refused with 405 and Allow", func(c *client) {
			u := c.user(`"userName":"bjensen"`)
			for _, r := range []struct{ method, path, allow string }{
				{"PUT", "/Users", "GET, HEAD, POST"},
				{"PATCH", "/Users", "GET, HEAD, POST"},
				{"DELETE", "/Groups", "GET, HEAD, POST"},
				{"POST", u.path(), "DELETE, GET, HEAD, PATCH, PUT"},
				{"GET", "/Bulk", "POST"},
				{"DELETE", "/Bulk", "POST"},
				{"PUT", "/.search", "POST"},
				{"POST", "", "GET, HEAD"},
			} {
				a := c.send(r.method, r.path, "{}").refused(http.StatusMethodNotAllowed, "")
				if got := sorted(a.header.Get("Allow")); got != r.allow {
					c.t.Errorf("%s: Allow is %q, want %q", a.asked, got, r.allow)
				}
			}
		}},
		{"RFC 9110 s9.3.7 OPTIONS tells the methods of a path in Allow", func(c *client) {
			u := c.user(`"userName":"bjensen"`)
			for path, methods := range map[string]string{"/Users": "GET HEAD POST", u.path(): "GET HEAD PUT PATCH DELETE", "/Bulk": "POST", "/Schemas": "GET HEAD"} {
				a := c.send("OPTIONS", path, "")
				if a.status != http.StatusOK && a.status != http.StatusNoContent {
					c.t.Errorf("%s: %d\n%s", a.asked, a.status, a.text)
				}
				for _, method := range strings.Fields(methods) {
					if !strings.Contains(a.header.Get("Allow"), method) {
						c.t.Errorf("%s: Allow is %q, without %s", a.asked, a.header.Get("Allow"), method)
					}
				}
			}
		}},
		{"RFC 7644 s3.11 /Me is not implemented, since a token is nobody's", func(c *client) {
			for _, method := range []string{"GET", "POST", "PUT", "PATCH", "DELETE"} {
				c.send(method, "/Me", "").refused(http.StatusNotImplemented, "")
			}
		}},
	})
}

// TestQuery: nothing of a query is passed over, since a list of everybody would answer it.
func TestQuery(t *testing.T) {
	prove(t, []rule{
		{"RFC 3986 s3.4 a semicolon is part of a value", func(c *client) {
			c.user(`"userName":"a","displayName":"A;B"`)
			c.user(`"userName":"b","displayName":"A"`)
			c.send("GET", `/Users?filter=displayName%20eq%20%22A;B%22`, "").is(http.StatusOK).lists("a")
			c.send("GET", `/Users?count=1;filter=x`, "").refused(http.StatusBadRequest, "invalidValue")
		}},
		{"RFC 3986 s2.1 a wrong escape is refused", func(c *client) {
			for _, query := range []string{"filter=%", "filter=50%25&count=%zz", "%=1"} {
				c.send("GET", "/Users?"+query, "").refused(http.StatusBadRequest, "invalidSyntax")
				c.send("GET", "/?"+query, "").refused(http.StatusBadRequest, "invalidSyntax")
			}
		}},
		{"RFC 3986 s3.4 a parameter that is given twice is refused", func(c *client) {
			c.send("GET", "/Users?filter=id+pr&filter=title+pr", "").refused(http.StatusBadRequest, "invalidSyntax")
		}},
		{"RFC 3629 s3 path and query are UTF-8 without U+0000", func(c *client) {
			for _, bad := range []string{"%ff", "%00", "%ED%A0%80"} {
				c.send("GET", "/Users?filter=userName+eq+%22"+bad+"%22", "").refused(http.StatusBadRequest, "invalidSyntax")
				for _, method := range []string{"GET", "PUT", "PATCH", "DELETE"} {
					c.send(method, "/Users/"+bad, "").refused(http.StatusNotFound, "")
					c.send(method, "/Groups/"+bad, "").refused(http.StatusNotFound, "")
				}
				c.send("GET", "/"+bad, "").refused(http.StatusBadRequest, "invalidSyntax")
			}
		}},
		{"RFC 7644 s3.4.2 an unknown parameter is ignored", func(c *client) {
			c.user(`"userName":"a"`)
			c.send("GET", "/Users?aadOptscim062020&x=1", "").is(http.StatusOK).lists("a")
		}},
		{"RFC 7644 s3.4.2.1 a query at the base URL ends with a slash, in a strict organisation too", func(c *client) {
			c = c.other().configure(`{"strict":true}`)
			c.user(`"userName":"a"`)
			c.send("GET", "/?filter=userName+eq+%22a%22", "").is(http.StatusOK).lists("a")
			c.send("GET", "/Users/?filter=userName+eq+%22a%22", "").refused(http.StatusBadRequest, "invalidPath")
		}},
	})
}

func TestErrors(t *testing.T) {
	prove(t, []rule{
		{"RFC 7644 s3.12 an error has the attributes of the RFC and no others, in a bulk response too, and its detail ends with the request's id", func(c *client) {
			a := c.get("/Users/nobody").refused(http.StatusNotFound, "") // which asks for all of it
			if b := c.get("/Users/nobody"); b.string("detail") == a.string("detail") {
				c.t.Errorf("two requests have one id\n%s", b.text)
			}
			a = c.post("/Bulk", bulk(`{"method":"DELETE","path":"/Users/nobody"}`)).is(http.StatusOK)
			a.has("Operations/0/response", marshalled(c.t, map[string]any{
				"schemas": []string{errorResponse}, "status": "404",
				"detail": `There is no user with the id "nobody". The id of this request is ` + a.header.Get("X-Request-Id") + ".",
			}))
		}},
		{"RFC 7644 s3.12 an error is a body with schemas, status as a string, and a detail", func(c *client) {
			c.get("/Users/nobody").refused(http.StatusNotFound, "")
			c.get("/Users", "filter", "nope").refused(http.StatusBadRequest, "invalidFilter")
		}},
		{"RFC 7644 s3.12 an unknown endpoint is 404 with such a body", func(c *client) {
			for _, path := range []string{"/Robots", "/Users/1/2", "/users", "/ServiceProviderConfigs", "/Bulk/1"} {
				c.get(path).refused(http.StatusNotFound, "")
			}
		}},
		{"RFC 7644 s3.12 a body that is no JSON object is refused with invalidSyntax", func(c *client) {
			u := c.user(`"userName":"bjensen"`)
			for _, body := range []string{`{`, `[]`, `"text"`, `{"userName":"a"} {}`, `{'userName':'a'}`, `{"userName":"a",}`, `<user/>`} {
				c.post("/Users", body).refused(http.StatusBadRequest, "invalidSyntax")
				c.put(u.path(), body).refused(http.StatusBadRequest, "invalidSyntax")
				c.send("PATCH", u.path(), body).refused(http.StatusBadRequest, "invalidSyntax")
				c.post("/Users/.search", body).refused(http.StatusBadRequest, "invalidSyntax")
			}
			c.post("/Users", "").refused(http.StatusBadRequest, "invalidSyntax")
		}},
		{"RFC 7644 s3.12 a body that names an attribute twice is refused with invalidSyntax", func(c *client) {
			c.post("/Users", user(`"userName":"a","USERNAME":"b"`)).refused(http.StatusBadRequest, "invalidSyntax")
		}},
		{"RFC 7644 s7.5.2 an error repeats nothing of what was sent as a value", func(c *client) {
			for _, a := range []answer{
				c.post("/Users", user(`"userName":"bjensen","active":"secret-value"`)),
				c.get("/Users", "filter", `active eq "secret-value"`),
				c.patch(c.user(`"userName":"u"`).path(), `{"op":"replace","path":"active","value":"secret-value"}`),
			} {
				if a.is(http.StatusBadRequest); strings.Contains(a.text, "secret-value") {
					c.t.Errorf("%s: %s", a.asked, a.text)
				}
			}
		}},
	})
}

// sorted returns the elements of a comma-separated list in the order of the alphabet.
func sorted(list string) string {
	elements := strings.Split(strings.ReplaceAll(list, " ", ""), ",")
	slices.Sort(elements)
	return strings.Join(elements, ", ")
}
