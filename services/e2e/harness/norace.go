//go:build !race

package harness

// buildFlags are those that the tests themselves were built with.
var buildFlags []string
