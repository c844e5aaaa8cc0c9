// Package guard notices when so many people are deactivated, or so many members leave one group,
// within so short a time that it may be a mistake in the identity provider. What a mass change is,
// the organisation says in its settings.
//
// By default nothing waits for it. What left is counted behind the requests, for all processes
// together; a mass change is told once in each window: in the audit, whose notices lead to the
// administrator, in the activity and in a metric. While the counter is away nothing is counted, and
// the metric says so. Where the organisation says so, it is asked before a change is stored, and
// holds back what is beyond the limit until somebody decides.
//
//	watch.go       what is noted of requests, and counted behind them
//	observe.go     whether it is a mass change, and who is told
//	hold.go        what is held, and its Store
//	admit.go       whether a request passes or is held
//	beyond.go      whether it exceeds a limit
//	lastmember.go  whether it leaves nobody enabled in a privileged group
//	returned.go    what the identity provider takes back
//	decide.go      what an administrator decides, and how it is carried out
//	preview.go     the guard of requests that are only played
//	report.go      what an administrator reads of it
//	local.go       a Counter for the only process of a service
package guard
