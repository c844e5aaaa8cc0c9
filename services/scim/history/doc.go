// Package history keeps what users and groups were before each of their changes, and tells of the
// changes as events.
//
// A Record is one change of one resource with what the resource was before; undoing a change needs
// it. An Event is the same change for programs: thin, without values, in the one order of its
// organisation, numbered without a gap. Both are made of what a directory.Store writes: a change
// that was acknowledged has its record and its events, whatever crashes meanwhile, and one that was
// not stored has none. They may be there a moment later than the change.
package history
