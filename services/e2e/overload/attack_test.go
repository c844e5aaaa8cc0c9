package overload

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/devrev/scim/libs/token"
	"github.com/devrev/scim/services/e2e/harness"
)

// attack is one way in which an organisation costs more than its share.
type attack struct {
	name    string
	clients int                                                   // that do it at a time
	pause   time.Duration                                         // of each between two times
	once    func(ctx context.Context, p *product, client int) int // does it and returns the status, 0 without an answer
}

// attacks are the lines of the table in docs/security.md.
func attacks() []attack {
	return []attack{
		{"a sortOrder of 1 MB", 8, 0, post("/Users/.search", searchRequest(`"count":1,"sortOrder":"`+strings.Repeat("x", 1_000_000)+`"`))},
		{"a filter and a sort with 1 MB beside them", 8, 0, post("/Users/.search", searchRequest(`"count":1,"sortBy":"title","excludedAttributes":"`+strings.Repeat("x,", 500_000)+`"`))},
		{"a group of 16 MiB of {}", 8, 0, post("/Groups", `{"displayName":"g","members":[`+strings.Repeat("{},", 5_500_000)+`{}]}`)},
		{"a group of 100,000 members", 4, 0, group(100_000)},
		{"a group of 16 MiB of {} as often as the rate allows", 1, 0, patient(post("/Groups", `{"displayName":"g","members":[`+strings.Repeat("{},", 5_500_000)+`{}]}`))},
		{"a group of 100,000 members as often as the rate allows", 1, 0, patient(group(100_000))},
		{"lists of large users", 8, 0, get("/Users?count=200")},
		{"lists that nobody reads", 60, 0, unread},
		{"uploads that stop", 200, 0, stalled},
		{"990 operations on one user at once", 12, 0, patch},
		{"sorts", 15, 0, get("/Users?sortBy=title&count=200")},
		{"filters without an index", 15, 0, get("/Users?count=200&filter=" + url.QueryEscape(strings.TrimSuffix(strings.Repeat(`title co "x" or `, 60), " or ")))},
		{"deep pages", 15, 0, get("/Users?startIndex=2000000000&count=200")},
		{"bulk requests of 1,000", 4, 0, post("/Bulk", bulk())},
		{"unknown tokens, all different", 50, 20 * time.Millisecond, unknown},
		{"refused requests", 10, 0, post("/Users", `{"userName":""}`)},
		{"denied acts in another organisation", 10, 0, denied},
		{"more requests than the rate", 50, 0, get("/Users?count=2")},
	}
}

// patient has an attack repeated when the rate has paid for it, rather than at once: who is refused
// again and again gets less done.
func patient(once func(context.Context, *product, int) int) func(context.Context, *product, int) int {
	return func(ctx context.Context, p *product, client int) int {
		status := once(ctx, p, client)
		if status == http.StatusTooManyRequests {
			select {
			case <-ctx.Done():
			case <-time.After(2 * time.Second): // a burst
			}
		}
		return status
	}
}

func searchRequest(members string) string {
	return `{"schemas":["urn:ietf:params:scim:api:messages:2.0:SearchRequest"],` + members + `}`
}

func post(path, body string) func(context.Context, *product, int) int {
	return repeat(http.MethodPost, func(*product) string { return path }, body)
}

// repeat sends the same body again and again, without a copy of it: the attacker shares the machine
// with what it attacks.
func repeat(method string, path func(*product) string, body string) func(context.Context, *product, int) int {
	content := []byte(body)
	return func(ctx context.Context, p *product, _ int) int {
		return send(ctx, p.attacker, method, path(p), content)
	}
}

func get(path string) func(context.Context, *product, int) int {
	return func(ctx context.Context, p *product, _ int) int {
		return send(ctx, p.attacker, http.MethodGet, path, nil)
	}
}

func send(ctx context.Context, c harness.Client, method, path string, body any) int {
	a, _ := c.Send(ctx, method, path, body) // status 0 says that there was no answer
	return a.Status
}

// group is a PUT of a group whose members are not there.
func group(members int) func(context.Context, *product, int) int {
	var list []string
	for n := range members {
		list = append(list, fmt.Sprintf(`{"value":"00000000-0000-7000-8000-%012d","display":"somebody","type":"User"}`, n))
	}
	body := fmt.Sprintf(`{"schemas":[%q],"displayName":"group","members":[%s]}`, groupSchema, strings.Join(list, ","))
	return repeat(http.MethodPut, func(p *product) string { return "/Groups/" + p.group }, body)
}

// patch makes a list longer, and each client by other elements, so that every attempt changes
// something.
func patch(ctx context.Context, p *product, client int) int {
	var operations []string
	for n := range 990 {
		operations = append(operations, fmt.Sprintf(`{"op":"add","path":"phoneNumbers","value":[{"value":"%d-%d-%d"}]}`, client, n, time.Now().UnixNano()))
	}
	operations = append(operations, `{"op":"remove","path":"phoneNumbers"}`)
	body := `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[` + strings.Join(operations, ",") + `]}`
	return send(ctx, p.attacker, http.MethodPatch, "/Users/"+p.users[len(p.users)-1], body)
}

func bulk() string {
	var operations []string
	for n := range 1000 {
		operations = append(operations, fmt.Sprintf(`{"method":"POST","bulkId":"%d","path":"/Users","data":{"schemas":[%q],"userName":"bulk%d@example.com"}}`, n, userSchema, n))
	}
	return `{"schemas":["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],"Operations":[` + strings.Join(operations, ",") + `]}`
}

func unknown(ctx context.Context, p *product, _ int) int {
	stranger := p.attacker
	stranger.Credential = token.New(token.NewTag()).Reveal()
	return send(ctx, stranger, http.MethodGet, "/Users", nil)
}

func denied(ctx context.Context, p *product, _ int) int {
	return send(ctx, p.admin, http.MethodPost, "/organisations/"+p.quietOrg+"/scim/disable", nil)
}

// stalled begins to send a group of 16 MiB and stops in the middle.
func stalled(ctx context.Context, p *product, _ int) int {
	return raw(ctx, p, "POST", "/Groups", 16<<20, func(conn net.Conn) {
		_, _ = io.WriteString(conn, `{"displayName":"`+strings.Repeat("x", 8<<20))
		hold(ctx)
	})
}

// unread asks for a long list and reads nothing of it.
func unread(ctx context.Context, p *product, _ int) int {
	return raw(ctx, p, "GET", "/Users?count=200", 0, func(net.Conn) { hold(ctx) })
}

// hold waits as long as an attacker would who does not want to be noticed.
func hold(ctx context.Context) {
	select {
	case <-ctx.Done():
	case <-time.After(20 * time.Second):
	}
}

// raw sends the head of a request and has then do the rest on the connection.
func raw(ctx context.Context, p *product, method, path string, length int, then func(net.Conn)) int {
	base, err := url.Parse(p.attacker.Base)
	if err != nil {
		return 0
	}
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", base.Host)
	if err != nil {
		return 0
	}
	defer func() { _ = conn.Close() }()
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
	_, err = fmt.Fprintf(conn, "%s %s%s HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\nContent-Type: application/scim+json\r\nContent-Length: %d\r\n\r\n",
		method, base.Path, path, base.Host, p.attacker.Credential, length)
	if err == nil {
		then(conn)
	}
	return 0
}
