// Package limits names, in one place, what one request, one organisation and one process may make
// the SCIM service do. docs/operations.md has them for operators; Capacity is what those may set.
package limits

import "fmt"

// A request body, in bytes, and the values that its JSON may hold: arrays, objects and all that
// they hold. A group may bring all its members in one PUT, with up to five values each.
const (
	Body         = 1 << 20
	Values       = 50_000
	GroupBody    = 16 << 20
	GroupValues  = 500_000
	SearchBody   = 64 << 10 // which holds more than a URL can
	SearchValues = 5_000
	BulkBody     = 4 << 20
	BulkValues   = 200_000

	BulkOperations = 1000
)

// What a request costs of an organisation's rate in addition to itself, in requests. What applies
// is added up.
const (
	Sort          = 20        // of a list by anything but the order of creation
	Scan          = 20        // a filter that demands no value of an indexed attribute: everybody is looked at
	BulkOperation = 1         // each operation of a bulk request, beside the request
	Operations    = 10        // so many operations of a PATCH cost one
	CostBytes     = 128 << 10 // so many bytes of a body cost one, and so many of a page, if its resources are as long as those of the last ones
)

// What one request holds of the places of its organisation, see Capacity.InFlight. Where several
// apply, the most counts.
const (
	Place      = 1
	ListPlaces = 8 // a list of a full page; a shorter page takes fewer, and one of what a filter names takes 1
	BulkPlaces = 32
	BodyPlaces = 40        // the longest body
	PlaceBytes = 256 << 10 // so many bytes of a body take one place: of more than 8 MiB one at a time is served
)

// Capacity is what requests may hold at a time. The zero value is that of Default.
type Capacity struct {
	Bytes     int64 // of bodies and pages in the process; each may take five times as much memory
	BytesEach int64 // of that, in one organisation
	InFlight  int64 // places of one organisation: so many requests, or an eighth as many full lists, or a thirty-second as many bulk requests
}

// Check returns an error, for the operator, if the largest request that is allowed would not fit.
func (c Capacity) Check() error {
	if c.BytesEach < GroupBody {
		return fmt.Errorf("SCIMD_BODY_MIB must be %d or more, so that one organisation, which has half of it, can send a group of %d MiB", 2*GroupBody>>20, GroupBody>>20)
	}
	if c.InFlight < BodyPlaces {
		return fmt.Errorf("SCIMD_IN_FLIGHT must be %d or more, which one group of %d MiB takes", BodyPlaces, GroupBody>>20)
	}
	return nil
}

// Default is the capacity where an operator says nothing. Okta and Entra ID use less than a tenth
// of it in an organisation.
func Default() Capacity { return Capacity{Bytes: 64 << 20, BytesEach: 32 << 20, InFlight: 64} }
