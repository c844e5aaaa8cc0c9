package main

import (
	"strings"
	"testing"
)

func TestTheNextWord(t *testing.T) {
	for rule, c := range map[string]struct {
		words []string
		want  string // the first words of each line
	}{
		"is a command":                           {[]string{"st"}, "status"},
		"is a command's command":                 {[]string{"audit", ""}, "list export verify"},
		"is a command, not one of its flags":     {[]string{"settings", ""}, "show set"},
		"is a flag":                              {[]string{"users", "--s"}, "--search --state --sort"},
		"is a flag of every command":             {[]string{"audit", "list", "--out"}, "--output"},
		"is an enumeration's value":              {[]string{"users", "--output", ""}, "text json"},
		"is the value of a short flag":           {[]string{"users", "-o", "j"}, "json"},
		"is one of a placeholder's alternatives": {[]string{"activity", "--client", "e"}, "entra"},
		"is a value behind the flag's =":         {[]string{"users", "--state=de"}, "--state=deactivated --state=deleted"},
		"is any value behind the flag's =":       {[]string{"activity", "--client="}, "--client=okta --client=entra --client=other --client=unnamed"},
		"is a value behind bash's word =":        {[]string{"users", "--state", "=", "de"}, "deactivated deleted"},
		"is any value at bash's word =":          {[]string{"activity", "--client", "="}, "okta entra other unnamed"},
		"is an argument's value":                 {[]string{"doctor", "rehearse", ""}, "okta entra"},
		"is a command after a flag's value":      {[]string{"--output", "json", "doctor", "re"}, "rehearse reach"},
		"is a flag after a switch":               {[]string{"list", "--live", "--tim"}, "--timeout"},
		"is a name of a setting":                 {[]string{"settings", "set", "restoreBy"}, "restoreByUserName= restoreByExternalId="},
		"is any text, as the value of a flag":    {[]string{"users", "--search", ""}, ""},
		"is any text, as a file":                 {[]string{"audit", "export", ""}, ""},
		"is any text, as a user":                 {[]string{"user", ""}, ""},
		"is nothing after an unknown command":    {[]string{"lst", "--unknown"}, ""},
		"is not a hidden command":                {[]string{"complete"}, ""},
	} {
		got := invoke(t, append([]string{"complete", "--"}, c.words...)...)
		var first []string
		for line := range strings.Lines(got.stdout) {
			word, _, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
			first = append(first, word)
		}
		if found := strings.Join(first, " "); found != c.want || got.code != done || got.stderr != "" {
			t.Errorf("%s: %q gives %q, want %q; %+v", rule, c.words, found, c.want, got)
		}
	}
}
