// Package activitytest proves that an activity.Store keeps its contract: each MUST of it is a test
// named after the rule.
//
// A store need not be empty: every test draws organisations of its own.
package activitytest
