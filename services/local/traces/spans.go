package main

import (
	"cmp"
	"context"
	"slices"
	"time"
)

// store has traces.
type store interface {
	// trace returns the spans of a trace in any order. None is no error: it may not have been kept.
	trace(ctx context.Context, id string) ([]span, error)
	// requests returns the requests of an organisation, or the one with that id; at least those
	// that are not in the log, mostFound at most.
	requests(ctx context.Context, id string) ([]line, error)
}

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
