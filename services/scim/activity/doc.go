// Package activity keeps what each provisioning request did, operation by operation, for the
// organisation's own eyes: an administrator who asks why somebody is deactivated, or why a group
// did not fill, reads it there and needs no one's log.
//
// An Entry is one line of it: what one request, or one operation of a bulk request, did to one user
// or group, or why it was refused. A change is acknowledged to the identity provider only after its
// line is stored. Lines are kept for Retention; how often each coercion was needed is counted for
// good.
//
// Entries hold values of attributes unless the organisation hides them, and never those of
// attributes that are never returned.
package activity
