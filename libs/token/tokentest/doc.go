// Package tokentest proves that a token.Store keeps its contract: RunStore runs every MUST of it as
// a test named after the rule, and then compares the store, call by call over random sequences,
// with a model of the contract.
//
// A store need not be empty: every test draws organisations and ids of its own. Times are around
// now, since a store may delete tokens that ended long ago.
package tokentest
