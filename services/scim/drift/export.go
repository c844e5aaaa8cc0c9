package drift

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/devrev/scim/services/scim/directory"
)

// Bounds of an export.
const (
	MaxExport  = 16 << 20 // bytes
	mostLines  = 100_000
	maxLine    = 64 << 10 // bytes
	mostBroken = 100      // lines that are named
)

// Export is what an identity provider has assigned, by the form of userName that is unique.
type Export struct {
	lines      map[string]*assignment
	order      []*assignment
	withGroups bool // at least one line says groups
}

// assignment is one line.
type assignment struct {
	line     int
	userName string
	active   bool
	groups   []string // nil: the line does not say
	seen     bool
}

// Broken is the error of an export with lines that cannot be read.
type Broken struct {
	Lines []BrokenLine // the first ones
	Count int
}

// BrokenLine is one of them.
type BrokenLine struct {
	Line     int    `json:"line"` // the first is 1
	Sentence string `json:"sentence"`
}

// Error implements error.
func (b *Broken) Error() string {
	if b.Count == 1 {
		return "One line of the export cannot be read, so nothing was compared. Correct it and try again."
	}
	return fmt.Sprintf("%d lines of the export cannot be read, so nothing was compared. Correct them and try again.", b.Count)
}

func (b *Broken) add(line int, format string, args ...any) {
	if b.Count++; len(b.Lines) < mostBroken {
		b.Lines = append(b.Lines, BrokenLine{line, fmt.Sprintf(format, args...)})
	}
}

// ReadLines reads an export of a JSON object a line, {userName, active?, groups?}; other members
// are left out. The error is a *Broken, or what r returns.
func ReadLines(r io.Reader) (*Export, error) {
	x, broken := newExport(), &Broken{}
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxLine)
	n := 0
	for lines.Scan() && n <= mostLines {
		n++
		text := bytes.TrimSpace(bytes.TrimPrefix(lines.Bytes(), []byte("\ufeff")))
		if len(text) == 0 {
			continue
		}
		var said struct {
			UserName string   `json:"userName"`
			Active   *bool    `json:"active"`
			Groups   []string `json:"groups"`
		}
		if err := json.Unmarshal(text, &said); err != nil {
			broken.add(n, "It is not a JSON object with userName, a string, and if need be active, a boolean, and groups, a list of strings.")
			continue
		}
		x.add(broken, assignment{line: n, userName: said.UserName, active: said.Active == nil || *said.Active, groups: said.Groups})
	}
	if errors.Is(lines.Err(), bufio.ErrTooLong) {
		broken.add(n+1, "It is longer than %d bytes. What follows was not read.", maxLine)
		return nil, broken
	}
	return x.whole(broken, n, lines.Err())
}

// Columns of an export, by their names in lower case. Each list has ours first, then what reports
// of identity providers call it.
var (
	// "Application login" is of Okta's Current Assignments report, "Application username" of its
	// User app access report, userPrincipalName of Entra ID's download of users.
	userNameColumns = []string{"username", "application login", "application username", "userprincipalname"}
	activeColumns   = []string{"active", "accountenabled"} // accountEnabled is Entra ID's
	groupsColumns   = []string{"groups"}
)

// ReadCSV reads an export as comma-separated values whose first line names the columns: userName,
// and if need be active, true or false, and groups, names with a semicolon between two, or what an
// identity provider calls them. Other columns are left out. The error is a *Broken, or what r
// returns.
func ReadCSV(r io.Reader) (*Export, error) {
	x, broken := newExport(), &Broken{}
	rows := csv.NewReader(r)
	rows.FieldsPerRecord, rows.ReuseRecord = -1, true
	var at columns
	n := 0
	for n <= mostLines {
		row, err := rows.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if wrong, ok := errors.AsType[*csv.ParseError](err); ok {
			broken.add(wrong.Line, "It is not comma-separated values: a quotation mark is not where it belongs. What follows was not read.")
			return nil, broken
		}
		if err != nil {
			return nil, err
		}
		line, _ := rows.FieldPos(0)
		if at.userName == 0 {
			if at = columnsOf(row); at.userName == 0 {
				broken.add(line, "It names none of the columns userName, Application login, Application username and userPrincipalName.")
				return nil, broken
			}
			continue
		}
		n++
		a := assignment{line: line, userName: field(row, at.userName), active: true}
		if text := field(row, at.active); text != "" {
			if a.active, err = strconv.ParseBool(strings.ToLower(text)); err != nil {
				broken.add(line, "active is neither true nor false.")
				continue
			}
		}
		if at.groups > 0 {
			a.groups = []string{}
			for name := range strings.SplitSeq(field(row, at.groups), ";") {
				if name = strings.TrimSpace(name); name != "" {
					a.groups = append(a.groups, name)
				}
			}
		}
		x.add(broken, a)
	}
	return x.whole(broken, n, nil)
}

// columns are the places of columns, the first being 1; 0 is none.
type columns struct{ userName, active, groups int }

func columnsOf(row []string) columns {
	places := map[string]int{}
	for i, name := range row {
		places[strings.ToLower(strings.TrimSpace(strings.TrimPrefix(name, "\ufeff")))] = i + 1
	}
	place := func(names []string) int {
		for _, name := range names {
			if places[name] > 0 {
				return places[name]
			}
		}
		return 0
	}
	return columns{place(userNameColumns), place(activeColumns), place(groupsColumns)}
}

func field(row []string, place int) string {
	if place == 0 || place > len(row) {
		return ""
	}
	return strings.TrimSpace(row[place-1])
}

func newExport() *Export { return &Export{lines: map[string]*assignment{}} }

func (x *Export) add(broken *Broken, a assignment) {
	key := directory.Fold(a.userName)
	switch before, ok := x.lines[key]; {
	case strings.TrimSpace(a.userName) == "":
		broken.add(a.line, "It has no userName.")
	case ok:
		broken.add(a.line, "It has the userName of line %d.", before.line)
	default:
		x.lines[key] = &a
		x.order = append(x.order, &a)
		x.withGroups = x.withGroups || a.groups != nil
	}
}

// whole returns x if all of it was read, n lines.
func (x *Export) whole(broken *Broken, n int, err error) (*Export, error) {
	switch {
	case err != nil:
		return nil, err
	case n > mostLines:
		broken.add(n, "An export has %d lines at most. What follows was not read.", mostLines)
	case len(x.order) == 0 && broken.Count == 0:
		broken.add(1, "The export is empty.")
	}
	if broken.Count > 0 {
		slices.SortStableFunc(broken.Lines, func(a, b BrokenLine) int { return a.Line - b.Line })
		return nil, broken
	}
	return x, nil
}
