package schema

import (
	"testing"
	"time"
)

func TestComparable(t *testing.T) {
	t.Parallel()
	instant := time.Date(2026, time.January, 31, 12, 0, 0, 500_000_000, time.UTC)
	tests := []struct {
		rule string
		a    Attribute
		in   any
		want any // nil: no value of the type
	}{
		{"a string is folded", Attribute{Type: String}, "Ab", "AB"},
		{"a caseExact string is exact", Attribute{Type: String, CaseExact: true}, "Ab", "Ab"},
		{"a string has the attribute's own fold", Attribute{Type: String, Fold: func(string) string { return "x" }}, "Ab", "x"},
		{"caseExact goes before fold", Attribute{Type: String, CaseExact: true, Fold: func(string) string { return "x" }}, "Ab", "Ab"},
		{"s2.3.7 a reference compares as a string", Attribute{Type: Reference, CaseExact: true}, "Ab", "Ab"},
		{"s2.3.6 binary is exact", Attribute{Type: Binary}, "Ab==", "Ab=="},
		{"a boolean", Attribute{Type: Boolean}, true, true},
		{"an integer", Attribute{Type: Integer}, int64(5), int64(5)},
		{"an integer written with a fraction", Attribute{Type: Integer}, 5.0, int64(5)},
		{"a decimal", Attribute{Type: Decimal}, 5.5, 5.5},
		{"a decimal written as integer", Attribute{Type: Decimal}, int64(5), 5.0},
		{"s2.3.5 a dateTime is an instant", Attribute{Type: DateTime}, "2026-01-31T12:00:00.5Z", instant},
		{"s2.3.5 a dateTime with an offset is in UTC", Attribute{Type: DateTime}, "2026-01-31T04:00:00.500-08:00", instant},

		{"a dateTime needs an offset", Attribute{Type: DateTime}, "2026-01-31T12:00:00", nil},
		{"a date is not a dateTime", Attribute{Type: DateTime}, "2026-01-31", nil},
		{"a day that no month has", Attribute{Type: DateTime}, "2026-02-30T12:00:00Z", nil},
		{"a fraction is not an integer", Attribute{Type: Integer}, 5.5, nil},
		{"a number beyond int64 is not an integer", Attribute{Type: Integer}, 1e30, nil},
		{"2 to the 63rd is not an integer", Attribute{Type: Integer}, 9223372036854775808.0, nil},
		{"a number is not a string", Attribute{Type: String}, int64(5), nil},
		{"a string is not a boolean", Attribute{Type: Boolean}, "true", nil},
		{"a string is not an integer", Attribute{Type: Integer}, "5", nil},
		{"a boolean is not a string", Attribute{Type: String}, true, nil},
		{"null is not a value", Attribute{Type: String}, nil, nil},
		{"an object is compared by its sub-attributes", Attribute{Type: Complex}, "x", nil},
		{"a list is compared by its elements", Attribute{Type: String, MultiValued: true}, []any{"x"}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			t.Parallel()
			got, ok := tt.a.Comparable(tt.in)
			if ok != (tt.want != nil) || ok && got != tt.want {
				t.Errorf("Comparable(%v) = %#v, %v; want %#v", tt.in, got, ok, tt.want)
			}
		})
	}
}
