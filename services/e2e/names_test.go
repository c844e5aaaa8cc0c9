package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
)

var (
	uuidText = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}`)
	timeText = regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z`)

	requestText = regexp.MustCompile(`\b[A-Z2-7]{26}\b`)
	traceText   = regexp.MustCompile(`\b[0-9a-f]{32}\b`)
)

// names gives the values that differ from run to run names that do not, and finds them again.
type names struct {
	base   string
	ids    []string // <id1> is ids[0]
	number map[string]int
}

func newNames(base string) *names { return &names{base: base, number: map[string]int{}} }

// replace puts names in the place of values. A new id gets the next number.
func (n *names) replace(text string) string {
	text = strings.ReplaceAll(text, n.base, "<base>")
	text = timeText.ReplaceAllString(text, "<time>")
	text = requestText.ReplaceAllString(text, "<request>")
	text = traceText.ReplaceAllString(text, "<trace>")
	return uuidText.ReplaceAllStringFunc(text, func(id string) string {
		if n.number[id] == 0 {
			n.ids = append(n.ids, id)
			n.number[id] = len(n.ids)
		}
		return fmt.Sprintf("<id%d>", n.number[id])
	})
}

// resolve puts values in the place of names.
func (n *names) resolve(text string) string {
	text = strings.ReplaceAll(text, "<base>", n.base)
	for i, id := range n.ids {
		text = strings.ReplaceAll(text, fmt.Sprintf("<id%d>", i+1), id)
	}
	return text
}

func indent(body []byte) []byte {
	var out bytes.Buffer
	if json.Indent(&out, body, "", "  ") != nil {
		return body
	}
	return out.Bytes()
}
