package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"time"
)

const (
	mostLog   = 64 << 20 // bytes of a file that are read, from its end
	mostFound = 100      // lines of a list
)

// line is the line of a request in the log. See docs/operations.md for its fields.
type line struct {
	Message      string    `json:"msg"`
	Time         time.Time `json:"time"`
	Method       string    `json:"method"`
	Route        string    `json:"route"`
	Status       int       `json:"status"`
	Milliseconds float64   `json:"duration_ms"`
	Organisation string    `json:"organisation"`
	Refusal      string    `json:"refusal"`
	Error        string    `json:"error"`
	RequestID    string    `json:"request_id"`
	TraceID      string    `json:"trace_id"`

	All string `json:"-"` // the line as it is in the log, indented
}

// Why is the reason of a refusal or failure.
func (l line) Why() string {
	if l.Error != "" {
		return l.Error
	}
	return l.Refusal
}

// find returns the latest requests of the log whose trace, request or organisation has the id; of
// any if id is "". The latest is first.
func find(log, id string) ([]line, error) {
	content, err := tail(log)
	if err != nil {
		return nil, fmt.Errorf("read the log: %w", err)
	}
	texts := bytes.Split(content, []byte("\n"))
	var found []line
	for _, text := range slices.Backward(texts) {
		if id != "" && !bytes.Contains(text, []byte(id)) {
			continue
		}
		var l line
		if json.Unmarshal(text, &l) != nil || l.Message != "request" { // cut off, or of something else
			continue
		}
		if id != "" && id != l.TraceID && id != l.RequestID && id != l.Organisation {
			continue
		}
		var all bytes.Buffer
		if err := json.Indent(&all, text, "", "  "); err != nil {
			return nil, fmt.Errorf("indent a line of the log: %w", err)
		}
		l.All = all.String()
		if found = append(found, l); len(found) == mostFound {
			break
		}
	}
	return found, nil
}

// tail returns the last mostLog bytes of a file.
func tail(path string) ([]byte, error) {
	file, err := os.Open(path) //nolint:gosec // the operator names the file
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	if _, err := file.Seek(max(0, info.Size()-mostLog), io.SeekStart); err != nil {
		return nil, err
	}
	return io.ReadAll(io.LimitReader(file, mostLog))
}
