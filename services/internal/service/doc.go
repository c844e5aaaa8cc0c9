// Package service is the shell of every program of production: what a main has in common with the
// others.
//
//	main.go     the process: signals and the exit status
//	service.go  telemetry, and what is closed at the end
//	stores.go   the clients of Redis and MongoDB
//	serve.go    listeners, health, drain, and what is done beside requests
//
// A program loads its configuration, starts a Service, connects its stores, makes its server, and
// serves it.
package service
