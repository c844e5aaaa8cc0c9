// Package harness builds the programs, runs them as processes of their own and talks to them, for
// tests that know the product from outside only.
//
//	build.go      builds each program once for all tests; TestMain
//	allinone.go   the all-in-one
//	stack.go      the production wiring: Redis, MongoDB, tokend and scimd behind one address
//	program.go    one scimd or tokend, with stores or without
//	clock.go      programs whose clock can be stepped
//	stores.go     the stores of both wirings, for services in the process of the test
//	assemble.go   both services on such stores
//	here.go       a program in the process of the test
//	client.go     requests and answers
//	log.go        what processes write
//	wait.go       until something is so
package harness
