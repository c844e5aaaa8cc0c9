package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
	"github.com/rogpeppe/go-internal/testscript"
	"gotest.tools/v3/assert"
)

const documentPath = "../../docs/scimctl.md"

// printed returns the shell commands of the document, block by block.
func printed() ([]string, error) {
	text, err := os.ReadFile(documentPath)
	if err != nil {
		return nil, err
	}
	var blocks []string
	for _, rest := range strings.Split(string(text), "```sh\n")[1:] {
		block, _, _ := strings.Cut(rest, "```")
		blocks = append(blocks, block)
	}
	return blocks, nil
}

// document N runs the Nth block of the document, counted from 1, as it is printed.
func document(ts *testscript.TestScript, _ bool, args []string) {
	blocks, err := printed()
	ts.Check(err)
	n, err := strconv.Atoi(args[0])
	ts.Check(err)
	ts.Check(ts.Exec("bash", "-c", blocks[n-1]))
}

// The first block waits for two hours of quiet, which only a fake has;
// testdata/script/document.txtar runs the others.
func TestTheRotationThatIsPrinted(t *testing.T) {
	f := rotating(t, verdict(true, "The new token was used just now."))
	folder := t.TempDir()
	assert.NilError(t, os.WriteFile(filepath.Join(folder, "enter-token"), []byte("#!/bin/sh\ncat >"+folder+"/entered\n"), 0o700))
	t.Setenv("PATH", folder+string(filepath.ListSeparator)+os.Getenv("PATH"))
	blocks, err := printed()
	assert.NilError(t, err)
	var stderr bytes.Buffer
	command := exec.CommandContext(t.Context(), "bash", "-c", blocks[0])
	command.Stderr = &stderr
	if err := command.Run(); err != nil {
		t.Errorf("it ended with %v: %s", err, &stderr)
	}
	if entered, err := os.ReadFile(filepath.Join(folder, "entered")); err != nil || string(entered) != testSecret+"\n" {
		t.Errorf("%q was entered, %v", entered, err)
	}
	if asked := f.asked(); asked[len(asked)-1] != "POST /tokens/old/end" {
		t.Errorf("it asked %v", asked)
	}
}

func TestTheDocumentKnowsEachCommandFlagAndExitCode(t *testing.T) {
	data, err := os.ReadFile(documentPath)
	assert.NilError(t, err)
	text := string(data)
	for _, e := range exits {
		if row := fmt.Sprintf("| %d | %s |\n", e.code, e.meaning); !strings.Contains(text, row) {
			t.Errorf("it does not have the row %s", row)
		}
	}
	var all commands
	parser, err := kong.New(&all, options(&console{})...)
	assert.NilError(t, err)
	for _, leaf := range parser.Model.Leaves(true) {
		if path := strings.TrimPrefix(leaf.Path(), "scimctl "); !strings.Contains(text, "`"+path) {
			t.Errorf("it does not have the command %s", path)
		}
		for _, flags := range leaf.AllFlags(true) {
			for _, flag := range flags {
				if flag.Name != "help" && !strings.Contains(text, "--"+flag.Name) {
					t.Errorf("it does not have --%s", flag.Name)
				}
			}
		}
	}
}
