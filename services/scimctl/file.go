package main

import (
	"errors"
	"io"
	"os"
)

// newFile is a file of the program's own making, which did not exist and which only its owner
// reads.
type newFile struct{ file *os.File }

// openNew makes the file.
func openNew(path string) (newFile, error) {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600) //nolint:gosec // the path is the user's own
	if errors.Is(err, os.ErrExist) {
		return newFile{}, endWith(unwritten, "%s exists: name a new file", path)
	}
	if err != nil {
		return newFile{}, endWith(unwritten, "make the file: %w", err)
	}
	return newFile{file}, nil
}

// fill has the file written, and returns once it is on the disk. An error of content's comes first.
func (f newFile) fill(content func(io.Writer) error) error {
	if err := content(f.file); err != nil {
		return errors.Join(err, f.file.Close())
	}
	if err := errors.Join(f.file.Sync(), f.file.Close()); err != nil {
		return endWith(unwritten, "write the file: %w", err)
	}
	return nil
}

// abandon removes the file: an empty one would look like one that is still to be filled, a part
// like the whole.
func (f newFile) abandon() {
	_ = f.file.Close() // perhaps it is
	_ = os.Remove(f.file.Name())
}

// readFile reads a file, or standard input where path is -, of at most so many bytes. What is what
// the file has, for people.
func readFile(path, what string, most int64) ([]byte, error) {
	file := os.Stdin
	if path != "-" {
		opened, err := os.Open(path) //nolint:gosec // the path is the user's own
		if err != nil {
			return nil, endWith(unwritten, "read the %s: %w", what, err)
		}
		defer func() { _ = opened.Close() }()
		file = opened
	}
	data, err := io.ReadAll(io.LimitReader(file, most+1))
	switch {
	case err != nil:
		return nil, endWith(unwritten, "read the %s: %w", what, err)
	case int64(len(data)) > most:
		return nil, endWith(misused, "the %s has more than %d bytes", what, most)
	}
	return data, nil
}
