package scim_test

import (
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/devrev/scim/libs/scim"
)

func TestErrorBody(t *testing.T) {
	t.Parallel()
	tests := []struct {
		rule string
		err  *scim.Error
		want string
	}{
		{
			"s3.12 status is a string", scim.Errorf(409, scim.Uniqueness, "The userName %s is taken.", scim.Quote("a")),
			`{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"status":"409","scimType":"uniqueness","detail":"The userName \"a\" is taken."}`,
		},
		{
			"s3.12 scimType is left out where there is none", scim.Errorf(404, "", "No such user."),
			`{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"status":"404","detail":"No such user."}`,
		},
		{
			"the cause stays private", scim.BadRequest(scim.InvalidSyntax, "The body broke off.").Because(io.ErrUnexpectedEOF),
			`{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"status":"400","scimType":"invalidSyntax","detail":"The body broke off."}`,
		},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			t.Parallel()
			got, err := json.Marshal(tt.err.Document())
			if err != nil || string(got) != tt.want {
				t.Errorf("got %s, %v; want %s", got, err, tt.want)
			}
		})
	}
}

func TestErrorTypeIsTheScimTypeOrTheStatus(t *testing.T) {
	t.Parallel()
	if got := scim.Errorf(409, scim.Uniqueness, "Taken.").ErrorType(); got != "uniqueness" {
		t.Errorf("got %s, want the scimType", got)
	}
	if got := scim.Errorf(404, "", "No such user.").ErrorType(); got != "404" {
		t.Errorf("got %s, want the status", got)
	}
}

func TestErrorCause(t *testing.T) {
	t.Parallel()
	plain := scim.BadRequest(scim.InvalidSyntax, "The body broke off.")
	caused := plain.Because(io.ErrUnexpectedEOF)
	if !errors.Is(caused, io.ErrUnexpectedEOF) || errors.Is(plain, io.ErrUnexpectedEOF) {
		t.Error("Because must set the cause of a copy")
	}
	if strings.Contains(caused.Error(), io.ErrUnexpectedEOF.Error()) {
		t.Errorf("%q contains the private cause", caused.Error())
	}
}

func TestQuote(t *testing.T) {
	t.Parallel()
	if got := scim.Quote("a\n\"b\x00"); got != `"a\n\"b\x00"` {
		t.Errorf("got %s, want control characters escaped", got)
	}
	if got := scim.Quote(strings.Repeat("x", 1000)); len(got) > 130 {
		t.Errorf("got %d bytes, want the text cut", len(got))
	}
}
