// Package telemetry uses and misuses the programs and looks at all that they report of it: every
// span, log record and metric that they export, their metrics pages and what they write on standard
// error. It holds tests only.
package telemetry
