//go:build !race

package e2e

// buildFlags are those that the tests themselves were built with.
var buildFlags []string
