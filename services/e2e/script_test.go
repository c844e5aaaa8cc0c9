package e2e

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
	"gotest.tools/v3/assert"

	"github.com/devrev/scim/services/e2e/harness"
)

// A dialogue is a txtar file: what an identity provider sends, and what it must be answered with.
// Its sections are called request and response, in turn. A request is a line with method and path
// below the SCIM base URL, header lines, an empty line and the body; a response is a line with the
// status, the headers of shown and the body. What differs from run to run stands as a name: <base>,
// <time>, the ids of a <request> and its <trace>, and <id1>, <id2>, ... for ids in the order in
// which they appeared.
type dialogue struct {
	archive *txtar.Archive
	steps   []step
}

// step is one exchange. response is the index of its section in the archive.
type step struct {
	request  string
	response int
}

// shown are the headers that a response section holds.
var shown = []string{"Content-Type", "Location", "ETag", "WWW-Authenticate", "Allow", "Retry-After"}

func parseDialogue(tb testing.TB, file string) dialogue {
	tb.Helper()
	archive, err := txtar.ParseFile(file)
	assert.NilError(tb, err)
	d := dialogue{archive: archive}
	for i := 0; i+1 < len(archive.Files); i += 2 {
		request, response := archive.Files[i], archive.Files[i+1]
		if request.Name != "request" || response.Name != "response" {
			tb.Fatalf("%s: section %d is %q, then %q; want request, response", file, i, request.Name, response.Name)
		}
		d.steps = append(d.steps, step{string(request.Data), i + 1})
	}
	if len(archive.Files)%2 != 0 || len(d.steps) == 0 {
		tb.Fatalf("%s: %d sections, want pairs of request and response", file, len(archive.Files))
	}
	return d
}

// client is one identity provider's connection to one organisation.
type client struct {
	harness.Client
	names *names
}

func newClient(base, token string) client {
	return client{harness.Client{Base: base, Credential: token, MediaType: harness.SCIM}, newNames(base)}
}

// exchange sends the request section and returns the answer as a response section.
func (c client) exchange(tb testing.TB, section string) string {
	tb.Helper()
	return c.names.replace(render(c.ask(tb, section)))
}

// ask sends the request section.
func (c client) ask(tb testing.TB, section string) harness.Answer {
	tb.Helper()
	head, body, _ := strings.Cut(c.names.resolve(section), "\n\n")
	lines := strings.Split(strings.TrimRight(head, "\n"), "\n")
	method, path, ok := strings.Cut(lines[0], " ")
	if !ok {
		tb.Fatalf("%q is not a request line", lines[0])
	}
	headers := []string{"Content-Type", ""} // only those of the section
	for _, line := range lines[1:] {
		name, value, _ := strings.Cut(line, ":")
		headers = append(headers, name, strings.ReplaceAll(strings.TrimSpace(value), "<token>", c.Credential))
	}
	return c.Served(tb, method, path, strings.TrimSpace(body), headers...)
}

func render(a harness.Answer) string {
	var out bytes.Buffer
	fmt.Fprintln(&out, a.Status)
	for _, name := range shown {
		if value := a.Header.Get(name); value != "" {
			fmt.Fprintf(&out, "%s: %s\n", name, value)
		}
	}
	if len(a.Body) > 0 {
		out.WriteString("\n")
		out.Write(indent(a.Body))
		out.WriteString("\n")
	}
	return out.String()
}
