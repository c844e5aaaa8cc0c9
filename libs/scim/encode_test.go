package scim_test

import (
	"math"
	"testing"

	"github.com/devrev/scim/libs/scim"
)

func TestMarshalJSON(t *testing.T) {
	t.Parallel()
	var none *scim.Document
	tests := []struct {
		rule string
		doc  *scim.Document
		want string
	}{
		{"a nil Document is null", nil, `null`},
		{"a nil Document within is null", scim.NewDocument("a", none), `{"a":null}`},
		{"order is kept", scim.NewDocument("b", int64(1), "a", true, "c", nil), `{"b":1,"a":true,"c":null}`},
		{"a nil list is a list", scim.NewDocument("a", []any(nil)), `{"a":[]}`},
		{"HTML is not escaped", scim.NewDocument("a", "<b>&'"), `{"a":"<b>&'"}`},
		{"quotes, backslashes and control characters are escaped", scim.NewDocument("a\"", "\\\n\x1f\x7f"), "{\"a\\\"\":\"\\\\\\u000a\\u001f\x7f\"}"},
		{"invalid UTF-8 is replaced", scim.NewDocument("a", "x\xffy\ufffdz"), `{"a":"x` + "\ufffd" + `y` + "\ufffd" + `z"}`},
		{"a float64 is written like a whole number if it is one", scim.NewDocument("a", 5.0, "b", -0.25), `{"a":5,"b":-0.25}`},
		{"very large and very small numbers have an exponent", scim.NewDocument("a", 1e21, "b", 1e-7, "c", 0.0), `{"a":1e+21,"b":1e-07,"c":0}`},
		{"lists and objects nest", scim.NewDocument("a", []any{scim.NewDocument(), []any{"x", int64(2)}}), `{"a":[{},["x",2]]}`},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			t.Parallel()
			if got := text(t, tt.doc); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func TestMarshalJSONRefuses(t *testing.T) {
	t.Parallel()
	for rule, v := range map[string]any{
		"a type that no Document holds": 1,
		"NaN":                           math.NaN(),
		"an infinite number":            math.Inf(-1),
	} {
		t.Run(rule, func(t *testing.T) {
			t.Parallel()
			if data, err := scim.NewDocument("a", []any{scim.NewDocument("b", v)}).MarshalJSON(); err == nil {
				t.Errorf("encoded %v as %s", v, data)
			}
		})
	}
}
