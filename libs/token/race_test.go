//go:build race

package token_test

// drawn is how many tokens TestNewHasTheShape draws; the race detector makes each ten times as
// dear.
const drawn = 100_000
