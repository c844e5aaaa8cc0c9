package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"time"
)

// span is a step of a trace.
type span struct {
	Service    string
	Name       string
	ID, Parent string
	Start, End time.Time
	Failed     bool
	Attributes []string // "key = value"
	Depth      int      // how many spans it is below
	Left       float64  // where it begins, in hundredths of the trace
	Width      float64  // how long it takes, in the same
}

// Took is how long the step took.
func (s span) Took() time.Duration { return s.End.Sub(s.Start).Round(time.Microsecond) }

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

// trace returns the spans of a trace from the collector's file, each below its parent, in the order
// in which they began. None is no error: the collector may not have kept the trace, or there is no
// collector.
func trace(file, id string) ([]span, error) {
	content, err := tail(file)
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
	return waterfall(spans), nil
}

func at(nanoseconds string) time.Time {
	n, _ := strconv.ParseInt(nanoseconds, 10, 64) // the collector writes it
	return time.Unix(0, n)
}

// waterfall puts each span below its parent and gives it its place. A span whose parent is not
// there is a root.
func waterfall(spans []span) []span {
	slices.SortStableFunc(spans, func(a, b span) int { return cmp.Or(a.Start.Compare(b.Start), b.End.Compare(a.End)) })
	known, below := map[string]bool{}, map[string][]span{}
	for _, s := range spans {
		known[s.ID] = true
	}
	var end time.Time
	for _, s := range spans {
		parent := s.Parent
		if !known[parent] {
			parent = ""
		}
		below[parent] = append(below[parent], s)
		if s.End.After(end) {
			end = s.End
		}
	}
	ordered := make([]span, 0, len(spans))
	var add func(parent string, depth int)
	add = func(parent string, depth int) {
		for _, s := range below[parent] {
			s.Depth = depth
			if whole := float64(end.Sub(spans[0].Start)); whole > 0 {
				s.Left, s.Width = 100*float64(s.Start.Sub(spans[0].Start))/whole, 100*float64(s.End.Sub(s.Start))/whole
			}
			ordered = append(ordered, s)
			if s.ID != "" {
				add(s.ID, depth+1)
			}
		}
	}
	add("", 0)
	return ordered
}
