package token

import "net/netip"

// AddressClass is all that is kept of where a request comes from; the address itself is personal
// data, and no evidence.
type AddressClass string

// The classes.
const (
	AddressLoopback AddressClass = "loopback" // this machine
	AddressPrivate  AddressClass = "private"  // this network: RFC 1918, RFC 4193, RFC 6598, link-local
	AddressPublic   AddressClass = "public"   // everything else, also text that is not an address
)

// ClassOf returns the class of an IP address in its textual form.
func ClassOf(address string) AddressClass {
	ip, _ := netip.ParseAddr(address)
	switch ip = ip.Unmap(); {
	case ip.IsLoopback():
		return AddressLoopback
	case ip.IsPrivate(), ip.IsLinkLocalUnicast(), sharedSpace.Contains(ip):
		return AddressPrivate
	default:
		return AddressPublic
	}
}

// sharedSpace is between the carriers and their customers (RFC 6598).
var sharedSpace = netip.MustParsePrefix("100.64.0.0/10")
