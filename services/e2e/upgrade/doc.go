// Package upgrade runs an earlier release beside this tree, on one Redis and one MongoDB. It is
// tests only; make test-upgrade runs it.
package upgrade
