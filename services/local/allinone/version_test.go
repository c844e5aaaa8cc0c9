package main

import (
	"io"
	"strings"
	"testing"

	"gotest.tools/v3/assert"
)

func TestTheVersionIsPrintedAndNothingElseIsDone(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	folder := t.TempDir() + "/not-made"
	assert.NilError(t, run(t.Context(), []string{"-version", "-data", folder}, nil, &out, io.Discard))
	if !strings.HasPrefix(out.String(), "allinone development") || strings.Count(out.String(), "\n") != 1 {
		t.Errorf("-version prints %q, want one line with the program and its version", &out)
	}
}
