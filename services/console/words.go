package console

import (
	"encoding/json"
	"html/template"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/devrev/scim/services/internal/prose"
)

// functions are what templates can call.
var functions = template.FuncMap{
	"asset":  func(name string) string { return Path + "/assets/" + assetNames[name] },
	"ago":    func(t time.Time) string { return prose.Ago(time.Now(), t) },
	"until":  func(t time.Time) string { return until(time.Now(), t) },
	"stamp":  func(t time.Time) string { return t.UTC().Format(time.RFC3339) },
	"utc":    func(t time.Time) string { return t.UTC().Format("2 Jan 2006, 15:04:05 UTC") },
	"known":  func(t time.Time) bool { return !t.IsZero() },
	"count":  prose.Count,
	"client": client,
	"value":  value,
	"shown":  shown,
	"did":    did,
	"by":     by,
	"result": result,
	"args":   func(all ...any) []any { return all },
}

// until says how long it is until t.
func until(now, t time.Time) string {
	if d := t.Sub(now); d > 0 {
		return "in " + prose.Duration(d)
	}
	return "over"
}

// client is the name of an identity provider as people write it.
func client(name string) string {
	switch name {
	case "okta":
		return "Okta"
	case "entra":
		return "Entra ID"
	case "unnamed":
		return "a client without a name"
	default:
		return "another client"
	}
}

// credential says in words why a token was not accepted.
func credential(reason string) string {
	switch reason {
	case "revoked":
		return "A revoked token was sent"
	case "expired":
		return "An expired token was sent"
	case "superseded":
		return "A token from before SCIM was disabled was sent"
	case "disabled":
		return "A token was sent while SCIM is disabled"
	case "wrong_secret", "malformed":
		return "A token was sent mistyped or cut off"
	case "misplaced":
		return "A token was sent to a path that does not exist"
	default:
		return "A token was not accepted"
	}
}

// result is what became of an operation, in words.
func result(r string) string {
	switch r {
	case "noop", "no effect":
		return "no effect"
	default:
		return r
	}
}

// object returns the members of a JSON object, and reports whether raw is one.
func object(raw json.RawMessage) (members map[string]json.RawMessage, ok bool) {
	return members, len(raw) > 0 && raw[0] == '{' && json.Unmarshal(raw, &members) == nil
}

// shown is a value as people read it: a list of objects by what each of them holds, such as an
// address.
func shown(raw json.RawMessage) string {
	if members, ok := object(raw); ok {
		var parts []string
		for _, name := range slices.Sorted(maps.Keys(members)) {
			parts = append(parts, name+" "+value(members[name]))
		}
		return strings.Join(parts, ", ")
	}
	var all []json.RawMessage
	if json.Unmarshal(raw, &all) != nil {
		return value(raw)
	}
	var parts []string
	for _, element := range all {
		if members, ok := object(element); ok {
			text := value(members["value"])
			if kind := value(members["type"]); kind != "" {
				text = strings.TrimSpace(text + " (" + kind + ")")
			}
			if text != "" {
				parts = append(parts, text)
				continue
			}
		}
		parts = append(parts, value(element))
	}
	return strings.Join(parts, ", ")
}

// value shows a JSON value: a text without its quotation marks, all else as it is.
func value(raw json.RawMessage) string {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return text
	}
	return string(raw)
}

// capital returns a sentence that begins with a capital letter.
func capital(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}
