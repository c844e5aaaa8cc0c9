package scim_test

import (
	"errors"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/devrev/scim/libs/scim"
)

func TestToleranceKeepsWhatItAccepted(t *testing.T) {
	t.Parallel()
	var tol scim.Tolerance
	for _, path := range []string{"active", "emails", "active"} {
		if err := tol.Accept(scim.StringBoolean, path, scim.InvalidValue); err != nil {
			t.Fatal(err)
		}
	}
	want := []scim.Accepted{{Coercion: scim.StringBoolean, Path: "active"}, {Coercion: scim.StringBoolean, Path: "emails"}}
	if !reflect.DeepEqual(tol.Accepted, want) {
		t.Errorf("kept %v, want each once: %v", tol.Accepted, want)
	}
}

func TestToleranceIsBounded(t *testing.T) {
	t.Parallel()
	var tol scim.Tolerance
	for i := range 1000 {
		path := strings.Repeat("é", 1000)[1:]
		if err := tol.Accept(scim.UnknownIgnored, strconv.Itoa(i)+path, scim.InvalidSyntax); err != nil {
			t.Fatal(err)
		}
	}
	if len(tol.Accepted) != 100 {
		t.Errorf("kept %d, want the first 100", len(tol.Accepted))
	}
	for _, a := range tol.Accepted {
		if len(a.Path) > 200 || !utf8.ValidString(a.Path) {
			t.Fatalf("kept a path of %d bytes, valid UTF-8 %v", len(a.Path), utf8.ValidString(a.Path))
		}
	}
}

func TestStrictRefuses(t *testing.T) {
	t.Parallel()
	tol := scim.Tolerance{Strict: true}
	err := tol.Accept(scim.StringBoolean, "active", scim.InvalidValue)
	refusal, ok := errors.AsType[*scim.Error](err)
	if !ok || refusal.Status != 400 || refusal.Type != scim.InvalidValue || !strings.Contains(refusal.Detail, `"active"`) || !strings.Contains(refusal.Detail, "string_boolean") {
		t.Errorf("got %v, want 400 invalidValue naming path and coercion", err)
	}
	if len(tol.Accepted) != 0 {
		t.Errorf("kept %v, though it was refused", tol.Accepted)
	}
}

func TestNilToleranceAcceptsAll(t *testing.T) {
	t.Parallel()
	var tol *scim.Tolerance
	if err := tol.Accept(scim.StringBoolean, "active", scim.InvalidValue); err != nil {
		t.Error(err)
	}
}
