//go:build race

package harness

// Programs watch for races as the tests do, from the same build cache, in a folder of their own.
const programsFolder = "test-race"

var buildFlags = []string{"-race", "-ldflags=-s -w"} // without symbols, to link takes a third less
