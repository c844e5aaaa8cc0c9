// Command traces is a page of the requests of one machine, for `make observe`: it finds a request
// by the id of its trace, by its own id or by its organisation, and shows the steps of its trace,
// its log line and what the organisation's activity says of it.
//
// The log has a line for every request, so it is what is searched; it is read from its end, 64 MiB
// at most. The spans of a trace are in the file that the collector of deploy/otel-collector writes
// with local.yaml, or in a Jaeger, which also has requests of earlier logs. The activity is asked
// for with the platform's credential. The page is for whoever may read the log: it asks nobody to
// sign in, so it listens on loopback addresses only.
package main
