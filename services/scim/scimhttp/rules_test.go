package scimhttp_test

import (
	"strings"
	"testing"
	"time"
)

const patchOp = `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[%]}`

func TestProtocolRules(t *testing.T) {
	for _, c := range []struct {
		rule string
		run  func(d *deployment)
	}{
		{"RFC 6750 s3: no token is 401 with a challenge and a SCIM body", func(d *deployment) {
			a := d.must(401, "GET", "/Users", "", "Authorization: ")
			if a.Header().Get("WWW-Authenticate") != `Bearer realm="SCIM"` || a.text("status") != "401" {
				d.Errorf("%v %s", a.Header(), a.Body)
			}
		}},
		{"RFC 6750 s3.1: a token that is refused is told so, and one of too little scope which it needs", func(d *deployment) {
			if a := d.must(401, "GET", "/Users", "", "Authorization: Bearer wrong"); a.Header().Get("WWW-Authenticate") != `Bearer realm="SCIM", error="invalid_token"` {
				d.Errorf("%v", a.Header())
			}
			if a := d.must(403, "POST", "/Users", "{}", "Authorization: "+reader); a.Header().Get("WWW-Authenticate") != `Bearer realm="SCIM", error="insufficient_scope", scope="scim:write"` {
				d.Errorf("%v", a.Header())
			}
		}},
		{"RFC 6750 s3.1: who tried another scheme is told of no error", func(d *deployment) {
			if a := d.must(401, "GET", "/Users", "", "Authorization: Basic YTpi"); a.Header().Get("WWW-Authenticate") != `Bearer realm="SCIM"` {
				d.Errorf("%v", a.Header())
			}
		}},
		{"RFC 9865 s2.1: a cursor needs a positive count", func(d *deployment) {
			for _, count := range []string{"0", "-1", "many"} {
				if a := d.must(400, "GET", "/Users?cursor=&count="+count, ""); a.text("scimType") != "invalidCount" {
					d.Errorf("%s", a.Body)
				}
			}
		}},
		{"RFC 7643 s2.5: a cursor of null is none", func(d *deployment) {
			d.must(200, "POST", "/Users/.search", `{"schemas":["urn:ietf:params:scim:api:messages:2.0:SearchRequest"],"cursor":null,"startIndex":1}`)
		}},
		{"sortOrder is checked also without sortBy", func(d *deployment) {
			for _, search := range []string{"/Users/.search", "/Groups/.search", "/.search"} {
				if a := d.must(400, "POST", search, `{"count":1,"sortOrder":"sideways"}`); a.text("scimType") != "invalidValue" {
					d.Errorf("%s", a.Body)
				}
			}
			d.must(400, "GET", "/Users?sortOrder=sideways", "")
			d.must(200, "GET", "/Users?sortOrder=Descending", "")
		}},
		{"a sorted search over all kinds has an end", func(d *deployment) {
			d.must(200, "GET", "?sortBy=userName&startIndex=1900&count=100", "")
			if a := d.must(400, "GET", "?sortBy=userName&startIndex=1902&count=100", ""); a.text("scimType") != "tooMany" {
				d.Errorf("%s", a.Body)
			}
		}},
		{"a token that cannot be checked is 503 with Retry-After, never 401", func(d *deployment) {
			if a := d.must(503, "GET", "/Users", "", "Authorization: hung"); a.Header().Get("Retry-After") == "" {
				d.Error("no Retry-After")
			}
		}},
		{"RFC 6585 s4: an organisation that asks too much is 429 with Retry-After in whole seconds and a SCIM body", func(d *deployment) {
			for wait, want := range map[time.Duration]string{time.Millisecond: "1", time.Second: "1", 1001 * time.Millisecond: "2"} {
				d.wait = wait
				if a := d.must(429, "GET", "/Users", ""); a.Header().Get("Retry-After") != want || a.text("status") != "429" || !strings.Contains(a.text("detail"), want+" s") {
					d.Errorf("after %v: Retry-After is %q: %s", wait, a.Header().Get("Retry-After"), a.Body)
				}
			}
		}},
		{"who guesses at a token is 429, and no organisation's request is counted for it", func(d *deployment) {
			if a := d.must(429, "GET", "/Users", "", "Authorization: guessed"); a.Header().Get("Retry-After") != "3" || a.text("status") != "429" {
				d.Errorf("Retry-After is %q: %s", a.Header().Get("Retry-After"), a.Body)
			}
		}},
		{"a token that may only read reads, searches, and changes nothing", func(d *deployment) {
			d.must(200, "GET", "/Users", "", "Authorization: "+reader)
			d.must(200, "POST", "/Users/.search", `{"schemas":["urn:ietf:params:scim:api:messages:2.0:SearchRequest"]}`, "Authorization: "+reader)
			d.must(403, "POST", "/Users", `{}`, "Authorization: "+reader)
			d.must(403, "POST", "/Bulk", `{}`, "Authorization: "+reader)
		}},
		{"a slash too many is put right", func(d *deployment) {
			d.must(200, "GET", "//Users/", "")
		}},
		{"a strict organisation refuses what would be put right", func(d *deployment) {
			id := d.user("bjensen")
			d.Org.Strict = true
			d.must(200, "PATCH", "/Users/"+id, strings.Replace(patchOp, "%", `{"op":"replace","path":"active","value":false}`, 1))
			for _, op := range []string{
				`{"op":"Replace","path":"active","value":false}`,
				`{"op":"replace","path":"active","value":"False"}`,
				`{"op":"replace","value":{"name.givenName":"Babs"}}`,
			} {
				d.must(400, "PATCH", "/Users/"+id, strings.Replace(patchOp, "%", op, 1))
			}
			d.must(400, "GET", "//Users", "")
			d.must(400, "GET", "/Users?filter=externalId+eq+jyoung", "")
		}},
		{"HEAD is GET without a body", func(d *deployment) {
			id := d.user("bjensen")
			if a := d.must(200, "HEAD", "/Users/"+id, ""); a.Body.Len() != 0 || a.Header().Get("ETag") != `W/"1"` {
				d.Errorf("%v %q", a.Header(), a.Body)
			}
		}},
		{"OPTIONS tells the methods", func(d *deployment) {
			if a := d.must(204, "OPTIONS", "/Users", ""); a.Header().Get("Allow") != "GET, HEAD, POST" {
				d.Errorf("Allow is %q", a.Header().Get("Allow"))
			}
		}},
		{"RFC 7644 s3.14: If-None-Match of the current version is 304", func(d *deployment) {
			id := d.user("bjensen")
			d.must(304, "GET", "/Users/"+id, "", `If-None-Match: W/"1"`)
			d.must(200, "GET", "/Users/"+id, "", `If-None-Match: W/"2"`)
		}},
		{"RFC 7644 s3.14: If-Match of another version is 412", func(d *deployment) {
			id := d.user("bjensen")
			d.must(412, "DELETE", "/Users/"+id, "", `If-Match: W/"2"`)
			d.must(204, "DELETE", "/Users/"+id, "", `If-Match: W/"1"`)
		}},
		{"a body of more than 1 MiB is 413", func(d *deployment) {
			a := d.must(413, "POST", "/Users", `{"userName":"`+strings.Repeat("a", 1<<20)+`"}`)
			if a.text("status") != "413" {
				d.Errorf("%s", a.Body)
			}
		}},
		{"links are of the configured base URL, whatever Host says", func(d *deployment) {
			id := d.user("bjensen")
			a := d.must(200, "GET", "/Users/"+id, "", "Host: evil.example.net")
			if meta, _ := a.body["meta"].(map[string]any); meta["location"] != "https://scim.example.com/scim/v2/Users/"+id {
				d.Errorf("location is %v", meta["location"])
			}
		}},
	} {
		t.Run(c.rule, func(t *testing.T) { c.run(newDeployment(t)) })
	}
}
