package config

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
)

// Listener is the address that a variable gives.
type Listener struct{ Variable, Addr string }

// CheckListeners refuses addresses that are not of the form HOST:PORT, and two that are the same.
func CheckListeners(all ...Listener) error {
	var errs []error
	for i, l := range all {
		_, port, err := net.SplitHostPort(l.Addr)
		n, notNumber := strconv.Atoi(port)
		if err != nil || notNumber != nil || n < 0 || n > 65535 {
			errs = append(errs, fmt.Errorf("%s: must be HOST:PORT, or :PORT for all addresses of the machine, not %q", l.Variable, l.Addr))
			continue
		}
		same := slices.IndexFunc(all[:i], func(o Listener) bool { return o.Addr == l.Addr })
		if same >= 0 && n != 0 {
			errs = append(errs, fmt.Errorf("%s: must differ from %s", l.Variable, all[same].Variable))
		}
	}
	return errors.Join(errs...)
}

// CheckProxies refuses what is not an address or a CIDR block, and blocks that hold every address:
// any client could then choose the address of its requests.
func CheckProxies(variable string, proxies []string) error {
	var errs []error
	for _, p := range proxies {
		block, err := netip.ParsePrefix(p)
		if _, notAddress := netip.ParseAddr(p); err != nil && notAddress != nil {
			errs = append(errs, fmt.Errorf("%s: %q is not an address or a CIDR block such as 10.0.0.0/8", variable, p))
		}
		if err == nil && block.Bits() == 0 {
			errs = append(errs, fmt.Errorf("%s: %s holds every address, so that any client could choose the address of its requests", variable, p))
		}
	}
	return errors.Join(errs...)
}
