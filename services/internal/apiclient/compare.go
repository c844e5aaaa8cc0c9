package apiclient

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
)

// Comparison is how an export of the identity provider's assignments and the users differ.
type Comparison struct {
	Differences []Difference `json:"differences"`
	Compared
}

// Difference is one person of whom the two say something else.
type Difference struct {
	Kind     string   `json:"kind"` // missing-here, here-only, state-differs or membership-differs
	UserName string   `json:"userName"`
	ID       string   `json:"id,omitempty"`      // of the user
	Line     int      `json:"line,omitempty"`    // of the export
	Active   *bool    `json:"active,omitempty"`  // of state-differs: of the user
	Missing  []string `json:"missing,omitempty"` // groups that only the export has
	Extra    []string `json:"extra,omitempty"`   // groups that only the user has
}

// ActiveHere reports whether the difference is that the user is active and the export's person is
// not.
func (d Difference) ActiveHere() bool { return d.Active != nil && *d.Active }

// Compared is what was compared.
type Compared struct {
	Lines  int            `json:"lines"`
	Users  int            `json:"users"`
	Differ map[string]int `json:"differ"` // how many differences of each kind
}

// MaxExport is the most that the service takes of an export, in bytes.
const MaxExport = 16 << 20

// mediaOf tells the two forms of an export apart: the name of a column does not begin with a brace.
func mediaOf(export []byte) string {
	if bytes.HasPrefix(bytes.TrimLeft(bytes.TrimPrefix(export, []byte("\ufeff")), " \t\r\n"), []byte("{")) {
		return "application/x-ndjson"
	}
	return "text/csv"
}

// BrokenLine is a line of an export that the service could not read.
type BrokenLine struct {
	Line     int    `json:"line"` // the first is 1
	Sentence string `json:"sentence"`
}

// BrokenLines returns the lines that an error of Compare names, the first ones at most. There are
// none if the error is about something else.
func BrokenLines(err error) []BrokenLine {
	p, ok := errors.AsType[*Problem](err)
	if !ok || p.Kind() != "export-broken" {
		return nil
	}
	var broken struct {
		Lines []BrokenLine `json:"lines"`
	}
	_ = json.Unmarshal(p.Verbatim, &broken) // lines that cannot be read are not named
	return broken.Lines
}

// Compare compares an export, as CSV or a JSON object a line, with the users. An answer that is not
// whole is a NoAnswer.
func (o *Organisation) Compare(ctx context.Context, export []byte) (Comparison, error) {
	answer, err := o.caller.stream(ctx, o.of(request{
		to: directory, method: http.MethodPost, path: "/drift/compare", accept: "application/x-ndjson", body: export, media: mediaOf(export),
	}))
	if err != nil {
		return Comparison{}, err
	}
	defer func() { _ = answer.Close() }()
	found := Comparison{Differences: []Difference{}}
	for lines := json.NewDecoder(answer); ; {
		var line struct {
			Difference *Difference `json:"difference"`
			End        *Compared   `json:"end"`
		}
		if err := lines.Decode(&line); err != nil {
			return Comparison{}, brokenOff(err)
		}
		switch {
		case line.End != nil:
			found.Compared = *line.End
			return found, nil
		case line.Difference != nil:
			found.Differences = append(found.Differences, *line.Difference)
		}
	}
}

// brokenOff is the error of an answer in lines that does not come to its end.
func brokenOff(err error) error {
	if silent, ok := errors.AsType[*NoAnswer](err); ok {
		return silent
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return &NoAnswer{io.ErrUnexpectedEOF}
	}
	return &UnexpectedResponse{Status: http.StatusOK}
}
