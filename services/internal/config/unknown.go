package config

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// kubernetes is what Kubernetes adds to the environment of a container for a service that is called
// as the program.
var kubernetes = regexp.MustCompile(`^[A-Z]+_(SERVICE_|PORT$|PORT_)`)

// unknownVariables returns a sentence for each variable of vars that looks as if the program should
// read it and is not among all: one with the program's prefix, such as SCIMD_, and one that differs
// in two letters at most from one that is read and not set.
func unknownVariables(vars map[string]string, all []Variable) (sentences []string) {
	for _, name := range slices.Sorted(maps.Keys(vars)) {
		meant := strings.TrimSuffix(name, "_FILE")
		read := slices.ContainsFunc(all, func(v Variable) bool { return v.Name == name || v.Secret && v.Name == meant })
		if read || kubernetes.MatchString(name) {
			continue
		}
		prefix, _, _ := strings.Cut(name, "_")
		ours := prefixed.MatchString(name) && slices.ContainsFunc(all, func(v Variable) bool { return strings.HasPrefix(v.Name, prefix+"_") })
		closest := slices.IndexFunc(all, func(v Variable) bool {
			_, set := vars[v.Name]
			return !set && len(v.Name) > 5 && distance(meant, v.Name) <= 2
		})
		switch {
		case closest >= 0:
			sentences = append(sentences, fmt.Sprintf("%s: is not read by this program; is %s meant?", name, all[closest].Name))
		case ours:
			sentences = append(sentences, name+": is not read by this program")
		}
	}
	return sentences
}

// prefixed are the names that belong to a program.
var prefixed = regexp.MustCompile(`^(SCIMD|TOKEND|CONSOLE)_`)

// distance returns how many letters have to be added, removed or replaced to make b of a
// (Levenshtein).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replaced := diagonal
			if a[i] != b[j] {
				replaced++
			}
			diagonal = row[j+1]
			row[j+1] = min(replaced, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}
