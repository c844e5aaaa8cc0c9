package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/devrev/scim/services/internal/apiclient"
)

// console is where the program says something: answers on stdout, all else on stderr. Nothing
// reaches either of them but through clean or cleanJSON. With json set, stdout has one JSON
// document and each line of stderr is one.
type console struct {
	stdout, stderr io.Writer
	json           bool
	now            time.Time       // what times are told relative to
	heard          json.RawMessage // the service's last answer, as it came
}

// relay prints the service's last answer: as it came, or the lines for people.
func (c *console) relay(lines []string) error { return c.answer(c.heard, lines) }

// page is relay for a part of a list, and tells how to go on if there is more.
func (c *console) page(lines []string, next string) error {
	if err := c.relay(lines); err != nil {
		return err
	}
	if next != "" {
		c.note("There is more: --after %s", next)
	}
	return nil
}

// answer prints what a command was asked for: v as JSON, or the lines for people.
func (c *console) answer(v any, lines []string) error {
	text := ""
	if c.json {
		var err error
		if text, err = encode(v, "  "); err != nil {
			return err
		}
	} else {
		var all strings.Builder
		for _, line := range lines {
			all.WriteString(clean(line) + "\n")
		}
		text = all.String()
	}
	return c.write(text)
}

// amend changes members of the answer that was heard, which is an object.
func (c *console) amend(change func(members map[string]json.RawMessage) error) error {
	var members map[string]json.RawMessage
	err := json.Unmarshal(c.heard, &members)
	if err == nil {
		err = change(members)
	}
	if err == nil {
		c.heard, err = json.Marshal(members)
	}
	return err
}

// write prints text of the program's own.
func (c *console) write(text string) error {
	if _, err := io.WriteString(c.stdout, text); err != nil {
		return endWith(unwritten, "write the answer: %w", err)
	}
	return nil
}

// note prints something besides the answer. An error of printing has no one to go to.
func (c *console) note(format string, args ...any) {
	said := fmt.Sprintf(format, args...)
	if c.json {
		c.line(struct {
			Note string `json:"note"`
		}{said})
		return
	}
	_, _ = fmt.Fprintln(c.stderr, clean(said))
}

// fail prints why the program ends with code.
func (c *console) fail(err error, code exitCode) {
	if c.json {
		said := struct {
			Error   string          `json:"error"`
			Exit    exitCode        `json:"exit"`
			Problem json.RawMessage `json:"problem,omitempty"`
		}{Error: err.Error(), Exit: code}
		if p, ok := errors.AsType[*apiclient.Problem](err); ok {
			said.Problem = p.Verbatim
		}
		c.line(said)
		return
	}
	_, _ = fmt.Fprintln(c.stderr, clean("scimctl: "+err.Error()))
}

func (c *console) line(v any) {
	if text, err := encode(v, ""); err == nil { // strings and numbers always encode
		_, _ = io.WriteString(c.stderr, text)
	}
}

func encode(v any, indent string) (string, error) {
	var out strings.Builder
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", indent)
	if err := encoder.Encode(v); err != nil {
		return "", fmt.Errorf("encode the answer: %w", err)
	}
	return cleanJSON(out.String()), nil
}
