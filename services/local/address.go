package local

import (
	"net"
	"net/netip"

	"github.com/devrev/scim/services/local/issuer"
)

// ClientID is the console's client id at the issuer.
const ClientID = "scim-console"

// BrowserHost returns host:port at which a browser on this machine reaches a run that listens on
// addr; "" if it does not: then there is no console, because its sign-in admits everyone who can
// reach it.
func BrowserHost(addr string) string {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return ""
	}
	if ip, err := netip.ParseAddr(host); err == nil && ip.IsUnspecified() {
		return net.JoinHostPort("127.0.0.1", port)
	}
	if !issuer.Loopback(addr) {
		return ""
	}
	return addr
}

// NewIssuer returns the issuer of a run that listens on addr. Where a browser can reach it, people
// can sign in to the console.
func NewIssuer(o Options, addr string) (*issuer.Issuer, error) {
	config := issuer.Config{Address: "http://" + addr, Organisations: o.Orgs}
	if host := BrowserHost(addr); host != "" {
		config.Address = "http://" + host
		console := config.Address + consolePath
		config.Client = issuer.Client{ID: ClientID, RedirectURI: console + "/callback", SignedOut: console + "/signed-out"}
	}
	return issuer.New(config)
}
