// Package undo takes back what a request, a push or a span of time has changed.
//
// Start resolves what is asked for into a closed description of changes and stores it as a Job. A
// process that runs jobs makes the Items of a Job, one for each user and group, and takes them back
// one after the other: users before groups, what changed last first. A dry run does the same over
// an overlay, of which nothing remains but what it says.
//
// Each Item is one ordinary change of its user or group: a version, its events, an entry of the
// activity. What goes back is decided from history, attribute by attribute and member by member: a
// value goes back only if it is still what the changes left. Where it is not, the Item says so and
// leaves it alone.
//
//	selection.go  what is asked for, and which changes that is
//	claim.go      one job, where the same is asked for at the same moment
//	job.go        jobs, items, and the contract of their store
//	plan.go       the items of a job
//	chain.go      the versions of one user or group, and which of them are taken back
//	fold.go       the three-way rule
//	user.go, group.go  one user, one group
//	run.go        jobs that are run, and go on after a crash
package undo
