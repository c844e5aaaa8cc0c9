package e2e

import (
	"fmt"
	"os"
	"testing"
)

func TestMain(m *testing.M) {
	folder, err := os.MkdirTemp("", "devrev-scim-e2e-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	built.folder = folder
	code := m.Run()
	_ = os.RemoveAll(folder)
	os.Exit(code)
}
