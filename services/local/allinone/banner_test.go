package main

import (
	"context"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"gotest.tools/v3/assert"
)

// TestTheBannerOfALaterRunRotatesTheToken runs the program again on the same data, where no token
// can be shown any more: its banner says where to sign in, and the lines that it suggests lead to a
// token that is accepted, each time.
func TestTheBannerOfALaterRunRotatesTheToken(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	_, stop := runUntilBanner(t, data)
	stop()
	banner, stop := runUntilBanner(t, data)
	defer stop()
	if !strings.Contains(banner, "Sign in at      http://localhost:") && !strings.Contains(banner, "Sign in at      http://127.0.0.1:") {
		t.Errorf("the banner does not say where to sign in:\n%s", banner)
	}
	var lines []string
	for line := range strings.Lines(banner) {
		trimmed := strings.TrimSpace(line)
		for _, begin := range []string{"ADMIN=", "CURRENT=", "TOKEN=", `curl -s "`} {
			if strings.HasPrefix(trimmed, begin) {
				lines = append(lines, trimmed)
			}
		}
	}
	for range 2 {
		said, err := exec.CommandContext(t.Context(), "sh", "-c", strings.Join(lines, "\n")).CombinedOutput()
		if err != nil || !strings.Contains(string(said), `"totalResults"`) || len(lines) != 4 {
			t.Errorf("the %d lines of the banner lead to %s, %v", len(lines), said, err)
		}
	}
}

// runUntilBanner runs the program until its banner is there, which stop ends.
func runUntilBanner(t *testing.T, data string, environ ...string) (banner string, stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	read, write, err := os.Pipe()
	assert.NilError(t, err)
	ended := make(chan error, 1)
	go func() { ended <- run(ctx, []string{"-addr", "127.0.0.1:0", "-data", data}, environ, write, io.Discard) }()
	assert.NilError(t, read.SetReadDeadline(time.Now().Add(time.Minute)))
	text := make([]byte, 64<<10)
	n, err := read.Read(text)
	assert.NilError(t, err)
	return string(text[:n]), func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		_ = read.Close()
		_ = write.Close()
	}
}
