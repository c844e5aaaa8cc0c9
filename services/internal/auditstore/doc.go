// Package auditstore keeps the audit of organisations in a collection of MongoDB. tokend and scimd
// append to the same chains: any number of processes may, as the unique indexes decide who is next.
package auditstore
