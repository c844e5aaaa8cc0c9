// Package tokenhttp is the token service's API: what DevRev's settings page and platform call. Its
// errors are problem documents (RFC 9457).
//
//	routes.go                            every route, its permission and its query parameters
//	permission.go, staff.go              who may do what; the list for DevRev's staff
//	organisations.go, settings.go        organisations, their state and settings
//	tokens.go, rotation.go               issue, revoke, rename, restore; rotate, cancel, end
//	audit.go, auditquery.go, notices.go  reading and verifying the audit; notices
//	leaks.go, alarm.go                   reports of leaked tokens; changes that a failover would undo
//	decode.go                            bodies of requests
//	view.go, usageview.go                tokens as the API shows them
//	problem.go, conflict.go              errors
package tokenhttp
