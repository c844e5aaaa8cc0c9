package config

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"github.com/devrev/scim/libs/token/redisstore"
	"github.com/devrev/scim/services/internal/mongodb"
)

// Hop is a connection to other machines that is in plain text, or may be.
type Hop struct {
	Variable string
	Hosts    []string // that it leads to in plain text; those of this machine do not count
	Instead  string   // what to do instead
}

// PlainText returns a sentence for each listener and connection that is in plain text to other
// machines. CheckPlainText must have been called.
func (p *Program) PlainText() []string { return p.plain }

// CheckPlainText finds the listeners and connections that are in plain text to other machines,
// those of telemetry too. With REQUIRE_TLS they are an error, otherwise PlainText returns them.
func (p *Program) CheckPlainText(listeners []Listener, hops ...Hop) error {
	if p.Cert == "" {
		for _, l := range listeners {
			host, _, _ := net.SplitHostPort(l.Addr)
			if host == "" {
				host = "all addresses of this machine"
			}
			hops = append(hops, Hop{l.Variable, []string{host}, "set TLS_CERT_FILE and TLS_KEY_FILE"})
		}
	}
	for _, variable := range exporters {
		hops = append(hops, HopTo(variable, p.exporters[variable]))
	}
	var errs []error
	p.plain = nil
	for _, h := range hops {
		others := slices.DeleteFunc(slices.Clone(h.Hosts), loopback)
		if len(others) == 0 {
			continue
		}
		sentence := fmt.Sprintf("%s: is plain text to other machines (%s): %s", h.Variable, strings.Join(others, ", "), h.Instead)
		if p.RequireTLS {
			errs = append(errs, errors.New(sentence+"; REQUIRE_TLS refuses it"))
		} else {
			p.plain = append(p.plain, sentence)
		}
	}
	return errors.Join(errs...)
}

// CheckPlainText is Program's, for what the services share as well.
func (s *Shared) CheckPlainText(listeners []Listener, hops ...Hop) error {
	hops = append(hops, HopTo("SCIM_BASE_URL", s.SCIMBaseURL), HopTo("OIDC_JWKS_URL", s.JWKSURL),
		Hop{"MONGODB_URI", mongodb.PlainHosts(s.MongoURI), "add tls=true"})
	if where, err := redisstore.Where(s.RedisURL); err == nil && !strings.HasPrefix(s.RedisURL, "rediss") {
		hosts, _, _ := strings.Cut(where, "/")
		hops = append(hops, Hop{"REDIS_URL", strings.Split(hosts, ","), "begin it with rediss instead of redis"})
	}
	return s.Program.CheckPlainText(listeners, hops...)
}

// HopTo is the connection to the server of a URL.
func HopTo(variable, address string) Hop {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" {
		return Hop{}
	}
	return Hop{variable, []string{u.Host}, "use https"}
}

// exporters are the variables that say where OpenTelemetry sends what it observes.
var exporters = []string{
	"OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT",
}

func exportersOf(vars map[string]string) map[string]string {
	set := make(map[string]string)
	for _, variable := range exporters {
		set[variable] = vars[variable]
	}
	return set
}

// loopback reports whether a host, with or without a port, is this machine for certain. A path is
// that of a socket.
func loopback(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	addr, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return host == "localhost" || strings.HasPrefix(host, "/") || err == nil && addr.Unmap().IsLoopback()
}
