package service

import (
	"strings"
	"testing"
)

func TestTheOnlyArgumentIsVersion(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		args           string
		status         int
		stdout, stderr string
	}{
		{"-version", 0, "scimd development", ""},
		{"--version", 0, "scimd development", ""},
		{"-help", 2, "", "the only argument is -version"},
		{"-version now", 2, "", "the only argument is -version"},
		{"serve", 2, "", "the only argument is -version"},
	} {
		var stdout, stderr strings.Builder
		status := answer("scimd", strings.Fields(tt.args), &stdout, &stderr)
		if status != tt.status || !strings.HasPrefix(stdout.String(), tt.stdout) || !strings.Contains(stderr.String(), tt.stderr) ||
			(tt.stdout == "") != (stdout.Len() == 0) || (tt.stderr == "") != (stderr.Len() == 0) {
			t.Errorf("%s: status %d, %q, %q; want %d, %q, %q", tt.args, status, &stdout, &stderr, tt.status, tt.stdout, tt.stderr)
		}
	}
}
