//go:build !race

package harness

const programsFolder = "test"

var buildFlags []string
