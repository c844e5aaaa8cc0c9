package door

import "strings"

// The headers of who may do all.
const (
	provider = "Content-Type: application/scim+json\nAuthorization: Bearer {token}"
	platform = "Content-Type: application/json\nAuthorization: Bearer {platform}"
	admin    = "Content-Type: application/json\nAuthorization: Bearer {admin}"
)

const (
	patchOf = `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[`
	babs    = `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"babs@example.com"}`
)

// hostile is what a client could do wrong, or for no good reason.
var hostile = []struct {
	method, headers string
	targets         []string
	body            string
}{
	{"GET", provider, []string{
		"/scim/v2/Users/%ff", "/scim/v2/Users/%00", "/scim/v2/Groups/%ed%a0%80", "/scim/v2/Users/" + strings.Repeat("7", 70_000), "/scim/v2/%ff", "/scim/v2/Schemas/%00",
		"/scim/v2/Users?filter=displayName%20eq%20%22A;B%22", "/scim/v2/Users?filter=%", "/scim/v2/Users?count=1;filter=x", "/scim/v2/Users?filter=userName%20eq%20%22%ff%22",
		"/scim/v2/Users?filter=userName%20eq%20%22%5cu0000%22", "/scim/v2/Users?filter=userName%20eq%20%22%5cud800%22", "/scim/v2/Users?filter=id%20eq%20%22%00%22",
		"/scim/v2/Users?filter=a&filter=b", "/scim/v2/Users?startIndex=99999999999999999999&count=-1", "/scim/v2/Users?startIndex=9223372036854775807&count=200",
		"/scim/v2/Users?sortBy=emails&sortOrder=descending", "/scim/v2/Users?sortBy=meta.created&cursor=", "/scim/v2/Users?cursor=AAAA", "/scim/v2?filter=id%20pr&sortBy=id",
		"/scim/v2/Users?attributes=%24ref,a.b.c,urn:x:y", "/scim/v2/Users?filter=members.value%20eq%20%22x%22", "/scim/v2/Groups?filter=members.value%20eq%20%22{user}%22",
		"/scim/v2/Users?filter=meta.lastModified%20gt%20%2299999-01-01T00:00:00Z%22", "/scim/v2/Users?filter=" + strings.Repeat("(", 500), "/scim/v2/Me", "/scim/v2/ServiceProviderConfig?filter=x",
		"/scim/v2/Users?filter=userName%20co%20%22" + strings.Repeat("a", 4000) + "%22", "//scim//v2//Users//", "/scim/v2/Users/a%2Fb", "*", "/",
		"/scim/v2/Users?filter=userName+eq+%22%F0%9F%98%80%22", "/scim/v2/Users/.search", "/scim/v2/Bulk", "/scim/v2/Users/{group}", "/scim/v2/Groups/{user}",
	}, ""},
	{"GET", provider + "\nIf-Match: \xff\nIf-None-Match: W/\"", []string{"/scim/v2/Users/{user}"}, ""},
	{"GET", provider + "\nAuthorization: Bearer {token}", []string{"/scim/v2/Users"}, ""},
	{"GET", "Authorization: Bearer Bearer {token}", []string{"/scim/v2/Users"}, ""},
	{"GET", "Authorization: \"{token}\"", []string{"/scim/v2/Users"}, ""},
	{"GET", "Authorization: {token}\nUser-Agent: \xff\xfe\nX-Forwarded-For: \xff, 999.1.1.1", []string{"/scim/v2/Users"}, ""},
	{"GET", "Authorization: Basic \xff", []string{"/scim/v2/Users", "/api/v1/organisations/{org}/users", "/api/v1/organisations/{org}/scim"}, ""},
	{"OPTIONS", "", []string{"*", "/scim/v2/Users", "/api/v1/notices"}, ""},
	{"BREW", provider, []string{"/scim/v2/Users", "/api/v1/organisations/{org}"}, "tea"},
	{"HEAD", provider, []string{"/scim/v2/Users", "/scim/v2/Users/{user}", "/scim/v2/nothing"}, ""},
	{"POST", provider, []string{"/scim/v2/Users", "/scim/v2/Groups", "/scim/v2/Bulk", "/scim/v2/.search"}, ""},
	{"POST", provider, []string{"/scim/v2/Users", "/scim/v2/Groups"}, "\ufeff" + babs},
	{"POST", provider, []string{"/scim/v2/Users"}, "{\"userName\":\"\xff\"}"},
	{"POST", provider, []string{"/scim/v2/Users"}, `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"a@example.com","x509Certificates":[{"value":"!"}],"active":"perhaps"}`},
	{"POST", provider, []string{"/scim/v2/Users"}, `{"userName":"a@example.com","externalId":"` + strings.Repeat("x", 40_000) + `"}`},
	{"POST", provider, []string{"/scim/v2/Users"}, strings.Repeat("[", 10_000)},
	{"POST", provider + "\nContent-Length: 999", []string{"/scim/v2/Users", "/scim/v2/Bulk"}, babs},
	{"POST", provider + "\nTransfer-Encoding: chunked", []string{"/scim/v2/Users"}, "zz\r\n" + babs},
	{"POST", provider + "\nContent-Encoding: gzip", []string{"/scim/v2/Users"}, "\x1f\x8b"},
	{"POST", "Content-Type: application/scim+json; charset=utf-16\nAuthorization: Bearer {token}", []string{"/scim/v2/Users"}, babs},
	{"POST", "Content-Type: text/\xff\nAuthorization: Bearer {token}", []string{"/scim/v2/Users"}, babs},
	{"PATCH", provider, []string{"/scim/v2/Users/{user}", "/scim/v2/Groups/{group}"}, patchOf + `{"op":"remove","path":"members[value eq \"\\u0000\"]"},{"op":"add","path":"members","value":[{"value":"\ud800"}]}]}`},
	{"PATCH", provider, []string{"/scim/v2/Groups/{group}"}, patchOf + `{"op":"add","path":"members","value":[{"value":"` + strings.Repeat("x", 100_000) + `"}]}]}`},
	{"PATCH", provider, []string{"/scim/v2/Groups/{group}", "/scim/v2/Users/{user}"}, patchOf + `{"op":"replace","path":"externalId","value":{"$where":"1"}},{"op":"add","value":{"$set":{"a.b":1}}}]}`},
	{"PATCH", provider, []string{"/scim/v2/Users/{user}"}, patchOf + `{"op":"add","path":"emails[type eq \"work\"].value","value":null},{"op":"remove"}]}`},
	{"PUT", provider + "\nIf-Match: W/\"99999999999999999999\"", []string{"/scim/v2/Users/{user}", "/scim/v2/Groups/{group}"}, babs},
	{"POST", provider, []string{"/scim/v2/Bulk"}, `{"schemas":["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],"Operations":[{"method":"DELETE","path":"/Users/a\u0001/../%ff"},{"method":"PUT","path":"/Users/{user}","data":{}},7,null]}`},
	{"POST", provider, []string{"/scim/v2/Users/.search", "/scim/v2/.search"}, `{"filter":"id pr","count":"x","attributes":[1]}`},
	{"DELETE", provider, []string{"/scim/v2/Users/%ff", "/scim/v2/Groups/%00", "/scim/v2/Users/{user}", "/scim/v2/Groups/{group}"}, ""},

	{"GET", platform, []string{
		"/api/v1/organisations/%ff", "/api/v1/organisations/%00/scim", "/api/v1/organisations/%2E%2E/scim", "/api/v1/organisations/{org}", "/api/v1/organisations/{org}/users/%ff",
		"/api/v1/organisations/{org}/users?limit=x", "/api/v1/organisations/{org}/users?limt=1", "/api/v1/organisations/{org}/users?userName=%ff", "/api/v1/organisations/{org}/users?after=%00",
		"/api/v1/organisations/{org}/users?state=shadow&userName=a;b", "/api/v1/organisations/{org}/users?state=none", "/api/v1/organisations/{org}/users?after=" + strings.Repeat("7", 4000),
		"/api/v1/organisations/{org}/users/{user}", "/api/v1/organisations/{org}/users/{user}/why", "/api/v1/organisations/{org}/groups/{group}", "/api/v1/organisations/{org}/groups?after=x",
		"/api/v1/organisations/{org}/activity?since=9999-12-31T23:59:59Z", "/api/v1/organisations/{org}/activity?since=0000-01-01T00:00:00Z&until=0001-01-01T00:00:00Z",
		"/api/v1/organisations/{org}/activity?user=%F0%9F%98%80&after=x", "/api/v1/organisations/{org}/activity?requestId=%22&effect=none", "/api/v1/organisations/{org}/coercions",
		"/api/v1/organisations/{org}/scim", "/api/v1/organisations/{org}/scim/settings", "/api/v1/organisations/{org}/scim/tokens", "/api/v1/organisations/{org}/scim/tokens/{tokenId}",
		"/api/v1/organisations/{org}/scim/tokens/%ff", "/api/v1/organisations/{org}/scim/audit?action=none", "/api/v1/organisations/{org}/scim/audit?tokenId=%F0&after=1.2", "/api/v1/notices?after=x",
		"/api/v1/organisations/{org}/scim/audit?since=9999-12-31T23:59:59Z", "/api/v1/organisations/{org}/scim/audit?after=9223372036854775808", "/api/v1/organisations/nothing/users", "/api/v1/",
		"/api/v1/organisations/{org}/scim/audit/verify", "/api/v1/organisations//scim", "/api/v1/organisations/{org}/%2e%2e/scim",
	}, ""},
	{"GET", admin + "\nAccept: application/x-ndjson", []string{"/api/v1/organisations/{org}/activity", "/api/v1/organisations/{org}/scim/audit", "/api/v1/organisations/other/users"}, ""},
	{"PUT", platform, []string{"/api/v1/organisations/{org}", "/api/v1/organisations/%2E"}, `{"sso":{"enabled":true,"connection":"\u0000\ud800"},"rate":{"perSecond":-1,"burst":1e400}}`},
	{"PUT", platform, []string{"/api/v1/organisations/{org}"}, `{"SSO":{"enabled":true}}`},
	{"PUT", admin, []string{"/api/v1/organisations/{org}/scim/settings"}, `{"schemas":[{"id":"urn:example:x","attributes":[{"name":"a","type":"string"},{"name":"$where"}]}],"strict":null}`},
	{"PUT", admin, []string{"/api/v1/organisations/{org}/scim/settings"}, `{"schemas":[null]}`},
	{"POST", admin, []string{"/api/v1/organisations/{org}/scim/tokens", "/api/v1/organisations/{org}/scim/tokens/rotate", "/api/v1/organisations/{org}/scim/enable", "/api/v1/organisations/{org}/scim/disable"}, ``},
	{"POST", admin + "\nIdempotency-Key: \xff", []string{"/api/v1/organisations/{org}/scim/tokens"}, `{"name":"okta\u0000","scopes":["scim:read",""],"expiresAt":"9999-12-31T23:59:59Z"}`},
	{"POST", admin, []string{"/api/v1/organisations/{org}/scim/tokens"}, `{"name":"okta","expiresAt":"2030-01-31T12:00:00+99:99"}`},
	{"POST", admin, []string{"/api/v1/organisations/{org}/scim/tokens/rotate"}, `{"current":"{tokenId}","overlapHours":1,"force":true}`},
	{"POST", admin, []string{"/api/v1/organisations/{org}/scim/tokens/{tokenId}/end", "/api/v1/organisations/{org}/scim/tokens/{tokenId}/restore", "/api/v1/organisations/{org}/scim/tokens/%C3%BC/end"}, ``},
	{"DELETE", admin, []string{"/api/v1/organisations/{org}/scim/tokens/{tokenId}", "/api/v1/organisations/{org}/scim/tokens/%ff", "/api/v1/organisations/{org}/scim/tokens/a%2Fb"}, ""},
	{"POST", platform, []string{"/api/v1/organisations/{org}/sign-ins"}, `{"userName":"bjensen@example.com"}`},
	{"POST", platform, []string{"/api/v1/organisations/{org}/sign-ins"}, `{"USERNAME":"bjensen@example.com"}`},
	{"POST", platform, []string{"/api/v1/organisations/{org}/sign-ins"}, `{"userName":"\u0000{user}"}`},
	{"PUT", admin, []string{"/api/v1/organisations/{org}/users/{user}/email", "/api/v1/organisations/{org}/users/%ff/email"}, `{"email":"x@y"}`},
	{"PUT", admin, []string{"/api/v1/organisations/{org}/users/{user}/display-name"}, `{"displayName":"` + strings.Repeat("ü", 30_000) + `"}`},
}
