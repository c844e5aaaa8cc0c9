package local

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Secret returns the secret called name in folder, made at the first call: 256 random bits as
// base64, in a file that only its owner can read. So tokens and credentials outlive a restart.
func Secret(folder, name string) (string, error) {
	path := filepath.Join(folder, name)
	kept, err := os.ReadFile(path)
	if err == nil {
		return strings.TrimSpace(string(kept)), nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("read %s: %w", path, err)
	}
	random := make([]byte, 32)
	_, _ = rand.Read(random) // never fails, crypto/rand
	secret := base64.StdEncoding.EncodeToString(random)
	if err := os.WriteFile(path, []byte(secret+"\n"), 0o600); err != nil {
		return "", fmt.Errorf("keep %s: %w", path, err)
	}
	return secret, nil
}

// Folder creates the folder of all stored data, readable by its owner only. The error is one
// sentence for the user who started the program.
func Folder(path string) error {
	if err := os.MkdirAll(path, 0o700); err != nil {
		return fmt.Errorf("the data folder cannot be made: %w", err)
	}
	probe, err := os.CreateTemp(path, ".probe-*")
	if err != nil {
		return fmt.Errorf("the data folder cannot be written to: %w", err)
	}
	_ = probe.Close()
	return os.Remove(probe.Name())
}
