package main

import (
	"io"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gotest.tools/v3/assert"

	"github.com/devrev/scim/services/internal/apiclient"
	"github.com/devrev/scim/services/internal/terms"
	"github.com/devrev/scim/services/local"
)

// TestAnOrganisationThatWasRemovedLeavesOverARestart removes the organisation of a run: it is kept
// for as long as TOKEND_ERASE_AFTER says, and a later run does not announce it again but says how.
func TestAnOrganisationThatWasRemovedLeavesOverARestart(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	banner, stop := runUntilBanner(t, data, "TOKEND_ERASE_AFTER=1h")
	before := time.Now()
	removed, err := organisation(t, banner, data).Remove(t.Context())
	stop()
	assert.NilError(t, err)
	if at := removed.Leaving.EraseAt; at.Before(before.Add(time.Hour).Truncate(time.Millisecond)) || at.After(time.Now().Add(time.Hour)) {
		t.Errorf("removed at %v, it is erased at %v, want an hour later", before, at)
	}

	banner, stop = runUntilBanner(t, data)
	defer stop()
	again, err := organisation(t, banner, data).Terms(t.Context())
	if err != nil || again.Leaving == nil || !again.Leaving.EraseAt.Equal(removed.Leaving.EraseAt) {
		t.Errorf("after a restart the organisation is %+v, %v, want it to be leaving as before", again, err)
	}
	if !strings.Contains(banner, "Removed ") || strings.Contains(banner, "Try it") {
		t.Errorf("the banner does not say that the organisation was removed, or what to try in it:\n%s", banner)
	}
}

func TestAnEraseAfterThatIsTooShortIsRefused(t *testing.T) {
	t.Parallel()
	folder := filepath.Join(t.TempDir(), "not-made")
	err := run(t.Context(), []string{"-data", folder}, []string{"TOKEND_ERASE_AFTER=5s"}, io.Discard, io.Discard)
	if err == nil || !strings.HasPrefix(err.Error(), "TOKEND_ERASE_AFTER: must be 1m0s or longer") {
		t.Errorf("it is refused with %v", err)
	}
}

// organisation returns the one of a run with this banner and data, to its platform.
func organisation(t *testing.T, banner, data string) *apiclient.Organisation {
	t.Helper()
	_, rest, _ := strings.Cut(banner, "SCIM base URL")
	base, _, _ := strings.Cut(strings.TrimSpace(rest), terms.SCIMPath)
	client, err := apiclient.New(apiclient.Config{BaseURL: base + terms.APIPath, Timeout: time.Minute})
	assert.NilError(t, err)
	o, err := client.As(func() (string, error) { return local.Secret(data, "platform-credential") }).Organisation("demo")
	assert.NilError(t, err)
	return o
}
