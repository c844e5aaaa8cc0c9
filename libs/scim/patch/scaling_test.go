package patch_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/libs/scim/filter"
	"github.com/devrev/scim/libs/scim/patch"
	"github.com/devrev/scim/libs/scim/schema"
)

// BenchmarkTenfold reports, for each parser, how many times the time it takes for ten times the
// input: "times" is to be 12 at most. Both sizes are measured in one run, in turn.
func BenchmarkTenfold(b *testing.B) {
	rt := schema.Load(nil)
	body := func(n int) []byte {
		return []byte(`{"schemas":["x"],"members":[` + strings.Repeat(`{"value":"2819c223-7f76-453a-919d-413861904646"},`, n) + `{"value":"1"}]}`)
	}
	for _, c := range []struct {
		name string
		work func(n int) func() error // n is the size of the input
	}{
		{"body", func(n int) func() error {
			text := body(100 * n)
			return func() error { _, err := scim.Decode(text, scim.MaxDepth); return err }
		}},
		{"validate", func(n int) func() error {
			doc, err := scim.Decode([]byte(strings.Replace(string(body(100*n)), `"x"`, `"`+scim.GroupSchema+`"`, 1)), scim.MaxDepth)
			if err != nil {
				b.Fatal(err)
			}
			doc.Set("displayName", "Guides")
			return func() error { _, err := rt.Group.Validate(doc, nil); return err }
		}},
		{"filter", func(n int) func() error {
			text := strings.Repeat(`title pr or `, 5*n) + `title pr`
			return func() error { _, err := filter.Parse(text, rt.User, nil); return err }
		}},
		{"patch", func(n int) func() error {
			var operations []any
			for i := range 100 * n {
				operations = append(operations, scim.NewDocument("op", "replace", "path", "title", "value", fmt.Sprint(i)))
			}
			request := scim.NewDocument("schemas", []any{scim.PatchOpSchema}, "Operations", operations)
			user := scim.NewDocument("userName", "bjensen@example.com")
			return func() error {
				req, err := patch.Decode(request, nil)
				if err == nil {
					_, _, err = patch.Apply(user, rt.User, req, nil)
				}
				return err
			}
		}},
	} {
		b.Run(c.name, func(b *testing.B) {
			took := func(work func() error) (nanoseconds float64) {
				start := b.Elapsed()
				for range 10 {
					if err := work(); err != nil {
						b.Fatal(err)
					}
				}
				return float64(b.Elapsed() - start)
			}
			one, ten := c.work(1), c.work(10)
			var small, large float64
			for b.Loop() {
				small += took(one)
				large += took(ten)
			}
			b.ReportMetric(large/small, "times")
		})
	}
}
