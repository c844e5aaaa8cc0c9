package main

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"
	"gotest.tools/v3/assert"
)

func isShown(r rune) bool { return unicode.IsGraphic(r) }

func TestClean(t *testing.T) {
	for in, want := range map[string]string{
		"Barbara Jensen":    "Barbara Jensen",
		"東京 é 🙂":            "東京 é 🙂",
		"a\x1b[31mb":        `a\x1b[31mb`,
		"a\nb\tc\r":         `a\nb\tc\r`,
		"a\u202eb\u200b":    `a\u202eb\u200b`,
		"a\u009bb\x7f":      `a\u009bb\x7f`,
		"a\x9bb":            "a\uFFFDb",
		"a\U000e0001b":      `a\U000e0001b`,
		`say "\" as it is`:  `say "\" as it is`,
		"\u2028next\u2029x": `\u2028next\u2029x`,
	} {
		if got := clean(in); got != want {
			t.Errorf("clean(%q) is %q, want %q", in, got, want)
		}
	}
}

func FuzzCleanJSON(f *testing.F) {
	f.Add(hostile)
	f.Add("\U000e0001\u2028")
	f.Fuzz(func(t *testing.T, s string) {
		want := map[string]string{"name": strings.ToValidUTF8(s, "\uFFFD")}
		text, err := encode(want, "  ")
		assert.NilError(t, err)
		if at := strings.IndexFunc(text, func(r rune) bool { return r != '\n' && !isShown(r) }); at >= 0 {
			t.Errorf("it lets %q through", text[at:])
		}
		var got map[string]string
		assert.NilError(t, json.Unmarshal([]byte(text), &got))
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("it means something else:\n%s", diff)
		}
	})
}
