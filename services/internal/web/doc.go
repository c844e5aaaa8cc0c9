// Package web is what every listener has before a handler of its own: an engine, one exit for
// errors, one record of each request, limits, health, and a server that leaves without failing a
// request.
//
// The way of a request, from the outside in:
//
//	Serve      timeouts, header size, draining
//	Normalise  // and a trailing / are taken out of the path
//	NewEngine  headers -> events -> spans -> exit -> recovery -> the routes' own handlers
//
//	events     gives the request its id, logs one line at the end, counts its duration
//	spans      the server span
//	exit       hands an error to WriteError, the only function that writes one
//	recovery   turns a panic into an error
//
// A handler is a func(*gin.Context) error under Handle. It writes the answer or returns an error,
// never both.
package web
