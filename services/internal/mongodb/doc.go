// Package mongodb makes the clients of MongoDB that the services have: with bounds on everything
// that a request could wait for, a span and a duration of each command, and their pool on the
// metrics page.
package mongodb
