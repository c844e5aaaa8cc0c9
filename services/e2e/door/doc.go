// Package door throws requests at both services, as one client could send them, in the two wirings:
// on the embedded file, and on Redis and MongoDB. It has tests only.
package door
