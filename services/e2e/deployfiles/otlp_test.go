package deployfiles

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"gotest.tools/v3/assert"

	"github.com/devrev/scim/services/e2e/harness"
)

// object is JSON of OTLP.
type object = map[string]any

// trace is a request as scimd or tokend tell of it: a server span, and a span of a store below.
type trace struct {
	method, route string // empty: GET /scim/v2/Users
	status        int
	store         string        // error.type of the store's operation
	took          time.Duration // 0: 20 ms
	strange       bool          // no organisation is known
}

func (tr trace) spans(id string) []any {
	method, route := cmp.Or(tr.method, "GET"), cmp.Or(tr.route, "/scim/v2/Users")
	end := time.Now()
	start := end.Add(-cmp.Or(tr.took, 20*time.Millisecond))
	server, client := spanID(), spanID()
	root := span(id, server, "", method+" "+route, start, end,
		"http.request.method", method, "http.route", route, "http.response.status_code", tr.status)
	if !tr.strange {
		root["attributes"] = append(root["attributes"].([]any), attributes("scim.organisation", "acme")...) //nolint:forcetypeassert // span makes it
	}
	if tr.status >= http.StatusInternalServerError {
		root["status"] = object{"code": 2}
	}
	store := span(id, client, server, "find users", start, end, "db.system.name", "mongodb", "db.operation.name", "find")
	if tr.store != "" {
		store["status"] = object{"code": 2}
		store["attributes"] = append(store["attributes"].([]any), attributes("error.type", tr.store)...) //nolint:forcetypeassert // span makes it
	}
	return []any{root, store}
}

func spanID() string { return fmt.Sprintf("%016x", rand.Uint64()) }

func span(trace, id, parent, name string, start, end time.Time, pairs ...any) object {
	return object{
		"traceId": trace, "spanId": id, "parentSpanId": parent, "name": name, "kind": 2, "attributes": attributes(pairs...),
		"startTimeUnixNano": strconv.FormatInt(start.UnixNano(), 10), "endTimeUnixNano": strconv.FormatInt(end.UnixNano(), 10),
	}
}

// attributes are pairs of keys and values, which are strings or ints.
func attributes(pairs ...any) []any {
	var all []any
	for i := 0; i < len(pairs); i += 2 {
		value := object{"stringValue": pairs[i+1]}
		if n, ok := pairs[i+1].(int); ok {
			value = object{"intValue": strconv.Itoa(n)}
		}
		all = append(all, object{"key": pairs[i], "value": value})
	}
	return all
}

// post sends spans or log records, as signal says, in the name of scimd.
func (c *collector) post(signal string, items []any, resource ...any) {
	c.t.Helper()
	outer, scope, inner := "resourceSpans", "scopeSpans", "spans"
	if signal == "logs" {
		outer, scope, inner = "resourceLogs", "scopeLogs", "logRecords"
	}
	body, err := json.Marshal(object{outer: []any{object{
		"resource": object{"attributes": attributes(append([]any{"service.name", "scimd"}, resource...)...)},
		scope:      []any{object{inner: items}},
	}}})
	assert.NilError(c.t, err)
	a := harness.Client{Base: c.url, MediaType: harness.JSON}.Must(c.t, http.MethodPost, "/v1/"+signal, body)
	if a.Status != http.StatusOK {
		c.t.Fatalf("%s were answered with %d: %s", signal, a.Status, a.Body)
	}
}

// spans returns what the collector has let through so far.
func (c *collector) spans() (all []object) {
	c.t.Helper()
	for _, batch := range c.lines("traces.jsonl") {
		for _, r := range list(batch["resourceSpans"]) {
			for _, s := range list(r["scopeSpans"]) {
				all = append(all, list(s["spans"])...)
			}
		}
	}
	return all
}

// lines returns the whole lines of a file: the last one may be half written.
func (c *collector) lines(name string) (all []object) {
	c.t.Helper()
	content, err := os.ReadFile(filepath.Join(c.folder, name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	assert.NilError(c.t, err)
	for line := range bytes.Lines(content) {
		if !bytes.HasSuffix(line, []byte("\n")) {
			break
		}
		var o object
		assert.NilError(c.t, json.Unmarshal(line, &o))
		all = append(all, o)
	}
	return all
}

func list(v any) (all []object) {
	items, _ := v.([]any)
	for _, item := range items {
		if o, ok := item.(object); ok {
			all = append(all, o)
		}
	}
	return all
}

func text(v any) string {
	s, _ := v.(string)
	return s
}
