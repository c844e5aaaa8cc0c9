// Package service is the shell of every program of production: what a main has in common with the
// others.
//
//	main.go     the process: signals and the exit status
//	service.go  telemetry, and what is closed at the end
//	stores.go   the clients of Redis and MongoDB
//	serve.go    listeners, health, drain, and background work
//	behind.go   a server that is made behind open listeners, once MongoDB's name resolves
//
// A program loads its configuration, starts a Service, and serves: its server is made once it has
// its stores.
package service
