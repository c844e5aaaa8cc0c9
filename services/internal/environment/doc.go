// Package environment keeps a program from working with the Redis of one environment and the
// MongoDB of another, where tokens would be restored, revoked and let in that are not its own.
//
// Each store has a marker, drawn when the token service first met both. The two are compared at the
// start and every second from then on, and while they differ no request is served.
//
// Beside it each store has a format: a program that is too old to read what it holds is kept out as
// well.
//
//	marker.go   the markers of two stores: comparing and joining them
//	guard.go    what keeps requests out
//	mongodb.go  the marker in MongoDB; the one in Redis is redisstore's
package environment
