//go:build race

package harness

// buildFlags make the programs watch for races as the tests do, from the same build cache.
var buildFlags = []string{"-race"}
