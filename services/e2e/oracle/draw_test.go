package oracle

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// The draws are the same in each run, unless flags of rapid say otherwise, so that a failure is of
// the change that is tested.
func TestMain(m *testing.M) {
	for name, value := range map[string]string{"rapid.seed": "7644", "rapid.checks": "400", "rapid.nofailfile": "true"} {
		if err := flag.Set(name, value); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	flag.Parse()
	os.Exit(m.Run())
}

func seed() flag.Value { return flag.Lookup("rapid.seed").Value }

// text draws one of few strings, so that resources and requests meet.
func text() *rapid.Generator[string] {
	return rapid.SampledFrom([]string{"a", "A", "ab", "b", "ba", "a b", "_", "é", "É", "a.b", `a"b`, `a\b`, "7", "true", "a@example.com", "A@example.com"})
}

func kind() *rapid.Generator[string] { return rapid.SampledFrom([]string{"work", "Work", "home"}) }

func dateTime() *rapid.Generator[string] {
	return rapid.SampledFrom([]string{
		"2026-03-01T10:00:00Z", "2026-03-01T11:00:00+01:00", "2026-03-01T10:00:00.000Z", "2026-03-01T10:00:00.001Z", "2026-02-28T23:59:59Z",
	})
}

func number() *rapid.Generator[float64] { return rapid.SampledFrom([]float64{-1, 0, 1, 7, 10}) }

// drawUser draws a user in stored form.
func drawUser(t *rapid.T) map[string]any {
	user := map[string]any{"userName": text().Draw(t, "userName")}
	maybe(t, user, "externalId", text())
	maybe(t, user, "title", text())
	maybe(t, user, "active", rapid.Bool())
	maybe(t, user, "name", drawObject(drawName))
	maybe(t, user, "emails", rapid.Custom(drawEmails))
	maybe(t, user, enterprise, drawObject(drawEnterprise))
	return user
}

// drawEmails draws elements of which no two have the same value and type, at most one of them
// primary.
func drawEmails(t *rapid.T) []any {
	var list []any
	values := rapid.SliceOfNDistinct(text(), 1, 3, strings.ToLower).Draw(t, "values")
	primary := rapid.IntRange(0, 3).Draw(t, "primary")
	for i, value := range values {
		email := map[string]any{"value": value}
		maybe(t, email, "type", kind())
		maybe(t, email, "display", text())
		if i == primary {
			email["primary"] = true
		}
		list = append(list, email)
	}
	return list
}

// maybe gives object a drawn member, or does not. Nothing is put in for an object that came out
// empty.
func maybe[T any](t *rapid.T, object map[string]any, name string, value *rapid.Generator[T]) {
	if !rapid.Bool().Draw(t, "has "+name) {
		return
	}
	if v := assigned(value.Draw(t, name)); v != nil {
		object[name] = v
	}
}

func drawObject(fill func(t *rapid.T, object map[string]any)) *rapid.Generator[map[string]any] {
	return rapid.Custom(func(t *rapid.T) map[string]any {
		object := map[string]any{}
		fill(t, object)
		return object
	})
}
