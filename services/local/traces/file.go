package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"time"
)

// batch is a line of OTLP's JSON.
type batch struct {
	ResourceSpans []struct {
		Resource struct {
			Attributes attributes `json:"attributes"`
		} `json:"resource"`
		ScopeSpans []struct {
			Spans []struct {
				TraceID    string     `json:"traceId"`
				SpanID     string     `json:"spanId"`
				Parent     string     `json:"parentSpanId"`
				Name       string     `json:"name"`
				Start      string     `json:"startTimeUnixNano"`
				End        string     `json:"endTimeUnixNano"`
				Attributes attributes `json:"attributes"`
				Status     struct {
					Code int `json:"code"`
				} `json:"status"`
			} `json:"spans"`
		} `json:"scopeSpans"`
	} `json:"resourceSpans"`
}

const statusError = 2 // OTLP: STATUS_CODE_ERROR

type attributes []struct {
	Key   string                     `json:"key"`
	Value map[string]json.RawMessage `json:"value"` // of one member, named by the type
}

// lines returns "key = value" for each.
func (as attributes) lines() (all []string) {
	for _, a := range as {
		for _, value := range a.Value {
			all = append(all, a.Key+" = "+strings.Trim(string(value), `"`))
		}
	}
	slices.Sort(all)
	return all
}

// file is what the collector of deploy/otel-collector writes with local.yaml. It begins with each
// start, as the log does, so it has no request that the log lacks.
type file string

func (file) requests(context.Context, string) ([]line, error) { return nil, nil }

// trace reads the file. Without a collector there is none.
func (f file) trace(_ context.Context, id string) ([]span, error) {
	content, err := tail(string(f))
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil, nil
		}
		return nil, fmt.Errorf("read the traces: %w", err)
	}
	var spans []span
	for text := range bytes.Lines(content) {
		var b batch
		if !bytes.Contains(text, []byte(id)) || json.Unmarshal(text, &b) != nil { // of others, or cut off
			continue
		}
		for _, r := range b.ResourceSpans {
			service := ""
			for _, a := range r.Resource.Attributes.lines() {
				if name, ok := strings.CutPrefix(a, "service.name = "); ok {
					service = name
				}
			}
			for _, scope := range r.ScopeSpans {
				for _, s := range scope.Spans {
					if s.TraceID == id {
						spans = append(spans, span{
							Service: service, Name: s.Name, ID: s.SpanID, Parent: s.Parent, Start: at(s.Start), End: at(s.End),
							Failed: s.Status.Code == statusError, Attributes: s.Attributes.lines(),
						})
					}
				}
			}
		}
	}
	return spans, nil
}

func at(nanoseconds string) time.Time {
	n, _ := strconv.ParseInt(nanoseconds, 10, 64) // the collector writes it
	return time.Unix(0, n)
}
