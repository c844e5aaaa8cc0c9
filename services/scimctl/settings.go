package main

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/devrev/scim/services/internal/apiclient"
)

type settingsCommand struct {
	Show settingsShowCommand `cmd:"" default:"1" help:"The settings."`
	Set  settingsSetCommand  `cmd:"" help:"Change the named settings, and leave the others."`
}

type settingsShowCommand struct{}

// Run shows the settings.
func (settingsShowCommand) Run(ctx context.Context, out *console, api *apiclient.Organisation) error {
	s, err := api.Settings(ctx)
	if err != nil {
		return err
	}
	return out.relay(settingsOf(s))
}

type settingsSetCommand struct {
	Change []setting `arg:"" name:"setting" placeholder:"strict=|hideValues=|restoreByUserName=|restoreByExternalId=|forgetGroups=|matchByUserName=|matchByExternalId=" help:"NAME=true or NAME=false: strict, hideValues, restoreByUserName, restoreByExternalId, forgetGroups, matchByUserName, matchByExternalId."`
}

// setting is NAME=VALUE on the command line. Which names there are, the service knows.
type setting struct {
	name  string
	value bool
}

// UnmarshalText reads it.
func (s *setting) UnmarshalText(text []byte) error {
	name, value, _ := strings.Cut(string(text), "=")
	switch {
	case name == "" || value != "true" && value != "false":
		return errors.New("must be NAME=true or NAME=false, such as strict=true")
	default:
		*s = setting{name, value == "true"}
		return nil
	}
}

// Run changes the settings, unless somebody else changes them at the same time.
func (c settingsSetCommand) Run(ctx context.Context, out *console, api *apiclient.Organisation) error {
	change := map[string]any{}
	for _, s := range c.Change {
		if _, twice := change[s.name]; twice {
			return endWith(misused, "%s is named twice", s.name)
		}
		change[s.name] = s.value
	}
	before, err := api.Settings(ctx)
	if err != nil {
		return err
	}
	s, err := api.PatchSettings(ctx, before.Version, change)
	if p, ok := errors.AsType[*apiclient.Problem](err); ok && p.Status == http.StatusPreconditionFailed {
		// Perhaps it was this change, whose answer was lost before the call was repeated.
		now, failed := api.Settings(ctx)
		if failed != nil || !holds(out.heard, change) {
			return err
		}
		s, err = now, nil
	}
	if err != nil {
		return err
	}
	return out.relay(settingsOf(s))
}

// holds reports whether the settings are as the change wants them.
func holds(settings json.RawMessage, change map[string]any) bool {
	var current map[string]any
	if err := json.Unmarshal(settings, &current); err != nil {
		return false
	}
	for name, want := range change {
		got, set := current[name]
		if set && got != want || !set && want != false {
			return false
		}
	}
	return true
}

func settingsOf(s apiclient.Settings) []string {
	return table([][]string{
		{"strict", strconv.FormatBool(s.Strict)},
		{"hideValues", strconv.FormatBool(s.HideValues)},
		{"restoreByUserName", strconv.FormatBool(s.RestoreByUserName)},
		{"restoreByExternalId", strconv.FormatBool(s.RestoreByExternalID)},
		{"forgetGroups", strconv.FormatBool(s.ForgetGroups)},
		{"matchByUserName", strconv.FormatBool(s.MatchByUserName)},
		{"matchByExternalId", strconv.FormatBool(s.MatchByExternalID)},
		{"extension schemas", strconv.Itoa(len(s.Schemas))},
	})
}
