// Package guard notices when so many people are deactivated, or so many members leave one group,
// within so short a time that it may be a mistake in the identity provider. What a mass change is,
// the organisation says in its settings.
//
// Nothing waits for it. What left is counted behind the requests, for all processes together; a
// mass change is told once in each window: in the audit, whose notices lead to the administrator,
// in the activity and in a metric. While the counter is away nothing is counted, and the metric
// says so.
//
//	watch.go    what is noted of requests, and counted behind them
//	observe.go  whether it is a mass change, and who is told
//	report.go   what an administrator reads of it
//	local.go    a Counter for the only process of a service
package guard
