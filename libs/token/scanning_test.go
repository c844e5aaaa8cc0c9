package token_test

import (
	"fmt"
	"hash/crc32"
	"os"
	"regexp"
	"strings"
	"testing"

	"gotest.tools/v3/assert"

	"github.com/devrev/scim/libs/token"
)

// TestTheDocumentForScannersIsTrue holds docs/secret-scanning.md against Parse: its pattern and its
// examples, each of them with its reason.
func TestTheDocumentForScannersIsTrue(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../docs/secret-scanning.md")
	assert.NilError(t, err)
	document := string(text)
	if !strings.Contains(document, "\n"+`\b`+token.Pattern+`\b`+"\n") {
		t.Errorf("the document has not the pattern %s", token.Pattern)
	}
	pattern := regexp.MustCompile(`\b` + token.Pattern + `\b`)
	examples := regexp.MustCompile("(?m)^\\| `([^`]+)` \\| (yes|no) \\| (yes|no) \\| (.+) \\|$").FindAllStringSubmatch(document, -1)
	counts := map[string]int{}
	for _, example := range examples {
		text, found, is, because := example[1], example[2], example[3], example[4]
		counts[is]++
		if _, err := token.Parse(text); (err == nil) != (is == "yes") {
			t.Errorf("%s: Parse gives %v; the document has %s, because %s", text, err, is, because)
		}
		if matches := pattern.MatchString("key: " + text + "\n"); matches != (found == "yes") {
			t.Errorf("%s: the pattern finds it %t; the document has %s", text, matches, found)
		}
		if is == "yes" && !strings.Contains(because, fmt.Sprint(crc32.ChecksumIEEE([]byte(text[:71])))) {
			t.Errorf("%s: the document has another CRC-32: %s", text, because)
		}
	}
	if counts["yes"] < 2 || counts["no"] < 5 {
		t.Errorf("examples found: %v", counts)
	}
}

func TestThePatternFindsEveryToken(t *testing.T) {
	t.Parallel()
	pattern := regexp.MustCompile(token.Pattern)
	for range 1000 {
		text := token.New(token.NewTag()).Reveal()
		if found := pattern.FindString(`{"authorization":"Bearer ` + text + `"}`); found != text {
			t.Fatalf("of %s the pattern finds %q", text, found)
		}
	}
}
