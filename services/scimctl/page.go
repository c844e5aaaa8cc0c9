package main

import (
	"errors"
	"regexp"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/devrev/scim/services/internal/apiclient"
)

// tokenID is the id of a token on the command line.
type tokenID string

var tokenIDs = regexp.MustCompile(`^[0-9A-Za-z]{1,64}$`)

// UnmarshalText reads it.
func (id *tokenID) UnmarshalText(text []byte) error {
	if !tokenIDs.Match(text) {
		return errors.New("must be the id of a token, as `scimctl list` shows it")
	}
	*id = tokenID(text)
	return nil
}

// live returns the tokens that are accepted.
func live(tokens []apiclient.Token) []apiclient.Token {
	return slices.DeleteFunc(slices.Clone(tokens), func(t apiclient.Token) bool { return t.State != apiclient.Live })
}

// listOf is the tokens in a table, and a sentence about each that is live.
func listOf(tokens []apiclient.Token, now time.Time) []string {
	if len(tokens) == 0 {
		return []string{"There are no tokens."}
	}
	rows := [][]string{{"ID", "NAME", "STATE", "SCOPES", "ISSUED", "LAST USED", "ENDS"}}
	var verdicts []string
	for _, t := range tokens {
		rows = append(rows, []string{
			t.ID, t.Name, t.State, strings.Join(t.Scopes, " "), when(t.IssuedAt, now, ""), when(t.LastUsedAt, now, "not known"), ends(t, now),
		})
		if t.Verdict != nil {
			verdicts = append(verdicts, verdictOn(t))
		}
	}
	lines := table(rows)
	if len(verdicts) > 0 {
		lines = append(append(lines, ""), verdicts...)
	}
	return lines
}

// pageOf is all that is known of a token.
func pageOf(t apiclient.Token, now time.Time) []string {
	rows := [][]string{
		{"Id", t.ID},
		{"Name", t.Name},
		{"State", t.State},
		{"Scopes", strings.Join(t.Scopes, " ")},
		{"Issued", when(t.IssuedAt, now, "")},
		{"Issued by", t.IssuedBy},
		{"Last used", when(t.LastUsedAt, now, "not known")},
		{"Ends", ends(t, now)},
	}
	if t.Replaces != "" {
		rows = append(rows, []string{"Took the place of", t.Replaces})
	}
	lines := table(rows)
	if t.Verdict != nil {
		lines = append(lines, "", verdictOn(t))
	}
	return lines
}

// ends prints when a token's life ends, or ended.
func ends(t apiclient.Token, now time.Time) string {
	if !t.RevokedAt.IsZero() {
		return when(t.RevokedAt, now, "")
	}
	return when(t.ExpiresAt, now, "never")
}

// verdictOn is the service's verdict on a live token as a sentence.
func verdictOn(t apiclient.Token) string {
	said := t.ID + " is not safe to end: "
	if t.Verdict.Safe {
		said = t.ID + " is safe to end: "
	}
	return said + strings.Join(t.Verdict.Reasons, " ")
}

// table aligns the columns.
func table(rows [][]string) []string {
	var out strings.Builder
	columns := tabwriter.NewWriter(&out, 0, 0, 2, ' ', 0)
	for _, row := range rows {
		for n, cell := range row {
			if n > 0 {
				_, _ = columns.Write([]byte{'\t'}) // into memory
			}
			_, _ = columns.Write([]byte(clean(cell)))
		}
		_, _ = columns.Write([]byte{'\n'})
	}
	_ = columns.Flush()
	lines := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
	for n, line := range lines {
		lines[n] = strings.TrimRight(line, " ")
	}
	return lines
}
