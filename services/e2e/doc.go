// Package e2e holds the product against what identity providers really send: recorded dialogues, on
// every wiring, and what must hold over a crash. It has tests only.
package e2e
