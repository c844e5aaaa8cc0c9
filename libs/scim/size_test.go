package scim_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/devrev/scim/libs/scim"
)

// TestABodyHasSoManyValuesAtMost: each shape of a body that is short as text and long in memory is
// refused, where one value less is read.
func TestABodyHasSoManyValuesAtMost(t *testing.T) {
	t.Parallel()
	for shape, element := range map[string]string{
		"empty objects": "{}", "empty arrays": "[]", "numbers": "1", "texts": `""`, "nulls": "null",
	} {
		t.Run(shape, func(t *testing.T) {
			t.Parallel()
			const most = 1000
			body := func(values int) []byte { // the object, its list and the elements
				return []byte(`{"members":[` + strings.Repeat(element+",", values-3) + element + `]}`)
			}
			if _, err := (scim.Limits{Values: most}).Decode(body(most)); err != nil {
				t.Errorf("%d values: %v", most, err)
			}
			_, err := scim.Limits{Values: most}.Decode(body(most + 1))
			if refused, ok := errors.AsType[*scim.Error](err); !ok || refused.Status != 413 {
				t.Errorf("%d values: %v, want 413", most+1, err)
			}
			if _, err := scim.Decode(body(scim.MaxValues+1), 0); err == nil {
				t.Error("without a limit of its own: not refused")
			}
		})
	}
	members := []byte("{" + strings.Repeat(`"a":1,`, 10) + `"b":1}`)
	if _, err := (scim.Limits{Values: 5}).Decode(members); err == nil {
		t.Error("members of an object are not counted")
	}
}

func TestSizeIsThatOfTheText(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		`{}`, `{"userName":"bjensen@example.com","emails":[{"value":"a","type":"work"},{"value":"b"}],"x":{"y":{"z":[]}}}`,
		`{"members":[` + strings.Repeat(`{"value":"2819c223-7f76-453a-919d-413861904646"},`, 500) + `{"value":"1"}]}`,
	} {
		doc, err := scim.Decode([]byte(text), 0)
		if err != nil {
			t.Fatal(err)
		}
		if got, most := scim.Size(doc), len(text)+len(text)/10+8; got < len(text)-1 || got > most {
			t.Errorf("Size is %d of %d bytes: %.60s", got, len(text), text)
		}
	}
	if got := scim.Size(nil); got != 0 {
		t.Errorf("Size(nil) = %d", got)
	}
}
