package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// jaeger is the address of a Jaeger's query service, such as http://127.0.0.1:16686. What it keeps
// survives a start of the product, which the log does not. See "APIs" in Jaeger's documentation;
// this is the one of its own pages, as the stable one does not search by attributes over HTTP.
type jaeger string

// mostAnswer bounds an answer of Jaeger, in bytes.
const mostAnswer = 64 << 20

// jaegerTrace is one trace in Jaeger's form. Times are in microseconds.
type jaegerTrace struct {
	TraceID string `json:"traceID"`
	Spans   []struct {
		ID         string `json:"spanID"`
		Name       string `json:"operationName"`
		Start      int64  `json:"startTime"`
		Took       int64  `json:"duration"`
		Process    string `json:"processID"`
		References []struct {
			Kind string `json:"refType"`
			Span string `json:"spanID"`
		} `json:"references"`
		Tags []struct {
			Key   string `json:"key"`
			Value any    `json:"value"`
		} `json:"tags"`
	} `json:"spans"`
	Processes map[string]struct {
		Service string `json:"serviceName"`
	} `json:"processes"`
}

func (j jaeger) trace(ctx context.Context, id string) ([]span, error) {
	if !isTraceID(id) {
		return nil, nil
	}
	traces, err := ask[jaegerTrace](ctx, j, "/api/traces/"+id, nil)
	if err != nil || len(traces) == 0 {
		return nil, err
	}
	return traces[0].spans(), nil
}

// requests asks for each service, since Jaeger searches one at a time.
func (j jaeger) requests(ctx context.Context, id string) ([]line, error) {
	var found []jaegerTrace
	switch {
	case id == "":
		return nil, nil
	case isTraceID(id):
		traces, err := ask[jaegerTrace](ctx, j, "/api/traces/"+id, nil)
		if err != nil {
			return nil, err
		}
		found = traces
	default:
		services, err := ask[string](ctx, j, "/api/services", nil)
		if err != nil {
			return nil, err
		}
		for _, service := range services {
			for _, attribute := range []string{attributeRequest, attributeOrganisation} {
				wanted, err := json.Marshal(map[string]string{attribute: id})
				if err != nil {
					return nil, err
				}
				traces, err := ask[jaegerTrace](ctx, j, "/api/traces", url.Values{"service": {service}, "tags": {string(wanted)}, "limit": {strconv.Itoa(mostFound)}})
				if err != nil {
					return nil, err
				}
				found = append(found, traces...)
			}
		}
	}
	var lines []line
	for _, t := range found {
		for _, l := range t.requests() {
			if id == l.TraceID || id == l.RequestID || id == l.Organisation {
				lines = append(lines, l)
			}
		}
	}
	return lines, nil
}

// isTraceID reports whether a text can be the id of a trace: 32 hexadecimal digits.
func isTraceID(id string) bool {
	return len(id) == 32 && strings.Trim(id, "0123456789abcdef") == ""
}

// ask returns the data of an answer. What Jaeger does not have is none of it.
func ask[T any](ctx context.Context, j jaeger, path string, query url.Values) ([]T, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, string(j)+path+"?"+query.Encode(), http.NoBody)
	if err != nil {
		return nil, fmt.Errorf("ask Jaeger: %w", err)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, fmt.Errorf("ask Jaeger: %w", err)
	}
	defer func() { _ = answer.Body.Close() }()
	switch answer.StatusCode {
	case http.StatusOK:
	case http.StatusNotFound:
		return nil, nil
	default:
		return nil, fmt.Errorf("ask Jaeger: it answered with %s", answer.Status)
	}
	var body struct {
		Data []T `json:"data"`
	}
	if err := json.NewDecoder(io.LimitReader(answer.Body, mostAnswer)).Decode(&body); err != nil {
		return nil, fmt.Errorf("read the answer of Jaeger: %w", err)
	}
	return body.Data, nil
}

func (t jaegerTrace) spans() []span {
	spans := make([]span, 0, len(t.Spans))
	for _, s := range t.Spans {
		one := span{Service: t.Processes[s.Process].Service, Name: s.Name, ID: s.ID, Start: time.UnixMicro(s.Start), End: time.UnixMicro(s.Start + s.Took)}
		for _, reference := range s.References {
			if reference.Kind == "CHILD_OF" {
				one.Parent = reference.Span
			}
		}
		for _, tag := range s.Tags {
			one.Failed = one.Failed || tag.Key == "error" && tag.Value == true
			one.Attributes = append(one.Attributes, fmt.Sprintf("%s = %v", tag.Key, tag.Value))
		}
		slices.Sort(one.Attributes)
		spans = append(spans, one)
	}
	return spans
}

// The attributes of a request's span that an id can be in.
const (
	attributeRequest      = "scim.request.id"
	attributeOrganisation = "scim.organisation"
)

// requests returns the requests of a trace, as far as their spans tell. There are several where one
// program asked another.
func (t jaegerTrace) requests() (all []line) {
	for _, s := range t.Spans {
		values := map[string]string{}
		for _, tag := range s.Tags {
			values[tag.Key] = fmt.Sprint(tag.Value)
		}
		status, err := strconv.Atoi(values["http.response.status_code"])
		if err != nil || values[attributeRequest] == "" { // a step
			continue
		}
		all = append(all, line{
			Time: time.UnixMicro(s.Start), Method: values["http.request.method"], Route: values["http.route"], Status: status,
			Milliseconds: float64(s.Took) / 1000, Organisation: values[attributeOrganisation], Error: values["error.type"],
			RequestID: values[attributeRequest], TraceID: t.TraceID,
		})
	}
	return all
}
