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
	now            time.Time // what times are told relative to
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
			Error   string             `json:"error"`
			Exit    exitCode           `json:"exit"`
			Problem *apiclient.Problem `json:"problem,omitempty"`
		}{Error: err.Error(), Exit: code}
		said.Problem, _ = errors.AsType[*apiclient.Problem](err)
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
