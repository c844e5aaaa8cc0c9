package scim_test

import (
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/devrev/scim/libs/scim"
)

func TestParsePage(t *testing.T) {
	t.Parallel()
	tests := []struct {
		rule, startIndex, count string
		want                    scim.Page
	}{
		{"s3.4.2.4 without parameters the first page", "", "", scim.Page{StartIndex: 1, Count: scim.DefaultCount}},
		{"s3.4.2.4 startIndex is 1-based", "101", "100", scim.Page{StartIndex: 101, Count: 100}},
		{"s3.4.2.4 startIndex below 1 is 1", "0", "2", scim.Page{StartIndex: 1, Count: 2}},
		{"s3.4.2.4 a negative startIndex is 1", "-5", "2", scim.Page{StartIndex: 1, Count: 2}},
		{"s3.4.2.4 count 0 requests the total alone", "1", "0", scim.Page{StartIndex: 1, Count: 0}},
		{"s3.4.2.4 a negative count is 0", "1", "-1", scim.Page{StartIndex: 1, Count: 0}},
		{"more than MaxCount is MaxCount", "1", "201", scim.Page{StartIndex: 1, Count: scim.MaxCount}},
		{"integers beyond int are the nearest", "99999999999999999999", "99999999999999999999", scim.Page{StartIndex: math.MaxInt32, Count: scim.MaxCount}},
		{"negative integers beyond int too", "-99999999999999999999", "-99999999999999999999", scim.Page{StartIndex: 1, Count: 0}},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			t.Parallel()
			got, err := scim.ParsePage(tt.startIndex, tt.count)
			if err != nil || got != tt.want {
				t.Errorf("ParsePage(%q, %q) = %+v, %v; want %+v", tt.startIndex, tt.count, got, err, tt.want)
			}
		})
	}
}

func TestParsePageNamesTheParameter(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ startIndex, count, parameter string }{
		{"x", "1", "startIndex"},
		{"1.5", "1", "startIndex"},
		{"1", "ten", "count"},
		{"1", " 1", "count"},
		{"1", "0x10", "count"},
	} {
		_, err := scim.ParsePage(tt.startIndex, tt.count)
		refusal, ok := errors.AsType[*scim.Error](err)
		if !ok || refusal.Status != 400 || refusal.Type != scim.InvalidValue || !strings.Contains(refusal.Detail, " "+tt.parameter+" ") {
			t.Errorf("ParsePage(%q, %q): %v, want 400 invalidValue naming %s", tt.startIndex, tt.count, err, tt.parameter)
		}
	}
}

func TestListResponse(t *testing.T) {
	t.Parallel()
	tests := []struct {
		rule  string
		total int
		start int
		page  []*scim.Document
		want  string
	}{
		{
			"Resources is never null, itemsPerPage is the number present", 2, 101, nil,
			`{"schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"],"totalResults":2,"startIndex":101,"itemsPerPage":0,"Resources":[]}`,
		},
		{
			"numbers are integers", 7, 1,
			[]*scim.Document{scim.NewDocument("id", "1"), scim.NewDocument("id", "2")},
			`{"schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"],"totalResults":7,"startIndex":1,"itemsPerPage":2,"Resources":[{"id":"1"},{"id":"2"}]}`,
		},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			t.Parallel()
			if got := text(t, scim.ListResponse(tt.total, tt.start, tt.page)); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}
