package apiclient

import (
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

// Compared is what was compared.
type Compared struct {
	Lines  int            `json:"lines"`
	Users  int            `json:"users"`
	Differ map[string]int `json:"differ"` // how many differences of each kind
}

// Compare compares an export, of the media type text/csv or application/x-ndjson, with the users.
// An answer that is not whole is a NoAnswer.
func (o *Organisation) Compare(ctx context.Context, export []byte, media string) (Comparison, error) {
	answer, err := o.caller.stream(ctx, o.of(request{
		to: directory, method: http.MethodPost, path: "/drift/compare", accept: "application/x-ndjson", body: export, media: media,
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
