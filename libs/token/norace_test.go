//go:build !race

package token_test

const drawn = 1_000_000
