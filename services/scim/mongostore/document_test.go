package mongostore

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.mongodb.org/mongo-driver/v2/bson"
	"gotest.tools/v3/assert"

	"github.com/devrev/scim/libs/scim"
)

// stored is how MongoDB has a document.
func stored(tb testing.TB, d *scim.Document) bson.Raw {
	tb.Helper()
	raw, err := bson.Marshal(encode(d))
	assert.NilError(tb, err)
	return raw
}

func someDocument() *scim.Document {
	return scim.NewDocument("userName", "alice@example.com", "active", true, "nothing", nil, "size", int64(-3), "share", 0.25,
		"name", scim.NewDocument("givenName", "Alice", "familyName", ""),
		"emails", []any{scim.NewDocument("value", "alice@example.com", "$ref", "a.b", "primary", true), "é", []any{}},
		"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User", scim.NewDocument("100%", "x\x00y"))
}

func TestADocumentIsReadAsItWasWritten(t *testing.T) {
	t.Parallel()
	got, err := decode(stored(t, someDocument()))
	assert.NilError(t, err)
	if diff := cmp.Diff(someDocument(), got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// FuzzDecode: whatever bytes come, reading them ends with a document or an error.
func FuzzDecode(f *testing.F) {
	raw := stored(f, someDocument())
	for end := range raw {
		f.Add([]byte(raw[:end]))
	}
	f.Add([]byte(raw))
	date, err := bson.Marshal(bson.D{is("at", bson.DateTime(1))})
	assert.NilError(f, err)
	f.Add(date)
	f.Fuzz(func(t *testing.T, data []byte) {
		d, err := decode(data)
		if (d == nil) != (err != nil) {
			t.Errorf("a document: %t, and the error %v", d != nil, err)
		}
	})
}

func BenchmarkDecode(b *testing.B) {
	raw := stored(b, someDocument())
	b.ReportAllocs()
	for b.Loop() {
		if _, err := decode(raw); err != nil {
			b.Fatal(err)
		}
	}
}
