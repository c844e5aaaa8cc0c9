package scim_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/devrev/scim/libs/scim"
)

func TestPrecondition(t *testing.T) {
	t.Parallel()
	tests := []struct {
		rule, ifMatch, ifNoneMatch string
		want                       bool // of version 7
	}{
		{"without header fields all match", "", "", true},
		{"s3.14 If-Match holds the weak tag", `W/"7"`, "", true},
		{"If-Match holds the tag without its weakness", `"7"`, "", true},
		{"If-Match holds another version", `W/"6"`, "", false},
		{"If-Match holds several tags", `"6" , W/"7",W/"8"`, "", true},
		{"If-Match holds several others", `"6", W/"8"`, "", false},
		{"If-Match * is satisfied by what exists", " * ", "", true},
		{"a tag that is not a version matches nothing", `"e180ee84f0671b1"`, "", false},
		{"a tag may hold commas and asterisks", `"*", "6,W/7"`, "", false},
		{"a version has one spelling", `"07"`, "", false},
		{"an empty tag is a tag", `""`, "", false},
		{"a list may have empty elements", `"6",, "7",`, "", true},
		{"If-None-Match holds the version", "", `W/"7"`, false},
		{"If-None-Match holds another", "", `W/"6"`, true},
		{"If-None-Match * is not satisfied by a resource that exists", "", "*", false},
		{"both must hold", `W/"7"`, `W/"7"`, false},
		{"both do hold", `W/"7"`, `W/"6"`, true},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			t.Parallel()
			p, err := scim.ParsePrecondition(tt.ifMatch, tt.ifNoneMatch)
			if err != nil || p.Matches(7) != tt.want {
				t.Errorf("If-Match: %s, If-None-Match: %s: %v, %v; want %v", tt.ifMatch, tt.ifNoneMatch, p.Matches(7), err, tt.want)
			}
		})
	}
	if !(scim.Precondition{}).Matches(1) {
		t.Error("the zero Precondition must match")
	}
}

func TestETagMatchesItsVersion(t *testing.T) {
	t.Parallel()
	for _, version := range []int64{1, 7, 1 << 60} {
		p, err := scim.ParsePrecondition(scim.ETag(version), "")
		if err != nil || !p.Matches(version) || p.Matches(version+1) {
			t.Errorf("If-Match: %s must match version %d alone (%v)", scim.ETag(version), version, err)
		}
	}
	if got := scim.ETag(7); got != `W/"7"` {
		t.Errorf("ETag(7) = %s", got)
	}
}

func TestParsePreconditionRefuses(t *testing.T) {
	t.Parallel()
	for _, value := range []string{"7", `"`, `"7`, `7"`, `W/`, `w/"7"`, `"7" "8"`, `*, "7"`, `"7", *`, ","} {
		for field, fields := range map[string][2]string{"If-Match": {value, ""}, "If-None-Match": {"", value}} {
			_, err := scim.ParsePrecondition(fields[0], fields[1])
			refusal, ok := errors.AsType[*scim.Error](err)
			if !ok || refusal.Status != 400 || !strings.Contains(refusal.Detail, field+" must") {
				t.Errorf("%s: %s: %v, want 400 naming the field", field, value, err)
			}
		}
	}
}

func FuzzParsePrecondition(f *testing.F) {
	for _, seed := range []string{`W/"7"`, `"6", "7"`, "*", `"`, `W/`, `"",`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, value string) {
		match, err := scim.ParsePrecondition(value, "")
		if err != nil || strings.Trim(value, " \t") == "" {
			return
		}
		noneMatch, err := scim.ParsePrecondition("", value)
		if err != nil || match.Matches(7) == noneMatch.Matches(7) {
			t.Errorf("%q: If-None-Match must be the opposite of If-Match (%v)", value, err)
		}
	})
}
